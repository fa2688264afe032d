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
  ZERO,
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
  if (value.kind === 'binary' && value.operator === '|') {
    const left = specialize(value.left, path);
    const right = specialize(value.right, path);
    return left === value.left && right === value.right ? value : { ...value, left, right };
  }
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

const anyBit = (terms: readonly Value[]): Value =>
  terms.length === 0 ? ZERO : terms.reduce((left, right) => ({ kind: 'binary', operator: '|', left, right }));

/** In nodes; of more, it is only told which bits they may set. */
const LARGEST_EXTRA = 200;

/**
 * Values that differ in some bits only, as flags do that are set on one of several ways: what they share, and a choice
 * of the others. Undefined when they have nothing in common.
 */
export function joinBits(ways: readonly Alternative[]): Value | undefined {
  const terms = ways.map(({ value }) => bitTerms(value));
  const [first = [], ...rest] = terms;
  const shared = first.filter((term) => rest.every((others) => others.some((other) => equal(other, term))));
  if (shared.every(({ kind }) => kind === 'constant')) return undefined;
  const extras = terms.map((all) => all.filter((term) => !shared.some((other) => equal(other, term))));
  const extra = choose(ways.map(({ guards }, i) => ({ guards, value: anyBit(extras[i]!) })));
  const bits = extras.flat().reduce((sum, term) => sum | possibleBits(term), 0n);
  const isClear = sizeOf(extra) <= LARGEST_EXTRA && extra.kind !== 'unknown';
  if (!isClear && bits <= 0n) return undefined;
  const some: Value = isClear
    ? extra
    : { kind: 'binary', operator: '&', left: unknownValue('bits set on the way'), right: constant(bits) };
  return anyBit([...shared, some]);
}
