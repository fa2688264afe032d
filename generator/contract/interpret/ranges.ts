/** What is known of a value's size and bits, without knowing it. */
import type { Value, ValueOf } from './values.js';

export interface Range {
  readonly least: bigint;
  readonly most: bigint;
}

export const ofBits = (bits: number, signed: boolean): Range =>
  signed
    ? { least: -(1n << BigInt(bits - 1)), most: (1n << BigInt(bits - 1)) - 1n }
    : { least: 0n, most: (1n << BigInt(bits)) - 1n };

const TRUTH: Range = { least: 0n, most: 1n };
/** Operators whose result is 0 or 1. */
export const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', '&&', '||']);
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
      return rangeOfUnary(value);
    case 'choice':
      return union(value.alternatives.map((alternative) => rangeOf(alternative.value)));
    case 'binary':
      return rangeOfBinary(value);
    default:
      return undefined;
  }
}

function rangeOfUnary({ operator, of }: ValueOf<'unary'>): Range | undefined {
  if (operator === '!') return TRUTH;
  const range = rangeOf(of);
  if (range === undefined) return undefined;
  return operator === '~'
    ? { least: ~range.most, most: ~range.least }
    : { least: -range.most, most: -range.least };
}

function rangeOfBinary({ operator, left, right }: ValueOf<'binary'>): Range | undefined {
  if (COMPARISONS.has(operator)) return TRUTH;
  const a = rangeOf(left);
  const b = rangeOf(right);
  if (operator === '&') {
    const mosts = [a, b]
      .filter((range) => range !== undefined && range.least >= 0n)
      .map((range) => range!.most);
    if (mosts.length > 0) return { least: 0n, most: mosts.reduce(lower) };
    return a && b ? widest(a, b) : undefined;
  }
  if (a === undefined || b === undefined) return undefined;
  if (operator === '|' || operator === '^') return widest(a, b);
  if (operator === '+') return { least: a.least + b.least, most: a.most + b.most };
  if (operator === '-') return { least: a.least - b.most, most: a.most - b.least };
  if (operator === '>>' && a.least >= 0n && b.least === b.most && b.least >= 0n) {
    return { least: a.least >> b.least, most: a.most >> b.least };
  }
  if (operator === '<<' && b.least === b.most && b.least >= 0n && b.least < 64n) {
    return { least: a.least << b.least, most: a.most << b.least };
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

// Math.min and Math.max know no bigint.
const lower = (a: bigint, b: bigint): bigint => [a, b].sort((x, y) => Number(x > y) - Number(x < y))[0]!;

const bitsOf = (value: bigint): number => (value < 0n ? ~value : value).toString(2).length;

function union(ranges: readonly (Range | undefined)[]): Range | undefined {
  return ranges.reduce((a, b) =>
    a && b ? { least: lower(a.least, b.least), most: -lower(-a.most, -b.most) } : undefined,
  );
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
