/** Which ways out of a function are refusals: an error, or what a failed call gave back. */
import type { Exit } from './machine.js';
import { binary, truth, unary } from './simplify.js';
import { type Alternative, constant, type Guard, type Value } from './values.js';

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
    const left = possible(value.alternatives, value, guards);
    return left.length > 0 && left.every((alternative) => refuses(alternative.value, guards));
  }
  if (value.kind !== 'unknown') return false;
  // `ret = call(); if (ret) return ret;`, or the error of a pointer that was found to be one.
  return /^PTR_ERR/.test(value.text) || guards.some((guard) => mentions(guard.value, value.id));
}

function mentions(value: Value, id: number): boolean {
  switch (value.kind) {
    case 'unknown':
      return value.id === id;
    case 'unary':
      return mentions(value.of, id);
    case 'binary':
      return mentions(value.left, id) || mentions(value.right, id);
    case 'choice':
      return value.alternatives.some((alternative) => mentions(alternative.value, id));
    default:
      return false;
  }
}

/** The alternatives that the guards leave possible: `if (ret < 0)` leaves those that are errors. */
export function possible(
  alternatives: readonly Alternative[],
  choice: Value,
  guards: readonly Guard[],
): readonly Alternative[] {
  return alternatives.filter((alternative) =>
    guards.every((guard) => {
      const decided = decide(guard, choice, alternative.value);
      return decided === undefined || decided;
    }),
  );
}

/** Whether a guard holds when the choice turns out to be a value; undefined when that does not decide it. */
export function decide(guard: Guard, choice: Value, value: Value): boolean | undefined {
  const subject = guard.subject;
  if (subject === undefined || !involves(subject, choice)) return undefined;
  const result = truth(replace(subject, choice, value));
  return result.kind === 'constant' ? result.value !== 0n : undefined;
}

/** Whether a guard is about a choice. */
export const tests = ({ subject }: Guard, choice: Value): boolean =>
  subject !== undefined && involves(subject, choice);

function involves(value: Value, choice: Value): boolean {
  if (value === choice) return true;
  if (value.kind === 'unary') return involves(value.of, choice);
  return value.kind === 'binary' && (involves(value.left, choice) || involves(value.right, choice));
}

function replace(value: Value, choice: Value, by: Value): Value {
  if (value === choice) return by;
  const unknown = (): Value => constant(0n);
  if (value.kind === 'unary') return unary(value.operator, replace(value.of, choice, by), unknown);
  if (value.kind === 'binary') {
    return binary(value.operator, replace(value.left, choice, by), replace(value.right, choice, by), unknown);
  }
  return value;
}
