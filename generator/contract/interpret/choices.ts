/** Values that are one of several, each under its guards. */
import { not } from './logic.js';
import { possibleBits } from './ranges.js';
import {
  type Alternative,
  constant,
  equal,
  type Guard,
  sizeOf,
  unknownValue,
  type Value,
  type ValueOf,
} from './values.js';

/** In nodes. */
const LARGEST_CHOICE = 1200;
/** What a function gives back is the refusals of an operation. */
export const LARGEST_RESULT = 50_000;

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
