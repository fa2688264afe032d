/** Which ways out of a function are refusals: an error, or what a failed call gave back. */

import { binary, unary } from './arithmetic.js';
import { truth } from './logic.js';
import type { Exit } from './machine.js';
import { type Alternative, equal, type Guard, unknownValue, type Value } from './values.js';

const LARGEST_ERRNO = 4095n;

/** errno of a negative result; undefined for anything else. */
export function errnoOf(value: Value): number | undefined {
  if (value.kind !== 'constant') return undefined;
  const signed = BigInt.asIntN(64, value.value);
  return signed < 0n && signed >= -LARGEST_ERRNO ? Number(-signed) : undefined;
}

export function isRefusal(exit: Exit): boolean {
  return exit.value !== undefined && refuses(exit.value, exit.guards);
}

function refuses(value: Value, guards: readonly Guard[]): boolean {
  if (errnoOf(value) !== undefined) return true;
  if (value.kind === 'choice') {
    const left = possible(value.alternatives, guards);
    return left.length > 0 && left.every((alternative) => refuses(alternative.value, guards));
  }
  if (value.kind !== 'unknown') return false;
  // `ret = call(); if (ret) return ret;`, or the error of a pointer that was found to be one.
  return /^PTR_ERR/.test(value.text) || guards.some((guard) => findsError(guard.value, value.id));
}

/** `ret` or `ret < 0`, of this very value; or IS_ERR, which looks whether a pointer is among the last ones. */
function findsError(test: Value, id: number): boolean {
  if (test.kind !== 'binary') return false;
  const { operator, left, right } = test;
  if (operator === '&&' || operator === '||') return findsError(left, id) || findsError(right, id);
  if (left.kind !== 'unknown' || left.id !== id || right.kind !== 'constant') return false;
  if (operator === '>=') return right.value === BigInt.asUintN(64, -LARGEST_ERRNO);
  return (operator === '!=' || operator === '<') && right.value === 0n;
}

/** The alternatives that the guards leave possible: `if (ret < 0)` leaves those that are errors. */
export function possible(
  alternatives: readonly Alternative[],
  guards: readonly Guard[],
): readonly Alternative[] {
  return alternatives.filter((alternative) =>
    guards.every((guard) => decide(guard, alternative.guards) !== false),
  );
}

/** Whether a guard holds on a way that has other guards, too; undefined when those do not decide it. */
export function decide({ subject }: Guard, way: readonly Guard[]): boolean | undefined {
  if (subject === undefined) return undefined;
  const result = truth(resolve(subject, way));
  return result.kind === 'constant' ? result.value !== 0n : undefined;
}

/** A value on a way: of a choice, the alternative whose guards are all among the way's. */
function resolve(value: Value, way: readonly Guard[]): Value {
  const unknown = (): Value => unknownValue('unresolved');
  switch (value.kind) {
    case 'choice': {
      const [one, ...others] = value.alternatives.filter(
        ({ guards }) =>
          guards.length > 0 && guards.every((guard) => way.some((other) => equal(other.value, guard.value))),
      );
      return one === undefined || others.length > 0 ? value : resolve(one.value, way);
    }
    case 'unary':
      return unary(value.operator, resolve(value.of, way), unknown);
    case 'binary':
      return binary(value.operator, resolve(value.left, way), resolve(value.right, way), unknown);
    default:
      return value;
  }
}
