/**
 * Small contracts for tests: what a test does not mention is empty.
 */
import type {
  Condition,
  Expression,
  FieldContract,
  KernelContract,
  OperationContract,
  Rule,
} from '../../generator/contract/contract.js';

type Unplaced<T> = T extends unknown ? Omit<T, 'error' | 'when' | 'at'> : never;

/** A rule at the same place as every other, for EINVAL, under conditions or always. */
export const rule = (test: Unplaced<Rule>, ...when: readonly Condition[]): Rule =>
  ({ ...test, error: 'EINVAL', when, at: 'io_uring/test.c:1' }) as Rule;

export const constant = (value: number, ...names: readonly string[]): Expression => ({
  kind: 'constant',
  value: String(value),
  ...(names.length === 0 ? {} : { names }),
});

export const sqeField = (name: string, bits: 8 | 16 | 32 | 64 = 32): Expression => ({
  kind: 'field',
  field: name,
  bits,
  signed: false,
});

export const binary = (
  left: Expression,
  operator: '&' | '&&' | '||' | '==' | '!=' | '<' | '|',
  right: Expression,
): Expression => ({ kind: 'binary', operator, left, right });

export const not = (of: Expression): Extract<Expression, { kind: 'unary' }> => ({
  kind: 'unary',
  operator: '!',
  of,
});

export const given = (expression: Expression, text = 'asked'): Condition => ({ if: expression, text });

export const reads = (
  name: string,
  more: Partial<FieldContract> = { type: 'unsigned int' },
): FieldContract => ({ field: name, when: [], ...more });

export const operation = (
  opcode: string,
  more: Partial<Omit<OperationContract, 'opcode'>> = {},
): OperationContract => ({
  opcode,
  prep: 'io_test_prep',
  issue: 'io_test',
  at: 'io_uring/test.c:1',
  attributes: {},
  fields: [],
  rules: [],
  multishot: [],
  ...more,
});

export const contract = (
  operations: readonly OperationContract[],
  common: readonly Rule[] = [],
): KernelContract => ({
  schema: 1,
  source: { package: 'test', version: '1', sha256: '' },
  common,
  operations,
});
