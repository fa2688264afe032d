/**
 * An iovec array in kernel-visible memory, together with the buffers it points to.
 */
import { RingBuffer } from './memory.js';

/** Bytes of one `struct iovec` on a 64-bit machine: base and length. */
export const IOVEC_BYTES = 16;

/** What the vectored operations (readv, writev) take at the synchronous level. */
export class IoVector {
  readonly #vector: RingBuffer;
  readonly #held: readonly RingBuffer[];

  /**
   * @param buffers in the order the kernel visits them
   * @param memory where the array itself goes; 16 bytes a buffer
   */
  constructor(buffers: readonly RingBuffer[], memory: RingBuffer) {
    const words = new BigUint64Array(buffers.length * 2);
    buffers.forEach((buffer, index) => {
      words[index * 2] = BigInt(RingBuffer.address(buffer));
      words[index * 2 + 1] = BigInt(RingBuffer.length(buffer));
    });
    memory.fill(new Uint8Array(words.buffer));
    this.#vector = memory.subarray(0, words.byteLength);
    this.#held = [memory, ...buffers];
  }

  get address(): number {
    return this.#vector.address;
  }

  get byteLength(): number {
    return this.#vector.byteLength;
  }

  /** The array's own memory. @internal */
  static memory(vector: IoVector): RingBuffer {
    return vector.#vector;
  }

  /** Its number of entries. @internal */
  static count(vector: IoVector): number {
    return RingBuffer.length(vector.#vector) / IOVEC_BYTES;
  }

  /** All memory an operation on it refers to. @internal */
  static held(vector: IoVector): readonly RingBuffer[] {
    return vector.#held;
  }
}
