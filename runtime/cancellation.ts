/**
 * Cancelling what is in flight. A request to cancel is only a request: the operation settles on its own completion, and
 * one that the request missed (it was on its way to a worker) is asked for again.
 */
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_FD,
  IORING_OP_ASYNC_CANCEL,
} from '../generated/abi/constants.js';
import { RingError } from './errors.js';
import type { InFlight } from './in-flight.js';
import { type RawArgs, rawOperation } from './raw-operation.js';
import type { Slot } from './slot.js';

const asyncCancel = rawOperation(IORING_OP_ASYNC_CANCEL, 'cancel', 'IORING_OP_ASYNC_CANCEL');

/** How long until a cancellation that found nothing is asked for again. */
const AGAIN_MS = 20;

/** By which the kernel knows an operation. */
export const userData = (slot: Slot): bigint => (BigInt(slot.generation >>> 0) << 32n) | BigInt(slot.index);

/** What to cancel: the operation behind a promise, all on a descriptor, all of an opcode, or all there are. */
export type CancelTarget =
  | { readonly op: Promise<unknown> }
  | { readonly fd: number }
  | { readonly opcode: number }
  | { readonly all: true };

export class Cancellation {
  readonly #inFlight: InFlight;

  constructor(inFlight: InFlight) {
    this.#inFlight = inFlight;
  }

  #request(fields: Omit<RawArgs, 'opcode'>): Promise<number> {
    return new Promise((resolve, reject) => {
      const args: RawArgs = { opcode: IORING_OP_ASYNC_CANCEL, ...fields };
      this.#inFlight.startUrgent({
        operation: asyncCancel,
        args,
        sqeFlags: 0,
        weight: 0,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
    });
  }

  /** Asks once for the cancellation of one operation. @returns whether the kernel found it */
  async one(slot: Slot): Promise<boolean> {
    try {
      await this.#request({ addr: userData(slot) });
      return true;
    } catch (error) {
      const { code } = error as RingError;
      // Over already, or running and told to stop.
      if (code === 'ENOENT' || code === 'EALREADY') return code === 'EALREADY';
      throw error;
    }
  }

  /** Asks until the operation is over, or the ring closes, which cancels everything by itself. */
  async insist(slot: Slot): Promise<void> {
    const { generation } = slot;
    while (this.#inFlight.isCurrent(slot, generation)) {
      const found = await this.one(slot).catch(() => true);
      if (found || !this.#inFlight.isCurrent(slot, generation)) return;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  /** Asks for all operations on a descriptor. @returns how many the kernel found */
  async byDescriptor(fd: number): Promise<number> {
    try {
      return await this.#request({ fd, cancelFlags: IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL });
    } catch (error) {
      const { code } = error as RingError;
      if (code === 'ENOENT') return 0;
      if (code !== 'EINVAL') throw error;
      throw new RingError(
        'ERR_RING_UNSUPPORTED',
        'this kernel cannot cancel by descriptor (since Linux 5.19)',
        {
          syscall: 'cancel',
          op: 'IORING_OP_ASYNC_CANCEL',
        },
      );
    }
  }

  /** Asks for each of the operations given. @returns how many the kernel found */
  async each(slots: Iterable<Slot>): Promise<number> {
    const found = await Promise.all([...slots].map((slot) => this.one(slot)));
    return found.filter(Boolean).length;
  }
}
