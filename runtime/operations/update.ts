/**
 * Changing an operation that is pending: when a timeout expires, and what a poll waits for. The operation is named by its
 * promise; the user_data that the kernel knows it by is the ring's own.
 */
import { constants } from 'node:os';
import {
  IORING_OP_POLL_ADD,
  IORING_OP_POLL_REMOVE,
  IORING_OP_TIMEOUT,
  IORING_OP_TIMEOUT_REMOVE,
  IORING_POLL_UPDATE_EVENTS,
  IORING_TIMEOUT_UPDATE,
} from '../../generated/abi/constants.js';
import { type Duration, timerMilliseconds } from '../arguments/duration.js';
import { anything, flags, Shape } from '../arguments/options.js';
import type { Pins } from '../arguments/pins.js';
import { RingError, systemError } from '../errors.js';
import type { RingParts } from '../ring-parts.js';
import type { AnyOperation } from './operation.js';
import { type RawArgs, rawOperation } from './raw-operation.js';
import { linked, userData } from './slot.js';

/** What becomes of a pending operation: of a timeout, or of a poll. */
export type OperationChange =
  | {
      /** How long the timeout takes from now on, in milliseconds, or seconds and nanoseconds. */
      readonly after: Duration;
    }
  | {
      /** POLL* bits that the poll waits for instead. */
      readonly events: number;
    };

const CHANGE = new Shape({ after: anything, events: flags });

const timeoutUpdate: AnyOperation = {
  ...rawOperation(IORING_OP_TIMEOUT_REMOVE, 'update', 'IORING_OP_TIMEOUT_REMOVE'),
  ready: (pins: Pins, { target, after }: { target: bigint; after: Duration }): RawArgs => ({
    opcode: IORING_OP_TIMEOUT_REMOVE,
    addr: target,
    off: pins.timespec(after, 'update: after'),
    timeoutFlags: IORING_TIMEOUT_UPDATE,
  }),
};

const pollUpdate: AnyOperation = {
  ...rawOperation(IORING_OP_POLL_REMOVE, 'update', 'IORING_OP_POLL_REMOVE'),
  ready: (_pins: Pins, { target, events }: { target: bigint; events: number }): RawArgs => ({
    opcode: IORING_OP_POLL_REMOVE,
    addr: target,
    len: IORING_POLL_UPDATE_EVENTS,
    poll32Events: events,
  }),
};

const wrong = (message: string): Error =>
  Object.assign(new TypeError(`update: ${message}`), { code: 'ERR_INVALID_ARG_VALUE' });

const over = (op: string): RingError => {
  const { code } = systemError(-constants.errno.ENOENT, 'update');
  const message = `${code}: update: the operation is not pending on this ring: it is over, or is none of its own; nothing was changed`;
  return new RingError(code, message, { errno: -constants.errno.ENOENT, syscall: 'update', op });
};

/** The opcode that a change is for. Throws for what is none. */
function checkChange(change: OperationChange): number {
  CHANGE.required(change, 'update');
  const { after, events } = change as { readonly after?: Duration; readonly events?: number };
  if ((after === undefined) === (events === undefined))
    throw wrong('give either {after} for a timeout or {events} for a poll');
  if (after === undefined) return IORING_OP_POLL_ADD;
  timerMilliseconds(after, 'update: after');
  return IORING_OP_TIMEOUT;
}

function checkKind(operation: AnyOperation, opcode: number): void {
  if (operation.opcode === opcode) return;
  const what = opcode === IORING_OP_TIMEOUT ? '{after} is for a timeout' : '{events} is for a poll';
  throw wrong(`${what}, and the operation is ${operation.name}; nothing was changed`);
}

/** @throws RingError with `ENOENT` when the operation is over */
export async function update(
  parts: RingParts,
  target: Promise<unknown>,
  change: OperationChange,
): Promise<void> {
  const opcode = checkChange(change);
  if (!(target instanceof Promise)) throw wrong('the first argument is the promise of the operation');
  const { inFlight } = parts;
  const by = opcode === IORING_OP_TIMEOUT ? timeoutUpdate : pollUpdate;
  for (const head of inFlight.waiters.entries()) {
    for (const entry of linked(head)) {
      if (entry.promise !== target) continue;
      checkKind(entry.operation, opcode);
      // The kernel has not seen it, and will see it like this.
      entry.args = { ...entry.args, ...change };
      return;
    }
  }
  const slot = inFlight.find(target);
  if (slot === undefined) throw over(by.constant);
  checkKind(slot.operation!, opcode);
  try {
    await parts.start(by, { target: userData(slot), ...change });
  } catch (error) {
    throw (error as RingError).code === 'ENOENT' ? over(by.constant) : error;
  }
}
