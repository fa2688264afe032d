/**
 * Brings the arguments of one operation into kernel-visible memory before it is submitted, and the results back after
 * its terminal completion.
 */
import { types } from 'node:util';
import { IOSQE_FIXED_FILE } from '../generated/abi/constants.js';
import { Borrow, type MemoryUser } from './borrows.js';
import { type Duration, timespecWords } from './duration.js';
import { IOVEC_BYTES, IoVector } from './io-vector.js';
import { RingBuffer } from './memory.js';
import type { AnyOperation } from './operation.js';
import { DirectDescriptor } from './resources/direct-descriptor.js';
import { FixedBuffer } from './resources/fixed-buffer.js';
import type { Registration } from './resources/registration.js';
import type { ScratchPool } from './scratch.js';
import { encodeSocketAddress, type SocketAddress } from './sockaddr.js';

/** Data the kernel reads or writes: the ring's own memory, or any byte array, which is then copied. */
export type Bytes = RingBuffer | Uint8Array;

export type { Duration };

const TIMESPEC_BYTES = 16;

function invalid(message: string, code = 'ERR_INVALID_ARG_VALUE'): never {
  throw Object.assign(new TypeError(message), { code });
}

/** Refuses what cannot be handed over even by copying, with the reason. */
function checkForeign(value: unknown, what: string): asserts value is Uint8Array {
  if (!types.isUint8Array(value)) {
    invalid(`${what} must be a RingBuffer, a Buffer or a Uint8Array`, 'ERR_INVALID_ARG_TYPE');
  }
  const buffer = value.buffer as { readonly resizable?: boolean; readonly growable?: boolean };
  if (buffer.resizable === true || buffer.growable === true) {
    invalid(
      `${what} lies in a resizable ArrayBuffer, whose memory can go away; use ring.alloc() or a fixed one`,
    );
  }
}

/** What an operation has pinned beyond the buffers its SQE names. */
export class Pinned {
  /** Registered resources in use. */
  readonly uses: Registration[] = [];
  readonly scratch: RingBuffer[] = [];
  readonly returns: ((count: number) => void)[] = [];
  /** In checked mode: the memory that the operation uses. */
  readonly borrows: Borrow[] = [];
}

/** Pins for one operation after the other; {@link Pins.take} ends the preparation of one. */
export class Pins {
  readonly #pool: ScratchPool;
  readonly #checked: boolean;
  readonly #ring: object;
  #current: Pinned | undefined;
  #user: MemoryUser | undefined;
  #epoch = 0;
  /** IOSQE_* bits that the arguments of the operation in preparation ask for. */
  sqeFlags = 0;

  /**
   * @param checked notice operations that would get into each other's way; see borrows.ts
   * @param ring what resources must be registered with
   */
  constructor(pool: ScratchPool, checked: boolean, ring: object) {
    this.#pool = pool;
    this.#checked = checked;
    this.#ring = ring;
  }

  /**
   * The preparation of an operation begins.
   * @param link the same object for all that the kernel runs one after the other
   * @param drains waits for all that was submitted before, as what is submitted later waits for it
   */
  begin(operation: AnyOperation, link: object | undefined, drains: boolean): void {
    if (!this.#checked) return;
    this.#user = { operation, link: link ?? {}, epoch: this.#epoch + Number(drains), ring: this };
  }

  /** An operation that drains was submitted. */
  drains(): void {
    this.#epoch += 2;
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
    let lost: unknown;
    for (const giveBack of pinned.returns) {
      try {
        giveBack(Math.max(res, 0));
      } catch (error) {
        lost ??= error;
      }
    }
    return lost;
  }

  /** Gives the scratch memory up for reuse: nothing in flight may refer to it. */
  release(pinned: Pinned): void {
    for (const piece of pinned.scratch) this.#pool.release(piece);
    for (const borrow of pinned.borrows) borrow.release();
    for (const registration of pinned.uses) registration.unuse();
  }

  /** Whether the kernel can use this very memory, so that nothing needs to be copied or kept account of. */
  direct(value: unknown): value is RingBuffer {
    return !this.#checked && value instanceof RingBuffer && value.mapped;
  }

  #borrow(buffer: RingBuffer, writes: boolean): void {
    const borrow = this.#checked ? Borrow.take(buffer, writes, this.#user!) : undefined;
    if (borrow === undefined) return;
    this.#current ??= new Pinned();
    this.#current.borrows.push(borrow);
  }

  /** Scratch memory that lives as long as the operation. */
  scratch(byteLength: number): RingBuffer {
    const piece = this.#pool.acquire(byteLength);
    this.#current ??= new Pinned();
    this.#current.scratch.push(piece);
    return byteLength === piece.byteLength ? piece : piece.subarray(0, byteLength);
  }

  #use(registration: Registration, what: string): void {
    registration.use(this.#ring, what);
    this.#current ??= new Pinned();
    this.#current.uses.push(registration);
  }

  /** What goes into `sqe->fd`: a descriptor, or the slot of a direct one, which `sqe->flags` then says by itself. */
  descriptor(value: number | DirectDescriptor, what: string): number {
    if (typeof value === 'number') return value;
    if (!(value instanceof DirectDescriptor)) {
      invalid(`${what} must be a descriptor's number or a DirectDescriptor`, 'ERR_INVALID_ARG_TYPE');
    }
    this.#use(DirectDescriptor.registration(value), what);
    this.sqeFlags |= IOSQE_FIXED_FILE;
    return value.slot;
  }

  /** The slot of a direct descriptor, for another field than `sqe->fd`. */
  slot(value: DirectDescriptor, what: string): number {
    if (!(value instanceof DirectDescriptor)) {
      invalid(`${what} must be a DirectDescriptor`, 'ERR_INVALID_ARG_TYPE');
    }
    this.#use(DirectDescriptor.registration(value), what);
    return value.slot;
  }

  /** What goes into `sqe->buf_index`: the place of a registered buffer. */
  fixed(value: RingBuffer, what: string): number {
    if (!(value instanceof FixedBuffer)) {
      invalid(`${what} must be (part of) a registered buffer: table.buffer(index)`, 'ERR_INVALID_ARG_TYPE');
    }
    this.#use(FixedBuffer.registration(value), what);
    return value.index;
  }

  #atEnd(giveBack: (count: number) => void): void {
    this.#current ??= new Pinned();
    this.#current.returns.push(giveBack);
  }

  /** Data that the kernel reads. */
  source(value: Bytes, what: string): RingBuffer {
    if (value instanceof RingBuffer) {
      this.#borrow(value, false);
      value.toKernel();
      return value;
    }
    checkForeign(value, what);
    const copy = this.scratch(value.byteLength);
    copy.fill(value);
    return copy;
  }

  /** Memory that the kernel writes; foreign arrays get their contents once the operation is over. */
  target(value: Bytes, what: string): RingBuffer {
    if (value instanceof RingBuffer) {
      this.#borrow(value, true);
      if (!value.mapped) this.#atEnd((count) => value.fromKernel(Math.min(count, value.byteLength)));
      return value;
    }
    checkForeign(value, what);
    const wanted = value.byteLength;
    const copy = this.scratch(wanted);
    this.#atEnd((count) => {
      if (value.byteLength < wanted) {
        invalid(`${what} was detached or shrunk while the kernel was writing; its data is lost`);
      }
      copy.drainInto(value.subarray(0, Math.min(count, wanted)));
    });
    return copy;
  }

  /** Foreign memory whose whole contents the kernel replaces, whatever the result says. */
  record(byteLength: number): RingBuffer {
    const piece = this.scratch(byteLength);
    piece.bytes.fill(0);
    piece.toKernel();
    if (!piece.mapped) this.#atEnd(() => piece.fromKernel(byteLength));
    return piece;
  }

  /**
   * Arguments over the SQE's own fields, whose meaning is not known: buffers are taken to be both read and written.
   * The program's object is copied, so that what is encoded is what is held.
   */
  fields<Fields extends object>(args: Fields): Fields {
    const copy = { ...args };
    for (const value of Object.values(copy)) {
      if (!(value instanceof RingBuffer)) continue;
      // Which of the two it is nobody knows here; taken as read, so that no use is refused without reason.
      this.#borrow(value, false);
      this.both(value);
    }
    return copy;
  }

  /** Memory that the kernel may read and may write. */
  both(value: RingBuffer): void {
    if (value.mapped) return;
    value.toKernel();
    this.#atEnd(() => value.fromKernel(value.byteLength));
  }

  /** A path as a C string. */
  path(value: string | Uint8Array, what: string): RingBuffer {
    const isText = typeof value === 'string';
    if (!isText && !types.isUint8Array(value))
      invalid(`${what} must be a string or bytes`, 'ERR_INVALID_ARG_TYPE');
    const name = isText ? Buffer.from(value, 'utf8') : value;
    if (name.includes(0)) invalid(`${what} must not contain NUL bytes`);
    const piece = this.scratch(name.byteLength + 1);
    const bytes = new Uint8Array(name.byteLength + 1);
    bytes.set(name);
    piece.fill(bytes);
    return piece;
  }

  /** An iovec array over buffers that the kernel reads (`source`) or fills in order (`target`). */
  vector(values: readonly Bytes[], direction: 'source' | 'target', what: string): IoVector {
    if (!Array.isArray(values)) invalid(`${what} must be an array of buffers`, 'ERR_INVALID_ARG_TYPE');
    let start = 0;
    const buffers = values.map((value: Bytes, index) => {
      const name = `${what}[${index}]`;
      const buffer = direction === 'source' ? this.source(value, name) : this.#part(value, start, name);
      start += buffer.byteLength;
      return buffer;
    });
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

  /** A socket address. */
  socketAddress(value: SocketAddress): RingBuffer {
    const bytes = encodeSocketAddress(value);
    const piece = this.scratch(bytes.byteLength);
    piece.fill(bytes);
    return piece;
  }

  /** A `struct __kernel_timespec`. */
  timespec(value: Duration, what: string): RingBuffer {
    const words = timespecWords(value, what);
    const piece = this.scratch(TIMESPEC_BYTES);
    piece.fill(new Uint8Array(words.buffer));
    return piece;
  }
}
