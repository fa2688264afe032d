/**
 * A contract for a kernel that has none, from a neighbour's: without the operations, fields and flags that the kernel's
 * header lacks. Of a flag that is not there the result claims nothing, neither that it passes nor that it is refused.
 */
import type {
  FieldContract,
  KernelContract,
  OperationContract,
  PointerContract,
  Rule,
} from '../contract/contract.js';
import { integerConstants } from '../model/constants.js';
import { leafFields } from '../model/sqe.js';
import type { HeaderFacts } from '../parse/index.js';
import { restrictConditions, restrictExpression, type Sight } from './restrict-expression.js';

/** What is restricted, and to what. */
export interface Restriction extends Sight {
  readonly constants: ReadonlyMap<string, bigint>;
  /** Fields of an SQE, and their bits. */
  readonly fields: ReadonlyMap<string, number>;
}

/** A name that the contract's own kernel lacks too is of headers that are not read: its absence says nothing. */
export function restrictionTo(header: HeaderFacts, own: HeaderFacts): Restriction {
  const constants = integerConstants(header);
  const known = integerConstants(own);
  const sqe = header.records.find((record) => record.name === 'io_uring_sqe');
  const fields = new Map(leafFields(sqe?.members ?? []).map((field) => [field.name, field.sizeBits]));
  return {
    constants,
    fields,
    gone: (name) => (constants.has(name) ? undefined : known.get(name)),
    hasField: (field) => fields.has(field),
  };
}

/** The bits of flags that are not there pass out of the rule's sight. */
function restrictMask(rule: Extract<Rule, { kind: 'mask' }>, to: Restriction): Rule | undefined {
  const bits = to.fields.get(rule.field);
  if (bits === undefined) return undefined;
  const gone = [...rule.names, ...(rule.forbidden ?? [])].reduce(
    (sum, name) => sum | (to.gone(name) ?? 0n),
    0n,
  );
  if (gone === 0n) return rule;
  const within = BigInt(rule.within ?? (1n << BigInt(bits)) - 1n) & ~gone;
  const allowed = BigInt(rule.allowed) & ~gone;
  if ((within & ~allowed) === 0n) return undefined;
  const isHere = (name: string): boolean => to.gone(name) === undefined;
  return {
    ...rule,
    names: rule.names.filter(isHere),
    allowed: String(allowed),
    within: String(within),
    ...(rule.forbidden === undefined ? {} : { forbidden: rule.forbidden.filter(isHere) }),
  };
}

/** A bound counts what the header has, and moves with every addition. */
function restrictCompare(rule: Extract<Rule, { kind: 'compare' }>, to: Restriction): Rule | undefined {
  const { field, name } = rule;
  if (!to.fields.has(field) || (name !== undefined && to.gone(name) !== undefined)) return undefined;
  const value = name === undefined ? undefined : to.constants.get(name);
  return value === undefined ? rule : { ...rule, value: String(value) };
}

/** What a rule tests, its conditions aside; undefined when the header has nothing left to test. */
function restrictTest(rule: Rule, to: Restriction): Rule | undefined {
  const isGone = (name = ''): boolean => to.gone(name) !== undefined;
  const keptIf = (isKept: boolean): Rule | undefined => (isKept ? rule : undefined);
  switch (rule.kind) {
    case 'zero': {
      const fields = rule.fields.filter(to.hasField);
      return fields.length === 0 ? undefined : { ...rule, fields };
    }
    case 'mask':
      return restrictMask(rule, to);
    case 'nonzero':
      return keptIf(to.hasField(rule.field));
    case 'compare':
      return restrictCompare(rule, to);
    case 'oneOf':
      return keptIf(to.hasField(rule.field) && !rule.values.some(({ name }) => isGone(name)));
    case 'flags': {
      if (rule.requires.some(isGone)) return undefined;
      const forbids = rule.forbids.filter((name) => !isGone(name));
      return forbids.length + rule.requires.length === 0 ? undefined : { ...rule, forbids };
    }
    case 'reject': {
      const refused = restrictExpression(rule.if, to);
      const isNever = refused?.kind === 'constant' && refused.value === '0';
      return refused === undefined || isNever ? undefined : { ...rule, if: refused };
    }
  }
}

export function restrictRule(rule: Rule, to: Restriction): Rule[] {
  const when = restrictConditions(rule.when, to);
  const test = when && restrictTest(rule, to);
  return test === undefined || when === undefined ? [] : [{ ...test, when }];
}

function restrictPointer(pointer: PointerContract, to: Restriction): PointerContract | undefined {
  const { length, when, ...rest } = pointer;
  const left = when && restrictConditions(when, to);
  if (when !== undefined && left === undefined) return undefined;
  return {
    ...rest,
    ...(length === undefined || !to.hasField(length) ? {} : { length }),
    ...(left === undefined || left.length === 0 ? {} : { when: left }),
  };
}

function restrictField(field: FieldContract, to: Restriction): FieldContract[] {
  const when = restrictConditions(field.when, to);
  if (when === undefined || !to.hasField(field.field)) return [];
  const { pointer: whole, ...rest } = field;
  const pointer = whole && restrictPointer(whole, to);
  return [{ ...rest, when, ...(pointer === undefined ? {} : { pointer }) }];
}

function restrictOperation(operation: OperationContract, to: Restriction): OperationContract[] {
  if (!to.constants.has(operation.opcode)) return [];
  return [
    {
      ...operation,
      fields: operation.fields.flatMap((field) => restrictField(field, to)),
      rules: operation.rules.flatMap((rule) => restrictRule(rule, to)),
      multishot: operation.multishot.flatMap(({ when }) => {
        const left = restrictConditions(when, to);
        return left === undefined ? [] : [{ when: left }];
      }),
    },
  ];
}

/**
 * @param own what the contract's own kernel has
 * @param header what the kernel has that needs a contract
 */
export function restrictContract(
  contract: KernelContract,
  own: HeaderFacts,
  header: HeaderFacts,
): KernelContract {
  const to = restrictionTo(header, own);
  return {
    ...contract,
    common: contract.common.flatMap((rule) => restrictRule(rule, to)),
    operations: contract.operations.flatMap((operation) => restrictOperation(operation, to)),
  };
}
