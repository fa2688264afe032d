/**
 * The interpretation computes without bounds, and has looked at the kernel's types; who evaluates a contract does as C does
 * with the types of fields and constants. Where the kernel computed in a wider type than these have (a field of 32 bits in
 * a `size_t`), the expression says so.
 */
import type { Expression } from './contract.js';
import { ofBits, rangeOf } from './interpret/ranges.js';
import type { Value, ValueOf } from './interpret/values.js';

/** Operators whose result may be wider than both their sides. */
const GROWING: ReadonlySet<string> = new Set(['+', '-', '*', '<<', '~']);
const WIDEST = 64;
const number = (value: bigint): Expression => ({ kind: 'constant', value: String(value) });
/** Masks that keep every value there is, and make it one of 64 bits. */
const AS_SIGNED = number((1n << 63n) - 1n);
const AS_UNSIGNED = number((1n << 64n) - 1n);

export type Computed = ValueOf<'binary'> | ValueOf<'unary'>;
export type ComputedExpression = Extract<Expression, { kind: 'binary' | 'unary' }>;

export const isComputed = (value: Value): value is Computed =>
  value.kind === 'binary' || value.kind === 'unary';

/** Whether a mask is of the 32 bits that a result has in any case. */
export const isLow = (mask: bigint): boolean => mask >= 0n && mask >> 32n === 0n;

/** Whether the range of a value is not within a C integer of 32 bits, neither of the signed nor of the unsigned one. */
function isWide(value: Value): boolean {
  const range = rangeOf(value);
  if (range === undefined) return false;
  return [true, false].every((signed) => {
    const { least, most } = ofBits(32, signed);
    return range.least < least || range.most > most;
  });
}

const LOST: Expression = { kind: 'unknown', text: 'a number of more bits than it is computed from' };

/** @param expression the contract's words for the value */
export function inFullWidth(value: Computed, expression: ComputedExpression): Expression {
  if (!GROWING.has(value.operator) || !isWide(value)) return expression;
  if (value.kind === 'unary' && expression.kind === 'unary') {
    const of = isWide(value.of) ? expression.of : widened(value.of, expression.of, isNegative(value));
    return of === undefined ? LOST : { ...expression, of };
  }
  if (value.kind !== 'binary' || expression.kind !== 'binary') return expression;
  if (isWide(value.left) || (value.operator !== '<<' && isWide(value.right))) return expression;
  const left = widened(value.left, expression.left, isNegative(value));
  return left === undefined ? LOST : { ...expression, left };
}

const isNegative = (value: Value): boolean => (rangeOf(value)?.least ?? 0n) < 0n;

/** The same value in an integer of 64 bits; undefined where no expression says that. */
function widened(value: Value, expression: Expression, signed: boolean): Expression | undefined {
  const isOwn = value.kind === 'field' && value.own && expression.kind === 'field';
  if (isOwn) return { ...expression, bits: WIDEST, signed: signed || expression.signed };
  if (rangeOf(value) === undefined || isNegative(value)) return undefined;
  return { kind: 'binary', operator: '&', left: expression, right: signed ? AS_SIGNED : AS_UNSIGNED };
}
