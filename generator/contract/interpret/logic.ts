/** Truth values: tests, their opposites, what follows from what. */
import type { BinaryOperator } from '../contract.js';
import { choose } from './choices.js';
import { COMPARISONS, possibleBits } from './ranges.js';
import { equal, type Guard, ONE, sizeOf, unknownValue, type Value, type ValueOf, ZERO } from './values.js';

/** In nodes. */
const LARGEST_TEST = 300;

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
      // Tests of bits that are set on different ways come apart.
      return value.operator === '|' ? or(value.left, value.right) : nonzero(value);
    case 'choice':
      return truthOfChoice(value);
    default:
      return nonzero(value);
  }
}

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

/** Of comparisons. */
export const INVERSE: Readonly<Record<string, BinaryOperator>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

/** Asked again and again of the guards of a path. */
const opposites = new WeakMap<Value, Value>();

export function not(value: Value): Value {
  let opposite = opposites.get(value);
  if (opposite === undefined) {
    opposite = negate(truth(value));
    opposites.set(value, opposite);
  }
  return opposite;
}

function negate(tested: Value): Value {
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
  if (implies(a, b)) return a;
  return implies(b, a) ? b : connect('&&', a, b);
}

export function or(left: Value, right: Value): Value {
  const a = truth(left);
  const b = truth(right);
  if (a.kind === 'constant') return a.value === 0n ? b : ONE;
  if (b.kind === 'constant') return b.value === 0n ? a : ONE;
  if (implies(a, b)) return b;
  return implies(b, a) ? a : connect('||', a, b);
}

function connect(operator: '&&' | '||', left: Value, right: Value): Value {
  return sizeOf(left) + sizeOf(right) > LARGEST_TEST
    ? unknownValue('many tests', [left, right])
    : { kind: 'binary', operator, left, right };
}

/** A test on a path whose guards may have answered it already. */
export function known(test: Value, path: readonly Guard[]): Value {
  if (test.kind === 'constant') return test;
  if (path.some((guard) => implies(guard.value, test))) return ONE;
  const opposite = not(test);
  return path.some((guard) => implies(guard.value, opposite)) ? ZERO : test;
}

/** Whether a condition holds whenever a test does: that of bits, whenever one of some of them does. */
export function implies(test: Value, condition: Value): boolean {
  if (equal(test, condition)) return true;
  if (isNone(test) && isNone(condition)) return implies(not(condition), not(test));
  if (isTestOf(condition, test)) return true;
  const inner = bitTest(test);
  const outer = bitTest(condition);
  if (inner === undefined || outer === undefined || !equal(inner.of, outer.of)) return false;
  return (inner.mask & possibleBits(inner.of) & ~outer.mask) === 0n;
}

/** `x == 0`. */
const isNone = (value: Value): boolean =>
  value.kind === 'binary' &&
  value.operator === '==' &&
  value.right.kind === 'constant' &&
  value.right.value === 0n;

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
