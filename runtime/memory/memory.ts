/**
 * Memory that the kernel may read and write while JavaScript runs. It is owned by the addon, never moves, and stays
 * until the last operation and the last view are done with it, whatever JavaScript does to its ArrayBuffer.
 */

import type { InspectOptions } from 'node:util';
import { anything, Shape } from '../arguments/options.js';
import { custom, type Inspect, shown } from '../inspect.js';
import { type NativeMemory, native } from '../port/native.js';
import { type Borrow, Borrows, type MemoryUser, type Range } from './borrows.js';
import { ReadOnlyBuffer } from './read-only-buffer.js';

/** What the slices of one allocation share. */
export interface Backing {
  readonly memory: Pick<NativeMemory, 'address' | 'arrayBuffer' | 'copyIn' | 'copyOut' | 'publish'>;
  readonly address: number;
  /** False where V8 refuses external memory: then the bytes are ordinary ones, copied in and out around operations. */
  readonly mapped: boolean;
  /** Whether an operation can name it as it is: mapped, and nobody counts its users. */
  readonly direct: boolean;
  /** Operations in flight that use it; kept by rings in checked mode only. */
  readonly borrows: Borrows;
  /** Counts the operations that use it, where the program gives it back: a buffer of a pool, a lease, lent memory. */
  uses: Uses | undefined;
}

/** Who has to know which operations use something. */
export interface Uses {
  /** An operation of `ring` begins to use it. @throws when it is gone */
  use(ring: object, what: string): void;
  unuse(): void;
  /** It is a handle that was unref'd. */
  readonly background?: boolean;
}

/** How {@link RingBuffer.allocate} makes memory. */
export interface AllocationOptions {
  /** The address is a multiple of this power of two. Default, and the least: 4096. Memory begins at a page, which may be larger on arm64. */
  readonly align?: number;
}

/** What they are checked against. */
export const ALLOCATION = new Shape({ align: anything });

const PAGE_BYTES = 4096;
const MOST_ALIGNED = 2 ** 30;

function alignment({ align = PAGE_BYTES }: AllocationOptions): number {
  if (Number.isInteger(align) && align >= 1 && align <= MOST_ALIGNED && (align & (align - 1)) === 0)
    return align;
  throw Object.assign(
    new RangeError(`align must be a power of two from 1 to ${MOST_ALIGNED}; got ${align}`),
    {
      code: 'ERR_OUT_OF_RANGE',
    },
  );
}

const WORD = 4294967296;

/**
 * A range of kernel-visible memory.
 *
 * `bytes` is the program's view of it. Transferring, cloning or dropping that view is harmless to the kernel: it only
 * loses the program its view.
 */
export class RingBuffer {
  readonly #backing: Backing;
  readonly #offset: number;
  readonly #length: number;
  readonly #low: number;
  readonly #high: number;
  /** What {@link RingBuffer.view} shows parts of. */
  #views: ArrayBuffer | undefined;
  readonly #bytes: Buffer<ArrayBuffer> | undefined;
  /** Where it is kept account of, in checked mode. */
  #range: Range | undefined;

  /** @param bytes what shows it; may be absent where {@link bytes} is overridden */
  protected constructor(backing: Backing, offset: number, length: number, bytes?: Buffer<ArrayBuffer>) {
    const address = backing.address + offset;
    this.#backing = backing;
    this.#offset = offset;
    this.#length = length;
    this.#low = address >>> 0;
    this.#high = Math.floor(address / WORD);
    this.#bytes = bytes;
  }

  /** The same memory as if it were an allocation of its own, so that it can have users of its own. */
  protected static own(buffer: RingBuffer): Backing {
    const { memory, address, mapped } = buffer.#backing;
    return { memory, address, mapped, direct: false, borrows: new Borrows(), uses: undefined };
  }

  /** What a buffer over the same memory is made of. */
  protected static parts(buffer: RingBuffer): [Backing, number, number, Buffer<ArrayBuffer>] {
    return [buffer.#backing, buffer.#offset, buffer.#length, buffer.bytes];
  }

  /** Allocates zeroed, page-aligned memory. Rings offer this as `ring.alloc`. */
  static allocate(
    byteLength: number,
    options: AllocationOptions & { readonly copied?: boolean } = {},
  ): RingBuffer {
    if (!Number.isSafeInteger(byteLength) || byteLength < 1) {
      throw Object.assign(new RangeError(`byteLength must be a positive integer; got ${byteLength}`), {
        code: 'ERR_OUT_OF_RANGE',
      });
    }
    const align = alignment(options);
    // Memory begins at a page; what lies before the first multiple of a larger power is left alone.
    const memory = new (native().Memory)(byteLength + Math.max(align - PAGE_BYTES, 0));
    const skipped = align > PAGE_BYTES ? (align - (memory.address % align)) % align : 0;
    const external = options.copied === true ? null : memory.arrayBuffer();
    const mapped = external !== null;
    const bytes =
      external === null
        ? Buffer.from(new ArrayBuffer(byteLength))
        : Buffer.from(external, skipped, byteLength);
    return new RingBuffer(
      { memory, address: memory.address, mapped, direct: mapped, borrows: new Borrows(), uses: undefined },
      skipped,
      byteLength,
      bytes,
    );
  }

  /** Memory of the program's own, at an address that stays valid as long as `memory` is referred to. @internal */
  static foreign(memory: Backing['memory'], byteLength: number, uses: Uses): RingBuffer {
    // The program must not get hold of what it could transfer away, so there are no bytes to see.
    const backing = {
      memory,
      address: memory.address,
      mapped: true,
      direct: false,
      borrows: new Borrows(),
      uses,
    };
    return new RingBuffer(backing, 0, byteLength, Buffer.alloc(0));
  }

  /** The same memory, with its users counted; it has its bytes again if they were transferred away. @internal */
  static counted(buffer: RingBuffer, uses: Uses): RingBuffer {
    const whole = buffer.bytes.byteLength === buffer.#length;
    const bytes = whole ? buffer.bytes : RingBuffer.view(buffer, 0, buffer.#length);
    return new RingBuffer({ ...buffer.#backing, direct: false, uses }, buffer.#offset, buffer.#length, bytes);
  }

  /** The contents, as an ordinary Node Buffer. */
  get bytes(): Buffer<ArrayBuffer> {
    return this.#bytes!;
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

  /** The same memory for operations that read it only: an operation that writes refuses it, and so do the types. */
  readOnly(): ReadOnlyBuffer {
    return new ReadOnlyBuffer(this);
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

  /** A copy of what the kernel sees, from `start` on. @internal */
  static copy(buffer: RingBuffer, start: number): Buffer<ArrayBuffer> {
    const copy = Buffer.allocUnsafeSlow(buffer.#length - start);
    buffer.#backing.memory.copyOut(buffer.#offset + start, copy);
    return copy;
  }

  /** Stores 16 bits, after everything brought to the kernel before. @internal */
  static publish(buffer: RingBuffer, at: number, value: number): void {
    buffer.#backing.memory.publish(buffer.#offset + at, value);
  }

  /** What there is to see of it. @internal */
  protected state(): Readonly<Record<string, unknown>> {
    return { byteLength: this.#length, mapped: this.#backing.mapped };
  }

  /** @internal */
  [custom](_depth: number, options: InspectOptions, inspect: Inspect): string {
    return shown(this.constructor.name, this.state(), options, inspect);
  }

  // What builders use: private fields cannot be forged, so no look-alike object gets an address past them.
  /** Whether an operation can name it as it is, with nothing to copy or to count. @internal */
  static direct(buffer: RingBuffer): boolean {
    return buffer.#backing.direct;
  }
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
  static uses(buffer: RingBuffer): Uses | undefined {
    return buffer.#backing.uses;
  }
  /** @internal */
  static length(buffer: RingBuffer): number {
    return buffer.#length;
  }
}
