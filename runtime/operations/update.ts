/**
 * Changing an operation that is pending: when a timeout expires, and what a poll waits for. The operation is named by its
 * promise; the user_data that the kernel knows it by is the ring's own.
 */
import {
  IORING_OP_POLL_REMOVE,
  IORING_OP_TIMEOUT,
  IORING_OP_TIMEOUT_REMOVE,
  IORING_POLL_UPDATE_EVENTS,
  IORING_TIMEOUT_UPDATE,
} from '../../generated/abi/constants.js';
import type { Duration } from '../arguments/duration.js';
import type { Pins } from '../arguments/pins.js';
import type { RingError } from '../errors.js';
import type { RingParts } from '../ring-parts.js';
import type { MultishotStream } from '../streams/multishot-stream.js';
import { checkChange, type OperationChange, wrong } from './change.js';
import type { AnyOperation } from './operation.js';
import { type RawArgs, rawOperation } from './raw-operation.js';
import { linked, userData } from './slot.js';
import { isStream, notPending, type OperationTarget } from './target.js';

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

function checkKind(operation: AnyOperation, opcode: number): void {
  if (operation.opcode === opcode) return;
  const what = opcode === IORING_OP_TIMEOUT ? '{after} is for a timeout' : '{events} is for a poll';
  throw wrong(`${what}, and the operation is ${operation.name}; nothing was changed`);
}

/** @throws RingError with `ENOENT` when the operation is over */
export async function update(
  parts: RingParts,
  target: OperationTarget,
  change: OperationChange,
): Promise<void> {
  if (isStream(target)) return (target as unknown as MultishotStream<unknown>).change(parts, change);
  const opcode = checkChange(change);
  if (!(target instanceof Promise))
    throw wrong('the first argument is the promise or the stream of the operation');
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
  if (slot === undefined) throw notPending('update', by.constant);
  checkKind(slot.operation!, opcode);
  try {
    await parts.start(by, { target: userData(slot), ...change });
  } catch (error) {
    throw (error as RingError).code === 'ENOENT' ? notPending('update', by.constant) : error;
  }
}
