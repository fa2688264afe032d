/**
 * What can be changed of an operation that is pending, and what is wrong with a change.
 */
import { IORING_OP_POLL_ADD, IORING_OP_TIMEOUT } from '../../generated/abi/constants.js';
import { type Duration, timerMilliseconds } from '../arguments/duration.js';
import { anything, flags, Shape } from '../arguments/options.js';

/** What becomes of a pending operation: of a timeout, of a poll, or of a stream of either. */
export type OperationChange =
  | {
      /** How long the timeout takes from now on, in milliseconds, or seconds and nanoseconds. */
      readonly after: Duration;
    }
  | {
      /** How often the clock of `multishot.timeout` expires from now on. */
      readonly every: Duration;
    }
  | {
      /** POLL* bits that the poll waits for instead. */
      readonly events: number;
    };

interface Changes {
  readonly after?: Duration;
  readonly every?: Duration;
  readonly events?: number;
}

const CHANGE = new Shape({ after: anything, every: anything, events: flags });

export const wrong = (message: string): Error =>
  Object.assign(new TypeError(`update: ${message}`), { code: 'ERR_INVALID_ARG_VALUE' });

export const unchangeable = (name: string): Error =>
  wrong(`only timeouts and polls can be changed, and this is ${name}; nothing was changed`);

/** A change of one thing. */
function checked(change: OperationChange): Changes {
  CHANGE.required(change, 'update');
  const changes = change as Changes;
  const given = [changes.after, changes.every, changes.events].filter((value) => value !== undefined);
  if (given.length !== 1)
    throw wrong('give either {after} for a timeout, {every} for a clock or {events} for a poll');
  return changes;
}

/** The opcode that a change of a single operation is for. Throws for what is none. */
export function checkChange(change: OperationChange): number {
  const { after, every } = checked(change);
  if (every !== undefined) throw wrong('{every} is for the stream of a clock, and this is one operation');
  if (after === undefined) return IORING_OP_POLL_ADD;
  timerMilliseconds(after, 'update: after');
  return IORING_OP_TIMEOUT;
}

/** How often a clock is to expire. */
export function intervalOf(change: OperationChange): Duration {
  const { after, every = after, events } = checked(change);
  if (events !== undefined) throw wrong('{events} is for a poll, and this is a clock; nothing was changed');
  timerMilliseconds(every!, 'update: every');
  return every!;
}

/** What a stream of a poll is to wait for. */
export function eventsOf(change: OperationChange): number {
  const { events } = checked(change);
  if (events === undefined) throw wrong('{events} is what a poll can be given; nothing was changed');
  return events;
}
