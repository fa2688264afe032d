/** Ways out of a function → refusals, each with one reason and the conditions under which that is looked at. */
import type { Place } from './ast.js';
import type { Exit } from './interpret/machine.js';
import { decide, errnoOf } from './interpret/refusal.js';
import { equal, type Guard, type Value } from './interpret/values.js';

export interface Refusal {
  readonly errno: number;
  /** The tests that led here; the last one is the reason. Empty: the operation is always refused. */
  readonly guards: readonly Guard[];
  readonly at: Place;
}

/** Not the SQE's fault, or not for long: EINTR, EAGAIN, ENOMEM, ECANCELED, and what stays inside the kernel. */
const NOT_REFUSED: ReadonlySet<number> = new Set([4, 11, 12, 125]);
const LARGEST_PUBLIC = 133;

export function refusalsOf(exits: readonly Exit[]): readonly Refusal[] {
  return exits.flatMap(({ guards, value, at }) => (value === undefined ? [] : flatten(guards, value, at)));
}

/** The issue function answers through the completion: its result counts where it says that it is complete. */
export function issueRefusals(exits: readonly Exit[]): readonly Refusal[] {
  return exits.flatMap(({ guards, value, memory, at }) => {
    if (value === undefined) return [];
    if (value.kind !== 'constant' || errnoOf(value) !== undefined) return flatten(guards, value, at);
    const result = memory.get('req|cqe.res');
    return value.value === 0n && result !== undefined ? flatten(guards, result, at) : [];
  });
}

function flatten(guards: readonly Guard[], value: Value, at: Place): readonly Refusal[] {
  if (value.kind === 'choice') {
    return value.alternatives.flatMap((alternative) =>
      flatten([...guards, ...alternative.guards], alternative.value, at),
    );
  }
  const errno = errnoOf(value);
  if (errno === undefined || errno > LARGEST_PUBLIC || NOT_REFUSED.has(errno)) return [];
  const decided = guards.map((guard) => decide(guard, guards));
  if (decided.includes(false)) return [];
  return [{ errno, guards: visible(guards.filter((_, i) => decided[i] === undefined)), at }];
}

function visible(guards: readonly Guard[]): readonly Guard[] {
  const open = guards.filter(({ passed }) => !passed);
  return open.filter((guard, i) => open.findIndex((other) => equal(other.value, guard.value)) === i);
}
