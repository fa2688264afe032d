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

/** By the identity of an unknown value: what functions outside of io_uring/ may answer. */
export type Answers = ReadonlyMap<number, Value>;

export function refusalsOf(exits: readonly Exit[], answers: Answers): readonly Refusal[] {
  return exits.flatMap(({ guards, value, at }) =>
    value === undefined ? [] : flatten(guards, value, at, answers),
  );
}

/** The issue function answers through the completion: its result counts where it says that it is complete. */
export function issueRefusals(exits: readonly Exit[], answers: Answers): readonly Refusal[] {
  return exits.flatMap(({ guards, value, memory, at }) => {
    if (value === undefined) return [];
    if (value.kind !== 'constant' || errnoOf(value) !== undefined) return flatten(guards, value, at, answers);
    const result = memory.get('req|cqe.res');
    return value.value === 0n && result !== undefined ? flatten(guards, result, at, answers) : [];
  });
}

function flatten(guards: readonly Guard[], value: Value, at: Place, answers: Answers): readonly Refusal[] {
  if (value.kind === 'choice') {
    return value.alternatives.flatMap((alternative) =>
      flatten([...guards, ...alternative.guards], alternative.value, at, answers),
    );
  }
  const answer = value.kind === 'unknown' ? answers.get(value.id) : undefined;
  if (answer !== undefined && value.kind === 'unknown') {
    // That it is an error is what the answer itself tells.
    const others = guards.filter((guard) => !tests(guard.value, value.id));
    return flatten(others, answer, at, answers);
  }
  const errno = errnoOf(value);
  if (errno === undefined || errno > LARGEST_PUBLIC || NOT_REFUSED.has(errno)) return [];
  const decided = guards.map((guard) => decide(guard, guards));
  if (decided.includes(false)) return [];
  return [{ errno, guards: visible(guards.filter((_, i) => decided[i] === undefined)), at }];
}

/** Whether a test is one of nothing but an unknown value: `ret < 0`. */
function tests(value: Value, id: number): boolean {
  if (value.kind === 'unary') return tests(value.of, id);
  if (value.kind !== 'binary') return value.kind === 'unknown' && value.id === id;
  return tests(value.left, id) && (value.right.kind === 'constant' || tests(value.right, id));
}

function visible(guards: readonly Guard[]): readonly Guard[] {
  const open = guards.filter(({ passed }) => !passed);
  return open.filter((guard, i) => open.findIndex((other) => equal(other.value, guard.value)) === i);
}
