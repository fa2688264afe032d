/**
 * Evaluates a contract's expressions over a submission entry, as the C compiler would have: integer promotions, usual
 * arithmetic conversions, 64 bits exactly. What no entry tells is unknown, and stays so as far as it matters.
 */
import type { BinaryOperator, ComparisonOperator, Expression } from './rules.js';

/** Where a field lies in a submission entry, and its C type. */
export interface FieldPlace {
  readonly bitOffset: number;
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

/** Fields of `struct io_uring_sqe` by the kernel's names. */
export type SqeLayout = ReadonlyMap<string, FieldPlace>;

/** Reserved space that no program names, but kernels check: in the same place since it exists. */
export const RESERVED_FIELDS: SqeLayout = new Map<string, FieldPlace>([
  ['__pad1', { bitOffset: 96, bits: 32, signed: false }],
  ['__pad3', { bitOffset: 368, bits: 16, signed: false }],
  ['__pad2', { bitOffset: 448, bits: 64, signed: false }],
]);

/** A submission entry, and the ring it goes to. */
export interface Submission {
  readonly words: Uint32Array;
  readonly layout: SqeLayout;
  /** IORING_SETUP_* flags of the ring; undefined when they are not known. */
  readonly setupFlags: number | undefined;
}

/** True, false, or (undefined) not told by the submission. */
export type Truth = boolean | undefined;

/** A C integer. */
interface Integer {
  readonly value: bigint;
  readonly bits: number;
  readonly signed: boolean;
}

const INT_BITS = 32;
const MAX_BITS = 64;

/** The value as a C integer of that type holds it. */
export function wrapped(value: bigint, bits: number, signed: boolean): bigint {
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

function integer(value: bigint, bits: number, signed: boolean): Integer {
  return { value: wrapped(value, bits, signed), bits, signed };
}

const truthValue = (truth: boolean): Integer => ({ value: truth ? 1n : 0n, bits: INT_BITS, signed: true });

/** A field as its own type holds it; undefined when the layout has no such field. */
export function fieldValue(submission: Submission, field: string): bigint | undefined {
  const place = submission.layout.get(field);
  if (place === undefined) return undefined;
  const { bitOffset, bits, signed } = place;
  const index = bitOffset >>> 5;
  const low = BigInt(submission.words[index] ?? 0) >> BigInt(bitOffset & 31);
  const high = bits === MAX_BITS ? BigInt(submission.words[index + 1] ?? 0) << 32n : 0n;
  return wrapped(high | low, bits, signed);
}

/** A constant in the first of int, unsigned, long and unsigned long that holds it: C's rule for hexadecimal ones. */
function constant(text: string): Integer {
  const value = BigInt(text);
  const bits =
    BigInt.asIntN(INT_BITS, value) === value || BigInt.asUintN(INT_BITS, value) === value
      ? INT_BITS
      : MAX_BITS;
  return integer(value, bits, BigInt.asIntN(bits, value) === value);
}

/** Integer promotion: whatever is narrower than an int becomes one, and keeps its value. */
const promoted = ({ value, bits, signed }: Integer): Integer =>
  bits < INT_BITS ? { value, bits: INT_BITS, signed: true } : { value, bits, signed };

/** Usual arithmetic conversions: both operands in the type of the result. */
function converted(left: Integer, right: Integer): [Integer, Integer] {
  const [a, b] = [promoted(left), promoted(right)];
  const bits = Math.max(a.bits, b.bits);
  const signed = [a, b].every((side) => side.bits < bits || side.signed);
  return [integer(a.value, bits, signed), integer(b.value, bits, signed)];
}

const isShift = (operator: BinaryOperator): boolean => operator === '<<' || operator === '>>';

const COMPARE: Readonly<Record<ComparisonOperator, (a: bigint, b: bigint) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** How two values of one type compare. */
export function compares(operator: ComparisonOperator, a: bigint, b: bigint): boolean {
  return COMPARE[operator](a, b);
}

type Arithmetic = Exclude<BinaryOperator, ComparisonOperator | '&&' | '||'>;

const COMPUTE: Readonly<Record<Arithmetic, (a: bigint, b: bigint) => bigint | undefined>> = {
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  // C leaves these undefined for 0, and shifts undefined beyond the width.
  '/': (a, b) => (b === 0n ? undefined : a / b),
  '%': (a, b) => (b === 0n ? undefined : a % b),
  '<<': (a, b) => (b < 0n || b >= BigInt(MAX_BITS) ? undefined : a << b),
  '>>': (a, b) => (b < 0n || b >= BigInt(MAX_BITS) ? undefined : a >> b),
};

function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return operator in COMPARE;
}

function computed(
  operator: Exclude<BinaryOperator, '&&' | '||'>,
  left: Integer,
  right: Integer,
): Integer | undefined {
  const [a, b] = isShift(operator) ? [promoted(left), promoted(right)] : converted(left, right);
  if (isComparison(operator)) return truthValue(compares(operator, a.value, b.value));
  const value = COMPUTE[operator](a.value, b.value);
  return value === undefined ? undefined : integer(value, a.bits, a.signed);
}

/** Of two truths, `&&` or `||`: one can decide without the other. */
function either(decisive: boolean, left: Truth, right: Truth): Truth {
  if (left === decisive || right === decisive) return decisive;
  return left === undefined || right === undefined ? undefined : !decisive;
}

function binary(expression: Expression & { kind: 'binary' }, submission: Submission): Integer | undefined {
  const { operator } = expression;
  if (operator === '&&' || operator === '||') return asInteger(holds(expression, submission));
  const left = evaluate(expression.left, submission);
  const right = evaluate(expression.right, submission);
  // Nothing of what is unknown passes a mask of no bits.
  if (operator === '&' && (left?.value === 0n || right?.value === 0n)) return truthValue(false);
  return left === undefined || right === undefined ? undefined : computed(operator, left, right);
}

function unary(operator: '~' | '-', of: Integer | undefined): Integer | undefined {
  if (of === undefined) return undefined;
  const { value, bits, signed } = promoted(of);
  return integer(operator === '~' ? ~value : -value, bits, signed);
}

const truthOf = (value: Integer | undefined): Truth => (value === undefined ? undefined : value.value !== 0n);

function evaluate(expression: Expression, submission: Submission): Integer | undefined {
  switch (expression.kind) {
    case 'constant':
      return constant(expression.value);
    case 'field': {
      const value = fieldValue(submission, expression.field);
      return value === undefined ? undefined : integer(value, expression.bits, expression.signed);
    }
    case 'setup':
      if (submission.setupFlags === undefined) return undefined;
      return integer(BigInt(submission.setupFlags), INT_BITS, false);
    case 'unary':
      if (expression.operator === '!') return asInteger(holds(expression, submission));
      return unary(expression.operator, evaluate(expression.of, submission));
    case 'binary':
      return binary(expression, submission);
    case 'unknown':
      return undefined;
  }
}

const asInteger = (truth: Truth): Integer | undefined =>
  truth === undefined ? undefined : truthValue(truth);

/** Whether an expression holds. More is known of that than of its value: `x | 1` holds, whatever `x` is. */
export function holds(expression: Expression, submission: Submission): Truth {
  if (expression.kind === 'unary' && expression.operator === '!') {
    const truth = holds(expression.of, submission);
    return truth === undefined ? undefined : !truth;
  }
  if (expression.kind === 'binary' && ['&&', '||', '|'].includes(expression.operator)) {
    const decisive = expression.operator !== '&&';
    return either(decisive, holds(expression.left, submission), holds(expression.right, submission));
  }
  return truthOf(evaluate(expression, submission));
}

/** Whether all of them hold: false as soon as one is known not to. */
export function allHold(expressions: readonly Expression[], submission: Submission): Truth {
  let all: Truth = true;
  for (const expression of expressions) {
    const truth = holds(expression, submission);
    if (truth === false) return false;
    if (truth === undefined) all = undefined;
  }
  return all;
}
