/**
 * Closes descriptors: through the ring, and on this thread where the ring cannot.
 */
import { IORING_OP_CLOSE } from '../../generated/abi/constants.js';
import { type RingError, systemError } from '../errors.js';
import { native } from '../port/native.js';
import type { CreatedDescriptor } from './created-descriptors.js';
import type { InFlight } from './in-flight.js';
import { type RawArgs, rawOperation } from './raw-operation.js';
import { disown } from './unclaimed.js';

export const closeOperation = rawOperation(IORING_OP_CLOSE, 'close', 'IORING_OP_CLOSE');

/** SQE fields of the close of a descriptor; slots count from 1 there. */
export function closeFields(created: CreatedDescriptor): RawArgs {
  return created.slot === undefined
    ? { opcode: IORING_OP_CLOSE, fd: created.fd ?? -1 }
    : { opcode: IORING_OP_CLOSE, fileIndex: created.slot + 1 };
}

/** Closes an ordinary descriptor without a ring. */
export function closeHere(fd: number): void {
  // Before it is closed: then the number is others' at once.
  disown(fd);
  const result = native().closeDescriptor(fd);
  if (result < 0) throw systemError(result, 'close');
}

/** On file systems that flush when they are closed it waits for a worker thread, and can be cancelled until then. */
const neverBegan = (error: unknown): boolean =>
  ['ECANCELED', 'ERR_RING_CREDENTIALS'].includes((error as RingError).code);

/**
 * Closes a descriptor for good, before everything that waits for room. Not while arguments are being read.
 * @returns when the kernel has answered; rejects with what it said, the descriptor being gone all the same
 */
export async function closeDescriptor(inFlight: InFlight, created: CreatedDescriptor): Promise<void> {
  try {
    await new Promise((resolve, reject) => {
      const entry = { operation: closeOperation, args: closeFields(created), sqeFlags: 0, weight: 0 };
      inFlight.waiters.startUrgent({ ...entry, resolve, reject });
      // From here on the close that is prepared stands for it, also when the environment ends.
      if (created.fd !== undefined) disown(created.fd);
    });
  } catch (error) {
    if (created.fd === undefined || !neverBegan(error)) throw error;
    closeHere(created.fd);
  }
}

/** Closes a descriptor that nobody is left to own. */
export async function closeCreated(inFlight: InFlight, created: CreatedDescriptor): Promise<void> {
  // From within a getter of arguments: when those have been read.
  if (inFlight.preparing) await undefined;
  await closeDescriptor(inFlight, created).catch(() => undefined);
}
