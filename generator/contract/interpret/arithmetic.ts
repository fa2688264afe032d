/** Operators and conversions: what is known is computed, what is not stays an expression of a few regular forms. */
import type { CType } from '../ast.js';
import type { BinaryOperator } from '../contract.js';
import { mapChoice } from './choices.js';
import { and, INVERSE, not, or, truth } from './logic.js';
import { ofBits, possibleBits, rangeOf } from './ranges.js';
import { constant, ONE, sizeOf, type Value, type ValueOf, ZERO } from './values.js';

/** More alternatives are not followed into every operation. */
const MOST_ALTERNATIVES = 8;
const BITWISE: ReadonlySet<string> = new Set(['&', '|', '^']);

type IntegerType = Extract<CType, { kind: 'integer' }>;

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

export type MakeUnknown = (of: readonly Value[]) => Value;

/** A value as a variable of the type holds it. */
export function convert(value: Value, type: CType, unknown: MakeUnknown): Value {
  if (type.kind !== 'integer') return value;
  if (type.isBool) return truth(value);
  const target = ofBits(type.bits, type.signed);
  if (value.kind === 'constant') {
    const wrapped = type.signed
      ? BigInt.asIntN(type.bits, value.value)
      : BigInt.asUintN(type.bits, value.value);
    return wrapped === value.value ? value : constant(wrapped, value.text);
  }
  if (value.kind === 'choice') return mapChoice(value, (inner) => convert(inner, type, unknown));
  const range = rangeOf(value);
  if (range === undefined) return value;
  if (range.least >= target.least && range.most <= target.most) return value;
  if (value.kind === 'field') return convertField(value, type, unknown);
  // Cutting off and extending bits does the same to both sides of an operator on bits.
  if (value.kind === 'binary' && BITWISE.has(value.operator)) {
    return binary(
      value.operator,
      convert(value.left, type, unknown),
      convert(value.right, type, unknown),
      unknown,
    );
  }
  // The bits that an unsigned integer of the kernel's does not have.
  return type.signed ? unknown([value]) : bitAnd(value, constant(target.most), unknown);
}

function convertField({ own, ...field }: ValueOf<'field'>, type: IntegerType, unknown: MakeUnknown): Value {
  if (type.bits <= field.bits) return { ...field, bits: type.bits, signed: type.signed };
  if (type.signed) return unknown([field]);
  // A negative value in a wider unsigned type: the sign spreads, which is a plain conversion of the SQE's own value.
  return own
    ? { ...field, bits: type.bits, signed: false }
    : { kind: 'binary', operator: '&', left: field, right: constant(ones(type.bits)) };
}

export function binary(operator: string, left: Value, right: Value, unknown: MakeUnknown): Value {
  if (operator === ',') return right;
  if (operator === '&&') return and(left, right);
  if (operator === '||') return or(left, right);
  if (left.kind === 'constant' && right.kind === 'constant')
    return compute(operator, left, right) ?? unknown([left, right]);
  const choice = left.kind === 'choice' ? left : right.kind === 'choice' ? right : undefined;
  if (
    choice &&
    choice.alternatives.length <= MOST_ALTERNATIVES &&
    (left.kind === 'constant' || right.kind === 'constant' || left === right)
  ) {
    return mapChoice(choice, (value) =>
      choice === left ? binary(operator, value, right, unknown) : binary(operator, left, value, unknown),
    );
  }
  if (!isNumber(left) || !isNumber(right) || !isBinaryOperator(operator)) return unknown([left, right]);
  const known = knownResult(operator, left, right);
  if (known !== undefined) return known;
  if (operator === '&') return bitAnd(left, right, unknown);
  if (right.kind === 'constant' && right.value === 0n && NEUTRAL.has(operator)) return left;
  if (left.kind === 'constant' && left.value === 0n && (operator === '|' || operator === '+')) return right;
  return { kind: 'binary', operator, left, right };
}

/** Operators that a 0 on the right does not change anything with. */
const NEUTRAL: ReadonlySet<string> = new Set(['|', '^', '+', '-', '<<', '>>']);

const isNumber = (value: Value): boolean =>
  value.kind !== 'address' && value.kind !== 'function' && sizeOf(value) < 120;

const OPERATORS: ReadonlySet<string> = new Set<BinaryOperator>([
  '&',
  '|',
  '^',
  '+',
  '-',
  '*',
  '/',
  '%',
  '<<',
  '>>',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '&&',
  '||',
]);
const isBinaryOperator = (operator: string): operator is BinaryOperator => OPERATORS.has(operator);

/** Comparisons that the ranges of their sides decide. */
function knownResult(operator: string, left: Value, right: Value): Value | undefined {
  if (!(operator in INVERSE)) return undefined;
  const a = rangeOf(left);
  const b = rangeOf(right);
  if (a === undefined || b === undefined) return undefined;
  const apart = a.most < b.least || b.most < a.least;
  const answer = (value: boolean): Value => (value ? ONE : ZERO);
  switch (operator) {
    case '==':
      return apart ? ZERO : undefined;
    case '!=':
      return apart ? ONE : undefined;
    case '<':
      return a.most < b.least ? answer(true) : a.least >= b.most ? answer(false) : undefined;
    case '<=':
      return a.most <= b.least ? answer(true) : a.least > b.most ? answer(false) : undefined;
    case '>':
      return a.least > b.most ? answer(true) : a.most <= b.least ? answer(false) : undefined;
    default:
      return a.least >= b.most ? answer(true) : a.most < b.least ? answer(false) : undefined;
  }
}

type Mask = ValueOf<'binary'> & { readonly right: ValueOf<'constant'> };

const isMask = (value: Value): value is Mask =>
  value.kind === 'binary' && value.operator === '&' && value.right.kind === 'constant';

/** The constant comes last; a test of bits that cannot be set is 0; alternatives of bits are tested apart. */
function bitAnd(left: Value, right: Value, unknown: MakeUnknown): Value {
  if (left.kind === 'constant') {
    if (right.kind === 'constant') return constant(left.value & right.value);
    return bitAnd(right, left, unknown);
  }
  if (right.kind === 'constant') {
    if ((possibleBits(left) & right.value) === 0n) return ZERO;
    if (isMask(left) && left.right.value === right.value) return left;
    if (isMask(left) && (right.value & ~left.right.value) === 0n) return bitAnd(left.left, right, unknown);
    const bits = possibleBits(left);
    if (bits >= 0n && (bits & ~right.value) === 0n) return left;
    if (left.kind === 'binary' && left.operator === '|') {
      const a = binary('&', left.left, right, unknown);
      const b = binary('&', left.right, right, unknown);
      if (a.kind === 'constant' && b.kind === 'constant') return constant(a.value | b.value);
      if (a.kind === 'constant' && a.value === 0n) return b;
      if (b.kind === 'constant' && b.value === 0n) return a;
      return { kind: 'binary', operator: '|', left: a, right: b };
    }
  }
  return { kind: 'binary', operator: '&', left, right };
}

function compute(operator: string, left: ValueOf<'constant'>, right: ValueOf<'constant'>): Value | undefined {
  const a = left.value;
  const b = right.value;
  const bool = (value: boolean): Value => (value ? ONE : ZERO);
  const text = joined(operator, left.text, right.text);
  switch (operator) {
    case '&':
      return constant(a & b, text);
    case '|':
      return constant(a | b, text);
    case '^':
      return constant(a ^ b, text);
    case '+':
      return constant(a + b, text);
    case '-':
      return constant(a - b, text);
    case '*':
      return constant(a * b, text);
    case '/':
      return b === 0n ? undefined : constant(a / b, text);
    case '%':
      return b === 0n ? undefined : constant(a % b, text);
    case '<<':
      return b >= 0n && b < 64n ? constant(a << b, text) : undefined;
    case '>>':
      return b >= 0n && b < 64n ? constant(a >> b, text) : undefined;
    case '==':
      return bool(a === b);
    case '!=':
      return bool(a !== b);
    case '<':
      return bool(a < b);
    case '<=':
      return bool(a <= b);
    case '>':
      return bool(a > b);
    case '>=':
      return bool(a >= b);
    default:
      return undefined;
  }
}

const joined = (operator: string, left?: string, right?: string): string | undefined =>
  left !== undefined && right !== undefined && left.length + right.length < 600
    ? `(${left}) ${operator} (${right})`
    : undefined;

export function unary(operator: string, of: Value, unknown: MakeUnknown): Value {
  if (operator === '!') return not(of);
  if (operator === '+') return of;
  if (operator !== '~' && operator !== '-') return unknown([of]);
  if (of.kind === 'constant') {
    const text = of.text === undefined ? undefined : `${operator}(${of.text})`;
    return constant(operator === '~' ? ~of.value : -of.value, text);
  }
  if (of.kind === 'choice') return mapChoice(of, (value) => unary(operator, value, unknown));
  return isNumber(of) ? { kind: 'unary', operator, of } : unknown([of]);
}
