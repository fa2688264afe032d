/**
 * What a contract's expressions mean, as texts that are equal when the meaning is: bits of the whole SQE instead of
 * fields by name, because kernels read the same bits by the names of different members of a union.
 */
import type { Condition, Expression } from '../contract/contract.js';
import { integerConstants } from '../model/constants.js';
import { leafFields } from '../model/sqe.js';
import type { HeaderFacts } from '../parse/index.js';

/** What a header says of the SQE, and of the names that contracts use. */
export interface SqeHeader {
  /** Where fields lie, in bits. */
  readonly fields: ReadonlyMap<string, { readonly offset: number; readonly bits: number }>;
  readonly constants: ReadonlyMap<string, bigint>;
}

export function sqeHeader(facts: HeaderFacts): SqeHeader {
  const sqe = facts.records.find((record) => record.name === 'io_uring_sqe');
  const fields = leafFields(sqe?.members ?? []).map(
    (field) => [field.name, { offset: field.offsetBits, bits: field.sizeBits }] as const,
  );
  return { fields: new Map(fields), constants: integerConstants(facts) };
}

/** Bits of a field as bits of the SQE. */
export function sqeBits(header: SqeHeader, field: string, bits: bigint): bigint {
  const place = header.fields.get(field) ?? { offset: 0, bits: 0 };
  return (bits & ((1n << BigInt(place.bits)) - 1n)) << BigInt(place.offset);
}

/** Two fields with one key are the same bits. A field that the header lacks is known by its name alone. */
export function placeKey(header: SqeHeader, field: string): string {
  const place = header.fields.get(field);
  return place === undefined ? field : `${place.offset}:${place.bits}`;
}

/** Whether something decides that no SQE says, which the source may put in other words at any time. */
export function isVague(expression: Expression): boolean {
  if (expression.kind === 'unary') return isVague(expression.of);
  if (expression.kind === 'binary') return isVague(expression.left) || isVague(expression.right);
  return expression.kind === 'unknown';
}

function constantValue(expression: Expression): bigint | undefined {
  if (expression.kind === 'constant') return BigInt(expression.value);
  if (expression.kind !== 'unary' || expression.operator !== '~') return undefined;
  const value = constantValue(expression.of);
  return value === undefined ? undefined : ~value;
}

interface MaskedField {
  readonly field: string;
  readonly mask: bigint;
}

/** `field`, `field & mask`, `(field & ~mask) & other`. */
function maskedField(expression: Expression): MaskedField | undefined {
  if (expression.kind === 'field') return { field: expression.field, mask: -1n };
  if (expression.kind !== 'binary' || expression.operator !== '&') return undefined;
  const { left, right } = expression;
  const inner = maskedField(left) ?? maskedField(right);
  const mask = constantValue(right) ?? constantValue(left);
  return inner === undefined || mask === undefined
    ? undefined
    : { field: inner.field, mask: inner.mask & mask };
}

export function expressionKey(expression: Expression, header: SqeHeader): string {
  const masked = maskedField(expression);
  if (masked !== undefined) {
    const bits = sqeBits(header, masked.field, masked.mask);
    return `${placeKey(header, masked.field)}/${bits.toString(16)}`;
  }
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'field':
      return placeKey(header, expression.field);
    case 'unary':
      return `${expression.operator}(${expressionKey(expression.of, header)})`;
    case 'binary': {
      const { operator, left, right } = expression;
      return `(${expressionKey(left, header)} ${operator} ${expressionKey(right, header)})`;
    }
    case 'setup':
      return 'setup';
    case 'unknown':
      return expression.text;
  }
}

const isNot = (expression: Expression): expression is Extract<Expression, { kind: 'unary' }> =>
  expression.kind === 'unary' && expression.operator === '!';

/** What is asked one by one, or at once, or twice denied: the same. */
function conjuncts(expression: Expression): Expression[] {
  if (expression.kind === 'binary' && expression.operator === '&&')
    return [...conjuncts(expression.left), ...conjuncts(expression.right)];
  return isNot(expression) && isNot(expression.of) ? conjuncts(expression.of.of) : [expression];
}

/** Bits of which one at least is set where a question has the answer yes, as far as that is plain. */
function neededBits(asked: Expression, header: SqeHeader): bigint[] {
  const masked = maskedField(asked);
  return masked === undefined ? [] : [sqeBits(header, masked.field, masked.mask)];
}

/** Conditions in a form in which they can be compared. */
export interface Asked {
  readonly keys: ReadonlySet<string>;
  /** Of each set of bits one must be set. */
  readonly needs: readonly bigint[];
  readonly isVague: boolean;
  /** For people. */
  readonly text: string;
}

export function askedBy(when: readonly Condition[], header: SqeHeader): Asked {
  const all = when.flatMap((condition) => conjuncts(condition.if));
  const texts = [...new Set(when.map((condition) => condition.text))];
  return {
    keys: new Set(all.map((asked) => expressionKey(asked, header))),
    needs: all.flatMap((asked) => neededBits(asked, header)),
    isVague: all.some(isVague),
    text: texts.length === 0 ? '' : ` when ${texts.join(' and ')}`,
  };
}
