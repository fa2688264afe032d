/**
 * An iovec array in kernel-visible memory, together with the buffers it points to.
 */
import { LinkedMemory } from '../memory/linked-memory.js';
import { RingBuffer } from '../memory/memory.js';

/** Bytes of one `struct iovec` on a 64-bit machine: base and length. */
export const IOVEC_BYTES = 16;

/** What the vectored operations (readv, writev) take at the synchronous level. */
export class IoVector extends LinkedMemory {
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
    super(memory.subarray(0, words.byteLength), [memory, ...buffers]);
  }

  /** Its number of entries. @internal */
  static count(vector: IoVector): number {
    return LinkedMemory.memory(vector).byteLength / IOVEC_BYTES;
  }
}
