/**
 * Memory of a ring that may be sent and written from, and that no operation can be made to write to: neither by accident
 * in a program's own code, nor by other code that it is given to.
 */
import type { RingBuffer } from './memory.js';

export class ReadOnlyBuffer {
  readonly #memory: RingBuffer;

  /** Made by {@link RingBuffer.readOnly}. @internal */
  constructor(memory: RingBuffer) {
    this.#memory = memory;
  }

  /** In bytes. */
  get byteLength(): number {
    return this.#memory.byteLength;
  }

  /** A part of the same memory; see {@link RingBuffer.subarray}. */
  subarray(start?: number, end?: number): ReadOnlyBuffer {
    return new ReadOnlyBuffer(this.#memory.subarray(start, end));
  }

  /** A copy of the contents. */
  copy(): Buffer {
    return Buffer.from(this.#memory.bytes);
  }

  /** For what the kernel reads only. @internal */
  static memory(buffer: ReadOnlyBuffer): RingBuffer {
    return buffer.#memory;
  }
}
