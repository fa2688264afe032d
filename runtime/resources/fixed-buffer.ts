/**
 * Memory that is registered with a ring. Operations on it name it by its place in the ring's table, which saves the
 * kernel looking up and pinning its pages each time.
 */
import {
  IORING_OP_READ_FIXED,
  IORING_OP_SEND_ZC,
  IORING_OP_WRITE_FIXED,
  IORING_RECVSEND_FIXED_BUF,
} from '../../generated/abi/constants.js';
import { RingBuffer } from '../memory/memory.js';
import type { Registration } from './registration.js';

export class FixedBuffer extends RingBuffer {
  /** Place in the ring's table: `sqe->buf_index`. */
  readonly index: number;
  readonly #registration: Registration;

  /** Made by a {@link BufferTable}. @internal */
  constructor(memory: RingBuffer, index: number, registration: Registration) {
    super(...RingBuffer.parts(memory));
    this.index = index;
    this.#registration = registration;
  }

  /** Whether operations can still use it: it has not been replaced or unregistered. */
  get registered(): boolean {
    return !this.#registration.released;
  }

  /** @internal */
  protected override state(): Readonly<Record<string, unknown>> {
    return { index: this.index, byteLength: this.byteLength, registered: this.registered };
  }

  /** A part of the same registered memory. */
  override subarray(start?: number, end?: number): FixedBuffer {
    return new FixedBuffer(super.subarray(start, end), this.index, this.#registration);
  }

  /** Memory whose users are counted, as a part of what is registered. @internal */
  static over(memory: RingBuffer, registered: FixedBuffer): FixedBuffer {
    return new FixedBuffer(memory, registered.index, registered.#registration);
  }

  /** @internal */
  static registration(buffer: FixedBuffer): Registration {
    return buffer.#registration;
  }
}

/** Opcodes that use a registered buffer in `sqe->addr`, and the flag in `sqe->ioprio` that says so. */
export const FIXED_BUFFER_FLAGS: Readonly<Record<number, { readonly ioprio: number }>> = {
  [IORING_OP_READ_FIXED]: { ioprio: 0 },
  [IORING_OP_WRITE_FIXED]: { ioprio: 0 },
  [IORING_OP_SEND_ZC]: { ioprio: IORING_RECVSEND_FIXED_BUF },
};
