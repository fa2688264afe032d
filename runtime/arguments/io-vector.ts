/**
 * An iovec array in kernel-visible memory, together with the buffers it points to.
 */
import { LinkedMemory } from '../memory/linked-memory.js';
import { RingBuffer } from '../memory/memory.js';

/** Bytes of one `struct iovec` on a 64-bit machine: base and length. */
export const IOVEC_BYTES = 16;

/** The most buffers that the kernel takes in one operation: its UIO_MAXIOV, IOV_MAX elsewhere. */
const MOST_BUFFERS = 1024;

/** @param what names the buffers in the refusal of too many */
export function checkCount(count: number, what: string): void {
  if (count <= MOST_BUFFERS) return;
  const rule = `${what} must be at most ${MOST_BUFFERS} (IOV_MAX): the kernel takes no more in one operation; got ${count}`;
  throw Object.assign(
    new RangeError(`${rule}. Nothing was submitted: join buffers, or split the operation`),
    {
      code: 'ERR_OUT_OF_RANGE',
    },
  );
}

/** What the vectored operations (readv, writev) take at the synchronous level. */
export class IoVector extends LinkedMemory {
  /**
   * @param buffers in the order the kernel visits them
   * @param memory where the array itself goes; 16 bytes a buffer
   */
  constructor(buffers: readonly RingBuffer[], memory: RingBuffer) {
    checkCount(buffers.length, 'the buffers of a vector');
    const words = new BigUint64Array(buffers.length * 2);
    buffers.forEach((buffer, index) => {
      words[index * 2] = BigInt(RingBuffer.address(buffer));
      words[index * 2 + 1] = BigInt(RingBuffer.length(buffer));
    });
    memory.fill(new Uint8Array(words.buffer));
    super(memory.subarray(0, words.byteLength), [memory, ...buffers]);
  }

  /** The buffers it points to. @internal */
  static buffers(vector: IoVector): readonly RingBuffer[] {
    // Behind the memory of the vector itself, and what that is a part of.
    return LinkedMemory.held(vector).slice(2);
  }

  /** Its number of entries. @internal */
  static count(vector: IoVector): number {
    return LinkedMemory.memory(vector).byteLength / IOVEC_BYTES;
  }
}
