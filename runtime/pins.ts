/**
 * Brings the arguments of one operation into kernel-visible memory before it is submitted, and the results back after
 * its terminal completion.
 */
import { types } from 'node:util';
import { IOVEC_BYTES, IoVector } from './io-vector.js';
import { RingBuffer } from './memory.js';
import { MESSAGE_HEADER_BYTES, type Message, MessageHeader, type MessageTarget } from './message.js';
import { encodeRecord, type RecordInput, type RecordLayout, writeRecord } from './records.js';
import type { ScratchPool } from './scratch.js';
import {
  decodeSocketAddress,
  encodeSocketAddress,
  type PeerAddress,
  SOCKET_ADDRESS_BYTES,
  type SocketAddress,
} from './sockaddr.js';

/** Data the kernel reads or writes: the ring's own memory, or any byte array, which is then copied. */
export type Bytes = RingBuffer | Uint8Array;

/** A buffer of the program's, or one that the kernel takes from a group of provided buffers. */
export type BufferOrGroup<Memory> =
  | { readonly buffer: Memory; readonly bufGroup?: undefined; readonly length?: undefined }
  | {
      readonly buffer?: undefined;
      /** The group; IOSQE_BUFFER_SELECT is set with it. The completion's flags say which buffer was taken. */
      readonly bufGroup: number;
      /** The most bytes to take; 0 (the default) for as many as the buffer has room for. */
      readonly length?: number;
    };

/** What can be given for a record: its members, addresses also as the memory itself; or memory that holds it. */
export type RecordArgument<T> = RingBuffer | RecordMembers<T>;

export type RecordMembers<T> = {
  readonly [K in keyof T]?: T[K] extends bigint ? bigint | number | RingBuffer : RecordInput<T>[K];
};

/** A duration: milliseconds, or exact seconds and nanoseconds. */
export type Duration = number | { readonly seconds: number | bigint; readonly nanoseconds?: number };

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

/** Seconds as the kernel counts them: an array of 64-bit integers would drop the upper bits without a word. */
function checkedSeconds(value: number | bigint, what: string): bigint {
  const seconds = BigInt(value);
  if (seconds < 0n || seconds >= 2n ** 63n) invalid(`${what} must have 0 to 2^63 - 1 seconds`);
  return seconds;
}

/** What an operation has pinned beyond the buffers its SQE names. */
export class Pinned {
  readonly scratch: RingBuffer[] = [];
  /** The program's memory that records point to. */
  readonly kept: RingBuffer[] = [];
  readonly returns: ((count: number) => void)[] = [];
}

/** Pins for one operation after the other; {@link Pins.take} ends the preparation of one. */
export class Pins {
  readonly #pool: ScratchPool;
  #current: Pinned | undefined;

  constructor(pool: ScratchPool) {
    this.#pool = pool;
  }

  /** What has been pinned since the last call, or undefined when nothing was. */
  take(): Pinned | undefined {
    const current = this.#current;
    this.#current = undefined;
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
  }

  /** Whether the kernel can use this very memory, so that nothing needs to be copied. */
  direct(value: unknown): value is RingBuffer {
    return value instanceof RingBuffer && value.mapped;
  }

  /** Scratch memory that lives as long as the operation. */
  scratch(byteLength: number): RingBuffer {
    const piece = this.#pool.acquire(byteLength);
    this.#pinned().scratch.push(piece);
    return byteLength === piece.byteLength ? piece : piece.subarray(0, byteLength);
  }

  #pinned(): Pinned {
    this.#current ??= new Pinned();
    return this.#current;
  }

  #atEnd(giveBack: (count: number) => void): void {
    this.#pinned().returns.push(giveBack);
  }

  /** Data that the kernel reads. */
  source(value: Bytes, what: string): RingBuffer {
    if (value instanceof RingBuffer) {
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

  /** Memory that the kernel may read and write; what for is not known, so all of it goes there and comes back. */
  both(value: Bytes, what: string): RingBuffer {
    const buffer = this.source(value, what);
    if (value instanceof RingBuffer) {
      if (!value.mapped) this.#atEnd(() => value.fromKernel(value.byteLength));
    } else {
      this.#atEnd(() => buffer.drainInto(value));
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
      if (!(value instanceof RingBuffer) || value.mapped) continue;
      value.toKernel();
      this.#atEnd(() => value.fromKernel(value.byteLength));
    }
    return copy;
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
  vector(values: readonly Bytes[], direction: 'source' | 'target', what: string, inPlace = false): IoVector {
    if (!Array.isArray(values)) invalid(`${what} must be an array of buffers`, 'ERR_INVALID_ARG_TYPE');
    let start = 0;
    const buffers = values.map((value: Bytes, index) => {
      const name = `${what}[${index}]`;
      if (inPlace) return this.memory(value as RingBuffer, name);
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
    const words = new BigInt64Array(2);
    if (typeof value === 'number') {
      if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
        invalid(`${what} must be a number of milliseconds, from 0 to 2^53 - 1`);
      }
      const whole = Math.floor(value / 1000);
      words[0] = BigInt(whole);
      words[1] = BigInt(Math.min(Math.round((value - whole * 1000) * 1e6), 999_999_999));
    } else {
      words[0] = checkedSeconds(value.seconds, what);
      words[1] = BigInt(value.nanoseconds ?? 0);
    }
    const piece = this.scratch(TIMESPEC_BYTES);
    piece.fill(new Uint8Array(words.buffer));
    return piece;
  }

  /** A record that the kernel reads. */
  encoded<T>(layout: RecordLayout<T>, value: RecordArgument<T>, what: string): RingBuffer {
    if (value instanceof RingBuffer) {
      if (value.byteLength < layout.byteLength) invalid(`${what} must have ${layout.byteLength} bytes`);
      return this.both(value, what);
    }
    return this.#copyOf(encodeRecord(layout, this.#withAddresses(value, what)));
  }

  /** Records that the kernel reads, one after the other. */
  encodedList<T>(layout: RecordLayout<T>, values: readonly RecordArgument<T>[], what: string): RingBuffer {
    if (!Array.isArray(values)) invalid(`${what} must be an array`, 'ERR_INVALID_ARG_TYPE');
    const one = layout.byteLength;
    const bytes = new Uint8Array(values.length * one);
    values.forEach((value: RecordArgument<T>, index) => {
      const place = bytes.subarray(index * one, (index + 1) * one);
      if (value instanceof RingBuffer) place.set(value.bytes.subarray(0, one));
      else writeRecord(layout, place, this.#withAddresses(value, `${what}[${index}]`));
    });
    return this.#copyOf(bytes);
  }

  /** Memory among a record's members as its address; it is held like any that an SQE names. */
  #withAddresses<T>(value: RecordMembers<T>, what: string): RecordInput<T> {
    const entries = Object.entries(value).map(([name, member]) => {
      if (!(member instanceof RingBuffer)) return [name, member];
      this.memory(member, `${what}.${name}`);
      this.#pinned().kept.push(member);
      return [name, BigInt(RingBuffer.address(member))];
    });
    return Object.fromEntries(entries) as RecordInput<T>;
  }

  #copyOf(bytes: Uint8Array): RingBuffer {
    const piece = this.scratch(bytes.byteLength);
    piece.fill(bytes);
    return piece;
  }

  /** Room for so many items that the kernel writes. */
  room(count: number, byteLength: number, what: string): RingBuffer {
    if (!Number.isSafeInteger(count) || count < 1) invalid(`${what}: room for ${count} makes no sense`);
    return this.record(count * byteLength);
  }

  /** Descriptors that the kernel reads, and may write back. */
  descriptors(values: readonly number[] | Int32Array, what: string): RingBuffer {
    const list = Int32Array.from(values);
    if (list.some((value, index) => value !== values[index])) invalid(`${what} must hold descriptors`);
    const bytes = new Uint8Array(list.buffer);
    const piece = this.#copyOf(bytes);
    if (values instanceof Int32Array) {
      this.#atEnd(() => piece.drainInto(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
    }
    return piece;
  }

  /** Room for the address of a peer, and for the length of it. */
  peer(value: PeerAddress | undefined): {
    peer: RingBuffer | undefined;
    peerLength: RingBuffer | undefined;
  } {
    if (value === undefined) return { peer: undefined, peerLength: undefined };
    const peer = this.record(SOCKET_ADDRESS_BYTES);
    const peerLength = this.#copyOf(Uint8Array.of(SOCKET_ADDRESS_BYTES, 0, 0, 0));
    this.#atEnd(() => {
      peerLength.fromKernel(peerLength.byteLength);
      const length = peerLength.bytes.readUInt32LE(0);
      value.address = decodeSocketAddress(Uint8Array.from(peer.bytes.subarray(0, length)));
    });
    return { peer, peerLength };
  }

  /** A message to send. */
  message(value: Message, what: string): MessageHeader {
    const vector = this.vector(listOf(value.buffers), 'source', `${what}.buffers`);
    const name = value.to === undefined ? {} : { name: this.socketAddress(value.to) };
    const control =
      value.control === undefined ? {} : { control: this.source(value.control, `${what}.control`) };
    return new MessageHeader({ vector, ...name, ...control }, this.scratch(MESSAGE_HEADER_BYTES));
  }

  /** Room for a message that is received. */
  messageTarget(value: MessageTarget, what: string): MessageHeader {
    const vector = this.vector(listOf(value.buffers ?? []), 'target', `${what}.buffers`);
    const name = this.record(SOCKET_ADDRESS_BYTES);
    const { controlBytes = 0 } = value;
    const control = controlBytes === 0 ? {} : { control: this.room(controlBytes, 1, `${what}.controlBytes`) };
    return new MessageHeader({ vector, name, ...control }, this.record(MESSAGE_HEADER_BYTES));
  }
}

const listOf = (buffers: Bytes | readonly Bytes[]): readonly Bytes[] =>
  Array.isArray(buffers) ? buffers : [buffers as Bytes];
