/**
 * Memory that a program uses again and again: taken from a pool and given back, instead of being allocated and collected.
 * What was given back is not lent anew before the operations on it are over, and can be given to no other.
 */
import { wrongType } from '../arguments/known-names.js';
import { anything, list, Shape } from '../arguments/options.js';
import { RingError } from '../errors.js';
import { FixedBuffer } from '../resources/fixed-buffer.js';
import { Registration } from '../resources/registration.js';
import { RingBuffer } from './memory.js';

export interface BufferPoolOptions<Memory extends RingBuffer = RingBuffer> {
  /** The sizes its buffers come in, in bytes; a request gets the smallest that will do. */
  readonly sizes: readonly number[];
  /** See `ring.alloc`. */
  readonly align?: number;
  /** The most bytes that all its buffers may have together. Default: no limit. */
  readonly maxBytes?: number;
  /** Memory to cut the buffers from, above all registered memory; there is one size then, and no other memory. */
  readonly memory?: Memory;
}

/** What they are checked against. */
export const POOL = new Shape({
  sizes: list,
  align: anything,
  maxBytes: (value, what) => {
    if (typeof value !== 'number') throw wrongType(what, 'a number of bytes', value);
  },
  memory: (value, what) => {
    if (!(value instanceof RingBuffer)) throw wrongType(what, 'a RingBuffer', value);
  },
});

export interface BufferPoolStatistics {
  /** Buffers that the program has. */
  readonly inUse: number;
  /** Buffers given back, on which operations are not over. */
  readonly returning: number;
  /** Buffers that can be taken at once. */
  readonly available: number;
  /** Of all its buffers. */
  readonly bytes: number;
  /** How often a buffer was taken, and how often it was one that had been used before. */
  readonly acquired: number;
  readonly reused: number;
}

/** Where a buffer that was taken belongs. */
interface Piece {
  readonly memory: RingBuffer;
  readonly uses: Registration;
}

const refuse = (problem: string): never => {
  throw Object.assign(new RangeError(problem), { code: 'ERR_OUT_OF_RANGE' });
};

function checkedSizes({ sizes, memory }: BufferPoolOptions): readonly number[] {
  const sorted = [...new Set(sizes)].sort((a, b) => a - b);
  const wrong = sorted.find((size) => !Number.isSafeInteger(size) || size < 1);
  if (wrong !== undefined) refuse(`sizes must be positive integers; got ${wrong}`);
  if (sorted.length === 0) refuse('sizes must name at least one size');
  if (memory === undefined) return sorted;
  if (sorted.length !== 1) refuse('memory can be cut into buffers of one size only');
  if (sorted[0]! > memory.byteLength) refuse(`memory of ${memory.byteLength} bytes has no room for a buffer`);
  return sorted;
}

/** `Memory`: `FixedBuffer` of a pool over registered memory. */
export class BufferPool<Memory extends RingBuffer = RingBuffer> {
  readonly #allocate: (byteLength: number) => RingBuffer;
  readonly #sizes: readonly number[];
  readonly #maxBytes: number;
  /** Buffers that can be taken, by their size. */
  readonly #free = new Map<number, RingBuffer[]>();
  readonly #taken = new Map<RingBuffer, Piece>();
  #returning = 0;
  #bytes = 0;
  #acquired = 0;
  #reused = 0;
  /** Buffers that have been with the program; one that was not is not used again. */
  readonly #used = new WeakSet<RingBuffer>();

  /** Made by `ring.pool`. @internal */
  constructor(options: BufferPoolOptions, allocate: (byteLength: number) => RingBuffer) {
    const { memory, maxBytes = Number.POSITIVE_INFINITY } = options;
    if (!(maxBytes > 0)) refuse(`maxBytes must be positive; got ${maxBytes}`);
    this.#sizes = checkedSizes(options);
    for (const size of this.#sizes) this.#free.set(size, []);
    this.#maxBytes = memory === undefined ? maxBytes : 0;
    this.#allocate = allocate;
    if (memory !== undefined) this.#cut(memory, this.#sizes[0]!);
  }

  #cut(memory: RingBuffer, size: number): void {
    const free = this.#free.get(size)!;
    for (let at = 0; at + size <= memory.byteLength; at += size) free.push(memory.subarray(at, at + size));
    this.#bytes = free.length * size;
    // The first is taken first.
    free.reverse();
  }

  /**
   * A buffer of `byteLength` bytes (default: the smallest of its sizes), whose contents are whatever was there.
   * @throws RingError when all are in use and `maxBytes` allows no more
   */
  acquire(byteLength = this.#sizes[0]!): Memory {
    if (!Number.isSafeInteger(byteLength) || byteLength < 1) {
      refuse(`byteLength must be a positive integer; got ${byteLength}`);
    }
    const size = this.#sizes.find((one) => one >= byteLength);
    if (size === undefined) {
      return refuse(`the largest buffers of this pool have ${this.#sizes.at(-1)} bytes; got ${byteLength}`);
    }
    const memory = this.#free.get(size)!.pop() ?? this.#make(size);
    const uses = new Registration();
    const counted = RingBuffer.counted(memory, uses).subarray(0, byteLength);
    const buffer = memory instanceof FixedBuffer ? FixedBuffer.over(counted, memory) : counted;
    this.#acquired += 1;
    if (this.#used.has(memory)) this.#reused += 1;
    this.#taken.set(buffer, { memory, uses });
    // A pool has either registered memory only, or other memory only.
    return buffer as Memory;
  }

  #make(size: number): RingBuffer {
    if (this.#bytes + size > this.#maxBytes) {
      throw new RingError(
        'ERR_RING_POOL',
        `no buffer of ${size} bytes is left: release some, or allow for more`,
      );
    }
    const memory = this.#allocate(size);
    this.#bytes += size;
    return memory;
  }

  /**
   * Gives a buffer back: no operation can begin on it, or on a part of it, from now on. It serves others once those that
   * began before are over.
   * @param buffer as `acquire` returned it
   * @throws RingError when the pool has it already, or never had
   */
  release(buffer: RingBuffer): void {
    const piece = this.#taken.get(buffer);
    if (piece === undefined) {
      throw new RingError(
        'ERR_RING_POOL',
        'this is no buffer that is taken from this pool: it was released before, or is another’s',
      );
    }
    this.#taken.delete(buffer);
    this.#used.add(piece.memory);
    this.#returning += 1;
    void piece.uses.release().then(() => {
      this.#returning -= 1;
      this.#free.get(piece.memory.byteLength)!.push(piece.memory);
    });
  }

  /** Gives up the memory that nobody uses; a pool over registered memory keeps its own. */
  trim(): void {
    if (this.#maxBytes === 0) return;
    for (const [size, free] of this.#free) this.#bytes -= size * free.splice(0).length;
  }

  get statistics(): BufferPoolStatistics {
    let available = 0;
    for (const free of this.#free.values()) available += free.length;
    return {
      inUse: this.#taken.size,
      returning: this.#returning,
      available,
      bytes: this.#bytes,
      acquired: this.#acquired,
      reused: this.#reused,
    };
  }
}
