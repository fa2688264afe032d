/** Building values: what is known is computed, what is not stays an expression in a few regular forms. */
import type { CType } from '../ast.js';
import type { BinaryOperator } from '../contract.js';
import {
  type Alternative,
  constant,
  equal,
  type Guard,
  ONE,
  sizeOf,
  unknownValue,
  type Value,
  type ValueOf,
  ZERO,
} from './values.js';

interface Range {
  readonly least: bigint;
  readonly most: bigint;
}

const ofBits = (bits: number, signed: boolean): Range =>
  signed
    ? { least: -(1n << BigInt(bits - 1)), most: (1n << BigInt(bits - 1)) - 1n }
    : { least: 0n, most: (1n << BigInt(bits)) - 1n };

const TRUTH: Range = { least: 0n, most: 1n };
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', '&&', '||']);
/** More alternatives are not followed into every operation. */
const MOST_ALTERNATIVES = 8;
/** In nodes. */
const LARGEST_CHOICE = 1200;
/** What a function gives back is the refusals of an operation. */
export const LARGEST_RESULT = 50_000;
const LARGEST_TEST = 300;

/** The values an expression can have; undefined when it is anybody's guess. */
export function rangeOf(value: Value): Range | undefined {
  switch (value.kind) {
    case 'constant':
      return { least: value.value, most: value.value };
    case 'field':
      return ofBits(value.bits, value.signed);
    case 'setup':
      return ofBits(32, false);
    case 'unary':
      return value.operator === '!' ? TRUTH : undefined;
    case 'choice':
      return union(value.alternatives.map((alternative) => rangeOf(alternative.value)));
    case 'binary':
      return rangeOfBinary(value);
    default:
      return undefined;
  }
}

function rangeOfBinary({ operator, left, right }: ValueOf<'binary'>): Range | undefined {
  if (COMPARISONS.has(operator)) return TRUTH;
  const a = rangeOf(left);
  const b = rangeOf(right);
  if (operator === '&') {
    const mosts = [a, b]
      .filter((range) => range !== undefined && range.least >= 0n)
      .map((range) => range!.most);
    if (mosts.length > 0) return { least: 0n, most: mosts.reduce((x, y) => (x < y ? x : y)) };
    return a && b ? widest(a, b) : undefined;
  }
  if (a === undefined || b === undefined) return undefined;
  if (operator === '|' || operator === '^') return widest(a, b);
  if (operator === '+') return { least: a.least + b.least, most: a.most + b.most };
  if (operator === '-') return { least: a.least - b.most, most: a.most - b.least };
  if (operator === '>>' && a.least >= 0n && b.least === b.most && b.least >= 0n) {
    return { least: a.least >> b.least, most: a.most >> b.least };
  }
  if (operator === '*' && a.least >= 0n && b.least >= 0n)
    return { least: a.least * b.least, most: a.most * b.most };
  return undefined;
}

/** What bitwise operations on two ranges stay within. */
function widest(a: Range, b: Range): Range {
  const bits = Math.max(...[a, b].flatMap(({ least, most }) => [bitsOf(least), bitsOf(most)]));
  return a.least >= 0n && b.least >= 0n ? ofBits(bits, false) : ofBits(bits + 1, true);
}

const bitsOf = (value: bigint): number => (value < 0n ? ~value : value).toString(2).length;

function union(ranges: readonly (Range | undefined)[]): Range | undefined {
  return ranges.reduce((a, b) =>
    a && b
      ? { least: a.least < b.least ? a.least : b.least, most: a.most > b.most ? a.most : b.most }
      : undefined,
  );
}

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
  if (value.kind === 'binary' && value.operator === '&' && !type.signed && value.right.kind === 'constant') {
    const mask = BigInt.asUintN(type.bits, value.right.value);
    return { ...value, right: constant(mask, value.right.text) };
  }
  return unknown([value]);
}

function convertField(
  field: ValueOf<'field'>,
  type: Extract<CType, { kind: 'integer' }>,
  unknown: MakeUnknown,
): Value {
  if (type.bits <= field.bits) return { ...field, bits: type.bits, signed: type.signed };
  // A signed field in a wider unsigned type: the sign spreads, which is again a plain conversion.
  return field.signed && !type.signed && [32, 64].includes(type.bits)
    ? { ...field, bits: type.bits, signed: false }
    : unknown([field]);
}

export function mapChoice(choice: ValueOf<'choice'>, change: (value: Value) => Value): Value {
  return choose(
    choice.alternatives.map(({ guards, value }) => {
      const changed = change(value);
      return { guards, value: changed };
    }),
    choice,
  );
}

/** One value where all alternatives agree; `same` is given back when nothing changed. */
export function choose(
  alternatives: readonly Alternative[],
  same?: ValueOf<'choice'>,
  largest = LARGEST_CHOICE,
): Value {
  const [first] = alternatives;
  if (first === undefined) throw new Error('a choice needs an alternative');
  if (alternatives.every(({ value }) => equal(value, first.value))) return first.value;
  if (same && alternatives.every(({ value }, i) => value === same.alternatives[i]?.value)) return same;
  const choice: Value = { kind: 'choice', alternatives };
  return sizeOf(choice) > largest
    ? unknownValue(
        'one of many',
        alternatives.map(({ value }) => value),
      )
    : choice;
}

/** 0, 1 or an expression that is one of them. */
export function truth(value: Value): Value {
  switch (value.kind) {
    case 'constant':
      return value.value === 0n ? ZERO : ONE;
    case 'address':
    case 'function':
      return ONE;
    case 'unary':
      return value.operator === '!' ? value : nonzero(value);
    case 'binary':
      if (COMPARISONS.has(value.operator)) return value;
      return value.operator === '|' && isSet(value.right) ? ONE : nonzero(value);
    case 'choice':
      return truthOfChoice(value);
    default:
      return nonzero(value);
  }
}

const isSet = (value: Value): boolean => value.kind === 'constant' && value.value !== 0n;

const nonzero = (value: Value): Value => ({ kind: 'binary', operator: '!=', left: value, right: ZERO });

function truthOfChoice(choice: ValueOf<'choice'>): Value {
  const tested = choice.alternatives.map(({ guards, value }) => ({ guards, value: truth(value) }));
  const same = choose(tested);
  if (same.kind !== 'choice') return same;
  return tested
    .map(({ guards, value }) =>
      guards.reduceRight((inner, guard) => (guard.mark ? inner : and(guard.value, inner)), value),
    )
    .reduce(or);
}

const INVERSE: Readonly<Record<string, BinaryOperator>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

export function not(value: Value): Value {
  const tested = truth(value);
  if (tested.kind === 'constant') return tested.value === 0n ? ONE : ZERO;
  if (tested.kind === 'unary' && tested.operator === '!') return truth(tested.of);
  if (tested.kind === 'binary') {
    const inverse = INVERSE[tested.operator];
    if (inverse !== undefined) return { ...tested, operator: inverse };
    if (tested.operator === '&&') return or(not(tested.left), not(tested.right));
    if (tested.operator === '||') return and(not(tested.left), not(tested.right));
  }
  return { kind: 'unary', operator: '!', of: tested };
}

export function and(left: Value, right: Value): Value {
  const a = truth(left);
  const b = truth(right);
  if (a.kind === 'constant') return a.value === 0n ? ZERO : b;
  if (b.kind === 'constant') return b.value === 0n ? ZERO : a;
  return equal(a, b) ? a : connect('&&', a, b);
}

export function or(left: Value, right: Value): Value {
  const a = truth(left);
  const b = truth(right);
  if (a.kind === 'constant') return a.value === 0n ? b : ONE;
  if (b.kind === 'constant') return b.value === 0n ? a : ONE;
  return equal(a, b) ? a : connect('||', a, b);
}

function connect(operator: '&&' | '||', left: Value, right: Value): Value {
  return sizeOf(left) + sizeOf(right) > LARGEST_TEST
    ? unknownValue('many tests', [left, right])
    : { kind: 'binary', operator, left, right };
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

/** The constant comes last; a test of bits that cannot be set is 0; alternatives of bits are tested apart. */
function bitAnd(left: Value, right: Value, unknown: MakeUnknown): Value {
  if (left.kind === 'constant') {
    if (right.kind === 'constant') return constant(left.value & right.value);
    return bitAnd(right, left, unknown);
  }
  if (right.kind === 'constant') {
    if ((possibleBits(left) & right.value) === 0n) return ZERO;
    const bits = possibleBits(left);
    if (bits >= 0n && (bits & ~right.value) === 0n) return left;
    if (left.kind === 'binary' && left.operator === '|') {
      const a = bitAnd(left.left, right, unknown);
      const b = bitAnd(left.right, right, unknown);
      if (a.kind === 'constant' && b.kind === 'constant') return constant(a.value | b.value);
      if (a.kind === 'constant' && a.value === 0n) return b;
      if (b.kind === 'constant' && b.value === 0n) return a;
      return { kind: 'binary', operator: '|', left: a, right: b };
    }
  }
  return { kind: 'binary', operator: '&', left, right };
}

/** Bits that may be set: -1 means all of them. */
export function possibleBits(value: Value): bigint {
  switch (value.kind) {
    case 'constant':
      return value.value;
    case 'field':
      return value.signed ? -1n : (1n << BigInt(value.bits)) - 1n;
    case 'setup':
      return 0xffff_ffffn;
    case 'choice':
      return value.alternatives.reduce((bits, alternative) => bits | possibleBits(alternative.value), 0n);
    case 'binary':
      if (COMPARISONS.has(value.operator)) return 1n;
      if (value.operator === '&') return possibleBits(value.left) & possibleBits(value.right);
      if (value.operator === '|') return possibleBits(value.left) | possibleBits(value.right);
      if (value.operator === '>>' && value.right.kind === 'constant') {
        return possibleBits(value.left) >> value.right.value;
      }
      return -1n;
    case 'unary':
      return value.operator === '!' ? 1n : -1n;
    default:
      return -1n;
  }
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

/** What is left of a choice on a path: no alternative that the path excludes. */
export function specialize(value: Value, path: readonly Guard[]): Value {
  if (value.kind !== 'choice') return value;
  const excluded = (guard: Guard): boolean => {
    const opposite = not(guard.value);
    return path.some((known) => equal(known.value, opposite));
  };
  const left = value.alternatives
    .filter(({ guards }) => !guards.some(excluded))
    .map((alternative) => {
      const inner = specialize(alternative.value, path);
      return inner === alternative.value ? alternative : { ...alternative, value: inner };
    });
  if (left.length === 0) return value;
  return choose(left, left.length === value.alternatives.length ? value : undefined);
}

/** The operands of a chain of `|`. */
const bitTerms = (value: Value): readonly Value[] =>
  value.kind === 'binary' && value.operator === '|'
    ? [...bitTerms(value.left), ...bitTerms(value.right)]
    : [value];

/** What a value may be, one by one. */
const variants = (value: Value): readonly Value[] =>
  value.kind === 'choice'
    ? value.alternatives.flatMap((alternative) => variants(alternative.value))
    : [value];

/**
 * Values that differ in some bits only, as flags do that are set on one of several ways: what they share, and those
 * bits as unknown ones. Undefined when they have less in common.
 */
export function shareBits(values: readonly Value[], text: string): Value | undefined {
  const terms = values.flatMap(variants).map(bitTerms);
  const [first, ...rest] = terms;
  const shared =
    first?.filter((term) => rest.every((others) => others.some((other) => equal(other, term)))) ?? [];
  const [base, ...more] = shared;
  if (base === undefined || base.kind === 'constant') return undefined;
  const bits = terms
    .flat()
    .filter((term) => !shared.some((other) => equal(other, term)))
    .reduce((sum, term) => sum | possibleBits(term), 0n);
  if (bits <= 0n) return undefined;
  const some: Value = { kind: 'binary', operator: '&', left: unknownValue(text), right: constant(bits) };
  return [...more, some].reduce<Value>(
    (left, right) => ({ kind: 'binary', operator: '|', left, right }),
    base,
  );
}

/** Whether a condition holds whenever a test does: that of bits, whenever one of some of them does. */
export function implies(test: Value, condition: Value): boolean {
  if (equal(test, condition)) return true;
  if (isTestOf(condition, test)) return true;
  const inner = bitTest(test);
  const outer = bitTest(condition);
  if (inner === undefined || outer === undefined || !equal(inner.of, outer.of)) return false;
  return (inner.mask & possibleBits(inner.of) & ~outer.mask) === 0n;
}

/** `x` holds whenever one of its bits is set. */
function isTestOf(condition: Value, test: Value): boolean {
  const bits = bitTest(test);
  if (bits === undefined || condition.kind !== 'binary' || condition.operator !== '!=') return false;
  const { left, right } = condition;
  return right.kind === 'constant' && right.value === 0n && equal(left, bits.of);
}

function bitTest(value: Value): { readonly of: Value; readonly mask: bigint } | undefined {
  if (value.kind !== 'binary' || value.operator !== '!=') return undefined;
  const { left, right } = value;
  if (right.kind !== 'constant' || right.value !== 0n) return undefined;
  if (left.kind !== 'binary' || left.operator !== '&' || left.right.kind !== 'constant') return undefined;
  return { of: left.left, mask: left.right.value };
}
