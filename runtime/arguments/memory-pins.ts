/**
 * Brings the data of one operation into kernel-visible memory before it is submitted, and the results back after its
 * terminal completion.
 */
import { types } from 'node:util';
import type { Borrow } from '../memory/borrows.js';
import { bufferOf, headOf, lengthOf } from '../memory/byte-array.js';
import { RingBuffer, type Uses } from '../memory/memory.js';
import { ReadOnlyBuffer } from '../memory/read-only-buffer.js';
import type { ScratchPool } from '../memory/scratch.js';
import { type AnyOperation, type Held, outlives } from '../operations/operation.js';
import { checkCount, IOVEC_BYTES, IoVector } from './io-vector.js';

/** Data the kernel reads or writes: the ring's own memory, or any byte array, which is then copied. */
export type Bytes = RingBuffer | Uint8Array;

/** Data the kernel reads only. */
export type SourceBytes = Bytes | ReadOnlyBuffer;

/** Refuses an argument. */
export function invalid(message: string, code = 'ERR_INVALID_ARG_VALUE'): never {
  throw Object.assign(new TypeError(message), { code });
}

/** Refuses what cannot be handed over even by copying, with the reason. */
function checkForeign(value: unknown, what: string): asserts value is Uint8Array {
  if (value instanceof ReadOnlyBuffer)
    invalid(`${what} is read-only memory, and the kernel would write to it`);
  if (!types.isUint8Array(value)) {
    invalid(`${what} must be a RingBuffer, a Buffer or a Uint8Array`, 'ERR_INVALID_ARG_TYPE');
  }
  const buffer = bufferOf(value) as { readonly resizable?: boolean; readonly growable?: boolean };
  if (buffer.resizable === true || buffer.growable === true) {
    invalid(
      `${what} lies in a resizable ArrayBuffer, whose memory can go away; use ring.alloc() or a fixed one`,
    );
  }
}

/** Refuses memory that somebody takes back, where nobody could tell when it is not used any more. */
export function uncounted(buffer: RingBuffer, what: string): void {
  if (RingBuffer.uses(buffer) === undefined) return;
  invalid(
    `${what} must be memory of ring.alloc(): what a pool or a loan takes back, or a lease gives back, cannot be used beyond an operation`,
  );
}

/** What an operation has pinned beyond the buffers its SQE names. Most have little, so lists are made when needed. */
export class Pinned {
  #uses: Uses[] | undefined;
  #files: Uses[] | undefined;
  #scratch: RingBuffer[] | undefined;
  #kept: object[] | undefined;
  #returns: ((count: number) => void)[] | undefined;
  /** In checked mode: the memory that the operation uses, as a list. */
  borrow: Borrow | undefined;

  /** Registered resources in use, and memory that somebody takes back. */
  get uses(): Uses[] {
    this.#uses ??= [];
    return this.#uses;
  }

  /** Descriptors in use that have an owner. */
  get files(): Uses[] {
    this.#files ??= [];
    return this.#files;
  }

  inFiles(file: Uses): boolean {
    return this.#files?.includes(file) === true;
  }

  /** Whether it uses such descriptors, all of which were unref'd. */
  get inBackground(): boolean {
    if (this.#files === undefined) return false;
    for (const file of this.#files) if (file.background !== true) return false;
    return true;
  }

  get scratch(): RingBuffer[] {
    this.#scratch ??= [];
    return this.#scratch;
  }

  /** What the program must not lose meanwhile: memory that records point to, handles. */
  get kept(): object[] {
    this.#kept ??= [];
    return this.#kept;
  }

  get returns(): ((count: number) => void)[] {
    this.#returns ??= [];
    return this.#returns;
  }

  /** See {@link MemoryPins.bringBack}. */
  bringBack(res: number): unknown {
    if (this.#returns === undefined) return undefined;
    let lost: unknown;
    for (const giveBack of this.#returns) {
      try {
        giveBack(Math.max(res, 0));
      } catch (error) {
        lost ??= error;
      }
    }
    return lost;
  }

  /** The operation names its descriptors no more, but for memory it is not over. */
  releaseFiles(): void {
    if (this.#files !== undefined) for (const file of this.#files) file.unuse();
    this.#files = undefined;
  }

  /** Gives everything back, and is ready for another operation. */
  release(pool: ScratchPool): void {
    this.releaseFiles();
    if (this.#scratch !== undefined) for (const piece of this.#scratch) pool.release(piece);
    if (this.#uses !== undefined) for (const registration of this.#uses) registration.unuse();
    for (let borrow = this.borrow; borrow !== undefined; ) {
      const { next } = borrow;
      borrow.release();
      borrow = next;
    }
    this.#uses = this.#scratch = this.#kept = this.#returns = this.borrow = undefined;
  }
}

/** Pins for one operation after the other; {@link MemoryPins.take} ends the preparation of one. */
export class MemoryPins {
  readonly #pool: ScratchPool;
  readonly #checked: boolean;
  #current: Pinned | undefined;
  /** Those of operations that are over, used again. */
  readonly #spare: Pinned[] = [];
  /** The operation in preparation, as one that uses memory; `link` stays undefined for one that is not linked. */
  #operation: AnyOperation | undefined;
  #link: object | undefined;
  /** The kernel keeps the memory of the operation in preparation beyond its completion. */
  #lasting = false;
  /** IOSQE_* bits that the arguments of the operation in preparation ask for. */
  sqeFlags = 0;

  /** @param checked notice operations that would get into each other's way; see borrows.ts */
  constructor(pool: ScratchPool, checked: boolean) {
    this.#pool = pool;
    this.#checked = checked;
  }

  /**
   * The preparation of an operation begins.
   * @param link the same object for all that the kernel runs one after the other
   */
  begin(operation: AnyOperation, link: object | undefined): void {
    this.#lasting = outlives(operation);
    if (!this.#checked) return;
    this.#operation = operation;
    this.#link = link;
  }

  /** What has been pinned since the last call, or undefined when nothing was. */
  take(): Pinned | undefined {
    const current = this.#current;
    this.#current = undefined;
    this.sqeFlags = 0;
    return current;
  }

  /**
   * After the terminal completion: brings back what the kernel wrote.
   * @returns the first error when a buffer could not take its data; the others have theirs all the same
   */
  bringBack(pinned: Pinned, res: number): unknown {
    return pinned.bringBack(res);
  }

  /** Gives the scratch memory up for reuse: nothing in flight may refer to it. */
  release(pinned: Pinned): void {
    pinned.release(this.#pool);
    this.#spare.push(pinned);
  }

  /**
   * Whether the kernel can use this very memory, so that nothing needs to be copied; in checked mode it is in use then.
   * @param writes whether the kernel writes there; packages that do not say are told no in checked mode
   */
  direct(value: unknown, writes?: boolean): value is RingBuffer {
    if (!(value instanceof RingBuffer && RingBuffer.direct(value))) return false;
    if (!this.#checked) return true;
    if (writes === undefined) return false;
    this.#borrow(value, writes, '');
    return true;
  }

  /**
   * After arguments were encoded as the program gave them, which may have getters: what the SQE names must still be memory
   * that nobody takes back.
   */
  recheck(held: Held, operation: string): void {
    if (held === undefined) return;
    if (!(held instanceof RingBuffer ? RingBuffer.direct(held) : held.every(RingBuffer.direct)))
      invalid(`${operation}: the arguments changed while they were read`);
  }

  #borrow(buffer: RingBuffer, writes: boolean, what: string): void {
    const uses = RingBuffer.uses(buffer);
    if (uses !== undefined) {
      if (this.#lasting) uncounted(buffer, what);
      uses.use(this, what);
      this.pinned().uses.push(uses);
    }
    if (!this.#checked) return;
    const pinned = this.pinned();
    const user = {
      operation: this.#operation!,
      link: this.#link ?? pinned,
    };
    const borrow = RingBuffer.borrow(buffer, writes, user);
    if (borrow === undefined) return;
    borrow.next = pinned.borrow;
    pinned.borrow = borrow;
  }

  /** Scratch memory that lives as long as the operation. */
  scratch(byteLength: number): RingBuffer {
    const piece = this.piece(byteLength);
    return byteLength === piece.byteLength ? piece : piece.subarray(0, byteLength);
  }

  /** The same, of which the end may be left over. */
  protected piece(byteLength: number): RingBuffer {
    const piece = this.#pool.acquire(byteLength);
    this.pinned().scratch.push(piece);
    return piece;
  }

  /** What the operation in preparation has pinned. */
  protected pinned(): Pinned {
    this.#current ??= this.#spare.pop() ?? new Pinned();
    return this.#current;
  }

  /** What to do after the terminal completion, with `cqe->res` or 0. */
  protected atEnd(giveBack: (count: number) => void): void {
    this.pinned().returns.push(giveBack);
  }

  /** Data that the kernel reads. */
  source(value: SourceBytes, what: string): RingBuffer {
    if (value instanceof ReadOnlyBuffer) return this.source(ReadOnlyBuffer.memory(value), what);
    if (value instanceof RingBuffer) {
      this.#borrow(value, false, what);
      value.toKernel();
      return value;
    }
    checkForeign(value, what);
    const copy = this.scratch(lengthOf(value));
    copy.fill(value);
    return copy;
  }

  /** Memory that the kernel writes; foreign arrays get their contents once the operation is over. */
  target(value: Bytes, what: string): RingBuffer {
    if (value instanceof RingBuffer) {
      this.#borrow(value, true, what);
      if (!value.mapped) this.atEnd((count) => value.fromKernel(Math.min(count, value.byteLength)));
      return value;
    }
    checkForeign(value, what);
    const wanted = lengthOf(value);
    const copy = this.scratch(wanted);
    this.atEnd((count) => {
      if (lengthOf(value) < wanted) {
        invalid(`${what} was detached or shrunk while the kernel was writing; its data is lost`);
      }
      copy.drainInto(headOf(value, Math.min(count, wanted)));
    });
    return copy;
  }

  /**
   * Memory that the kernel may read and write; what for is not known, so all of it goes there and comes back. In checked
   * mode it is taken as read, so that no use is refused without reason.
   */
  both(value: Bytes, what: string): RingBuffer {
    if (!(value instanceof RingBuffer)) checkForeign(value, what);
    const buffer = this.source(value, what);
    if (value instanceof RingBuffer) {
      if (!value.mapped) this.atEnd(() => value.fromKernel(value.byteLength));
    } else {
      this.atEnd(() => buffer.drainInto(headOf(value, lengthOf(value))));
    }
    return buffer;
  }

  /** Memory that stays where it is: the kernel, or others, look there beyond this operation. */
  memory(value: RingBuffer, what: string): RingBuffer {
    if (!(value instanceof RingBuffer)) {
      invalid(`${what} must be memory of ring.alloc(): it is used in its place`, 'ERR_INVALID_ARG_TYPE');
    }
    return this.both(value, what);
  }

  /** Foreign memory whose whole contents the kernel replaces, whatever the result says. */
  record(byteLength: number): RingBuffer {
    const piece = this.scratch(byteLength);
    piece.bytes.fill(0);
    piece.toKernel();
    if (!piece.mapped) this.atEnd(() => piece.fromKernel(byteLength));
    return piece;
  }

  /**
   * Arguments over the SQE's own fields, whose meaning is not known: buffers are taken to be both read and written.
   * The program's object is copied, so that what is encoded is what is held.
   */
  fields<Fields extends object>(args: Fields): Fields {
    const copy = { ...args };
    for (const [name, value] of Object.entries(copy)) if (value instanceof RingBuffer) this.both(value, name);
    return copy;
  }

  /** An iovec array over buffers that the kernel reads (`source`) or fills in order (`target`). */
  vector(values: readonly SourceBytes[], direction: 'source' | 'target', what: string): IoVector {
    if (!Array.isArray(values)) invalid(`${what} must be an array of buffers`, 'ERR_INVALID_ARG_TYPE');
    // Before any of them is copied.
    checkCount(values.length, `the number of ${what}`);
    const buffers: RingBuffer[] = [];
    let start = 0;
    // Not by its own methods: what they say it holds would not be what is pinned.
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index]!;
      const name = `${what}[${index}]`;
      const buffer =
        direction === 'source' ? this.source(value, name) : this.#part(value as Bytes, start, name);
      start += RingBuffer.length(buffer);
      buffers.push(buffer);
    }
    return new IoVector(buffers, this.scratch(Math.max(buffers.length, 1) * IOVEC_BYTES));
  }

  /** A target that receives bytes `start` and on of the operation's result. */
  #part(value: Bytes, start: number, what: string): RingBuffer {
    const before = this.#current?.returns.length ?? 0;
    const buffer = this.target(value, what);
    const returns = this.#current?.returns;
    const giveBack = returns?.[before];
    if (returns !== undefined && giveBack !== undefined)
      returns[before] = (count) => giveBack(Math.max(count - start, 0));
    return buffer;
  }

  /** Room for so many items that the kernel writes. */
  room(count: number, byteLength: number, what: string): RingBuffer {
    if (!Number.isSafeInteger(count) || count < 1) invalid(`${what}: room for ${count} makes no sense`);
    return this.record(count * byteLength);
  }
}
