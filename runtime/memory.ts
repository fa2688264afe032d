/**
 * Memory that the kernel may read and write while JavaScript runs. It is owned by the addon, never moves, and stays
 * until the last operation and the last view are done with it, whatever JavaScript does to its ArrayBuffer.
 */
import { type Borrow, Borrows, type MemoryUser, type Range } from './borrows.js';
import { type NativeMemory, native } from './native.js';

/** What the slices of one allocation share. */
export interface Backing {
  readonly memory: NativeMemory;
  /** False where V8 refuses external memory: then the bytes are ordinary ones, copied in and out around operations. */
  readonly mapped: boolean;
  /** Operations in flight that use it; kept by rings in checked mode only. */
  readonly borrows: Borrows;
}

const WORD = 4294967296;

/**
 * A range of kernel-visible memory.
 *
 * `bytes` is the program's view of it. Transferring, cloning or dropping that view is harmless to the kernel: it only
 * loses the program its view.
 */
export class RingBuffer {
  /** The contents, as an ordinary Node Buffer. */
  readonly bytes: Buffer<ArrayBuffer>;
  readonly #backing: Backing;
  readonly #offset: number;
  readonly #length: number;
  readonly #low: number;
  readonly #high: number;
  /** What {@link RingBuffer.view} shows parts of. */
  #views: ArrayBuffer | undefined;
  /** Where it is kept account of, in checked mode. */
  #range: Range | undefined;

  protected constructor(backing: Backing, offset: number, length: number, bytes: Buffer<ArrayBuffer>) {
    const address = backing.memory.address + offset;
    this.#backing = backing;
    this.#offset = offset;
    this.#length = length;
    this.#low = address >>> 0;
    this.#high = Math.floor(address / WORD);
    this.bytes = bytes;
  }

  /** What a buffer over the same memory is made of. */
  protected static parts(buffer: RingBuffer): [Backing, number, number, Buffer<ArrayBuffer>] {
    return [buffer.#backing, buffer.#offset, buffer.#length, buffer.bytes];
  }

  /** Allocates zeroed, page-aligned memory. Rings offer this as `ring.alloc`. */
  static allocate(byteLength: number, options: { readonly copied?: boolean } = {}): RingBuffer {
    if (!Number.isSafeInteger(byteLength) || byteLength < 1) {
      throw Object.assign(new RangeError(`byteLength must be a positive integer; got ${byteLength}`), {
        code: 'ERR_OUT_OF_RANGE',
      });
    }
    const memory = new (native().Memory)(byteLength);
    const external = options.copied === true ? null : memory.arrayBuffer();
    const buffer = external ?? new ArrayBuffer(byteLength);
    const backing = { memory, mapped: external !== null, borrows: new Borrows() };
    return new RingBuffer(backing, 0, byteLength, Buffer.from(buffer, 0, byteLength));
  }

  /** Address in this process, for the rare program that passes it on as a number. */
  get address(): number {
    return this.#high * WORD + this.#low;
  }

  /** In bytes. */
  get byteLength(): number {
    return this.#length;
  }

  /** Whether the kernel sees the very bytes that `bytes` shows, rather than a copy made around each operation. */
  get mapped(): boolean {
    return this.#backing.mapped;
  }

  /** A part of the same memory; negative and missing bounds as in `Array.prototype.slice`. */
  subarray(start = 0, end = this.#length): RingBuffer {
    // Not `| 0`: there may be more bytes than 31 bits can count.
    const clamp = (at: number): number =>
      Math.trunc(Math.min(Math.max(at < 0 ? at + this.#length : at, 0), this.#length)) || 0;
    const from = clamp(start);
    const length = Math.max(clamp(end) - from, 0);
    return new RingBuffer(
      this.#backing,
      this.#offset + from,
      length,
      this.bytes.subarray(from, from + length),
    );
  }

  /** Brings what `bytes` holds to where the kernel reads it; nothing to do when it is the same memory. */
  toKernel(): void {
    if (this.#backing.mapped) return;
    this.#checkAttached('what it held cannot be read any more');
    this.#backing.memory.copyIn(this.#offset, this.bytes);
  }

  /** Brings the first `count` bytes that the kernel wrote into `bytes`. */
  fromKernel(count: number): void {
    if (this.#backing.mapped) return;
    this.#checkAttached('what the kernel wrote is lost');
    this.#backing.memory.copyOut(this.#offset, this.bytes.subarray(0, count));
  }

  /** Where the kernel sees a copy, a program that gave the bytes away has none to copy. */
  #checkAttached(consequence: string): void {
    if (this.bytes.byteLength === this.#length) return;
    throw Object.assign(
      new TypeError(`the bytes of a RingBuffer were transferred or detached: ${consequence}`),
      {
        code: 'ERR_INVALID_STATE',
      },
    );
  }

  /** Copies a foreign array's contents to where the kernel reads them. @internal */
  fill(source: Uint8Array): void {
    if (this.#backing.mapped) this.bytes.set(source);
    else this.#backing.memory.copyIn(this.#offset, source);
  }

  /** Copies what the kernel wrote into a foreign array. @internal */
  drainInto(target: Uint8Array): void {
    if (this.#backing.mapped) target.set(this.bytes.subarray(0, target.byteLength));
    else this.#backing.memory.copyOut(this.#offset, target);
  }

  /**
   * A part as the program may have it: the memory itself, also when it gave the ArrayBuffer of earlier views away, or a
   * copy where the kernel's memory cannot be shown.
   * @internal
   */
  static view(buffer: RingBuffer, start: number, length: number): Buffer<ArrayBuffer> {
    const { memory, mapped } = buffer.#backing;
    const at = buffer.#offset + start;
    if (!mapped) {
      const copy = Buffer.allocUnsafeSlow(length);
      memory.copyOut(at, copy);
      return copy;
    }
    if (buffer.#views === undefined || buffer.#views.byteLength === 0) buffer.#views = memory.arrayBuffer()!;
    return Buffer.from(buffer.#views, at, length);
  }

  /** Stores 16 bits, after everything brought to the kernel before. @internal */
  static publish(buffer: RingBuffer, at: number, value: number): void {
    buffer.#backing.memory.publish(buffer.#offset + at, value);
  }

  // What builders use: private fields cannot be forged, so no look-alike object gets an address past them.
  /** @internal */
  static low(buffer: RingBuffer): number {
    return buffer.#low;
  }
  /** @internal */
  static high(buffer: RingBuffer): number {
    return buffer.#high;
  }
  /** @internal */
  static address(buffer: RingBuffer): number {
    return buffer.#high * WORD + buffer.#low;
  }
  /** @internal */
  static borrow(buffer: RingBuffer, writes: boolean, user: MemoryUser): Borrow | undefined {
    if (buffer.#length === 0) return undefined;
    const { borrows } = buffer.#backing;
    buffer.#range = borrows.range(buffer.#offset, buffer.#offset + buffer.#length, buffer.#range);
    return borrows.take(buffer.#range, writes, user);
  }
  /** @internal */
  static length(buffer: RingBuffer): number {
    return buffer.#length;
  }
}
