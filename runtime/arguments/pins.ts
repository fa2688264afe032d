/**
 * Brings the arguments of one operation into kernel-visible memory before it is submitted: paths, addresses, records,
 * messages, and what is registered with the ring.
 */

import { types } from 'node:util';
import { IOSQE_FIXED_FILE } from '../../generated/abi/constants.js';
import { OwnedDescriptor } from '../handles/owned-descriptor.js';
import { lengthOf } from '../memory/byte-array.js';
import { RingBuffer } from '../memory/memory.js';
import type { ScratchPool } from '../memory/scratch.js';
import { type Operations, type OperationTarget, userDataOf } from '../operations/target.js';
import { DirectDescriptor } from '../resources/direct-descriptor.js';
import { FixedBuffer } from '../resources/fixed-buffer.js';
import type { Registration } from '../resources/registration.js';
import type { Descriptor, OrdinaryDescriptor } from './descriptor.js';
import { type Duration, timespecWords } from './duration.js';
import { type Bytes, invalid, MemoryPins, type SourceBytes } from './memory-pins.js';
import { MESSAGE_HEADER_BYTES, type Message, MessageHeader, type MessageTarget } from './message.js';
import { anything, integer, Shape } from './options.js';
import { encodeRecord, type RecordInput, type RecordLayout, writeRecord } from './records.js';
import {
  decodeSocketAddress,
  encodeSocketAddress,
  type PeerAddress,
  SOCKET_ADDRESS_BYTES,
  type SocketAddress,
} from './sockaddr.js';

export type { Bytes, Duration, SourceBytes };

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

const TIMESPEC_BYTES = 16;
/** As much as the kernel itself gives out at a time. */
const MOST_RESULT_BYTES = 2 ** 31 - 1;

const MESSAGE = new Shape({ buffers: anything, to: anything, control: anything });
const MESSAGE_TARGET = new Shape({ buffers: anything, controlBytes: integer(0, 2 ** 31 - 1) });

export class Pins extends MemoryPins {
  readonly #ring: object;
  readonly #operations: Operations;

  /**
   * @param checked see {@link MemoryPins}
   * @param ring what resources must be registered with
   * @param operations those in flight, for arguments that mean one of them
   */
  constructor(pool: ScratchPool, checked: boolean, ring: object, operations: Operations) {
    super(pool, checked);
    this.#ring = ring;
    this.#operations = operations;
  }

  #use(registration: Registration, what: string): void {
    registration.use(this.#ring, what);
    this.pinned().uses.push(registration);
  }

  #useFile(registration: Registration, what: string): void {
    registration.use(this.#ring, what);
    this.pinned().files.push(registration);
  }

  /** What goes into `sqe->fd`: a descriptor, or the slot of a direct one, which `sqe->flags` then says by itself. */
  descriptor(value: Descriptor, what: string): number {
    if (typeof value === 'number') return value;
    if (value instanceof OwnedDescriptor) return this.ordinary(value, what);
    if (typeof value === 'bigint') return Number(value);
    if (!(value instanceof DirectDescriptor)) {
      invalid(
        `${what} must be a descriptor's number, a handle or a DirectDescriptor`,
        'ERR_INVALID_ARG_TYPE',
      );
    }
    this.#useFile(DirectDescriptor.registration(value), what);
    this.sqeFlags |= IOSQE_FIXED_FILE;
    return value.slot;
  }

  /** A descriptor where the kernel looks for ordinary ones only. */
  ordinary(value: OrdinaryDescriptor, what: string): number {
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return Number(value);
    if (!(value instanceof OwnedDescriptor)) {
      const isDirect = (value as unknown) instanceof DirectDescriptor;
      const instead = isDirect ? '; install() the direct one to get such a number' : '';
      invalid(`${what} must be a descriptor's number or a handle${instead}`, 'ERR_INVALID_ARG_TYPE');
    }
    this.#useFile(OwnedDescriptor.registration(value), what);
    // Or it would be collected, and so closed, under the operation.
    this.pinned().kept.push(value);
    return OwnedDescriptor.number(value);
  }

  /** A file in another field than `sqe->fd`; {@link directBit} says there which kind it is. */
  beside(value: Descriptor, what: string): number {
    return value instanceof DirectDescriptor ? this.slot(value, what) : this.ordinary(value, what);
  }

  /** The bit by which a field beside {@link beside} says that it is a slot. */
  directBit(value: Descriptor, bit: number): number {
    return value instanceof DirectDescriptor ? bit : 0;
  }

  /** The number of a descriptor that nothing keeps account of. */
  bare(value: number, what: string): number {
    if (typeof value !== 'number') {
      const own = 'a handle and a direct descriptor have a close() of their own';
      invalid(`${what} must be a descriptor's number; ${own}`, 'ERR_INVALID_ARG_TYPE');
    }
    return value;
  }

  /** Arguments over the SQE's own fields; see {@link MemoryPins.fields}. A handle among them becomes its number. */
  override fields<Fields extends { readonly fd?: unknown }>(args: Fields): Fields {
    const copy = super.fields(args);
    const { fd } = copy;
    if (!(fd instanceof OwnedDescriptor || fd instanceof DirectDescriptor)) return copy;
    return { ...copy, fd: this.descriptor(fd, 'fd') };
  }

  /** The user_data of an operation in flight, which the ring gave it and the program does not know. */
  operation(value: OperationTarget | number | bigint, what: string, op: string): number | bigint {
    return typeof value === 'object' ? userDataOf(this.#operations, value, what, op) : value;
  }

  /** What goes into `sqe->fd` of an operation that takes direct descriptors only: as a number a slot would pass for a descriptor. */
  registered(value: DirectDescriptor, what: string): number {
    if (value instanceof DirectDescriptor) return this.descriptor(value, what);
    const number = 'a number would be a slot of the ring, not a descriptor';
    return invalid(
      `${what} must be a DirectDescriptor, e.g. ring.files.descriptor(slot); ${number}`,
      'ERR_INVALID_ARG_TYPE',
    );
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
  fixed(value: unknown, what: string): number {
    if (!(value instanceof FixedBuffer)) {
      invalid(`${what} must be (part of) a registered buffer: table.buffer(index)`, 'ERR_INVALID_ARG_TYPE');
    }
    this.#use(FixedBuffer.registration(value), what);
    return value.index;
  }

  /** The same for parts of one registered buffer. */
  fixedParts(value: unknown, what: string): number {
    const [first, ...others] = listOf(value);
    const place = this.fixed(first, what);
    const registration = FixedBuffer.registration(first as FixedBuffer);
    const isPart = (part: unknown): boolean =>
      part instanceof FixedBuffer && FixedBuffer.registration(part) === registration;
    if (!others.every(isPart)) invalid(`${what} must be parts of one registered buffer`);
    return place;
  }

  /** Room for as many records as the kernel may fill. */
  results(count: number, byteLength: number, what: string): RingBuffer {
    integer(1, Math.floor(MOST_RESULT_BYTES / byteLength))(count, what);
    return this.room(count, byteLength, what);
  }

  /** A path as a C string. */
  path(value: string | Uint8Array, what: string): RingBuffer {
    const isText = typeof value === 'string';
    if (!isText && !types.isUint8Array(value))
      invalid(`${what} must be a string or bytes`, 'ERR_INVALID_ARG_TYPE');
    const hasNul = isText ? value.includes('\0') : value.includes(0);
    if (hasNul) invalid(`${what} must not contain NUL bytes`);
    const byteLength = isText ? Buffer.byteLength(value) : lengthOf(value);
    const piece = this.piece(byteLength + 1);
    if (isText) piece.bytes.write(value);
    else piece.bytes.set(value);
    piece.bytes[byteLength] = 0;
    piece.toKernel();
    return piece;
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

  /** A record that the kernel reads. */
  encoded<T>(layout: RecordLayout<T>, value: RecordArgument<T>, what: string): RingBuffer {
    if (value instanceof RingBuffer) {
      if (value.byteLength < layout.byteLength) invalid(`${what} must have ${layout.byteLength} bytes`);
      return this.both(value, what);
    }
    return this.#copyOf(encodeRecord(layout, this.#withAddresses(value, what), 0, what));
  }

  /** Records that the kernel reads, one after the other. */
  encodedList<T>(layout: RecordLayout<T>, values: readonly RecordArgument<T>[], what: string): RingBuffer {
    if (!Array.isArray(values)) invalid(`${what} must be an array`, 'ERR_INVALID_ARG_TYPE');
    const one = layout.byteLength;
    const bytes = new Uint8Array(values.length * one);
    values.forEach((value: RecordArgument<T>, index) => {
      const place = bytes.subarray(index * one, (index + 1) * one);
      if (value instanceof RingBuffer) place.set(value.bytes.subarray(0, one));
      else writeRecord(layout, place, this.#withAddresses(value, `${what}[${index}]`), `${what}[${index}]`);
    });
    return this.#copyOf(bytes);
  }

  /** Memory among a record's members as its address; it is held like any that an SQE names. */
  #withAddresses<T>(value: RecordMembers<T>, what: string): RecordInput<T> {
    const entries = Object.entries(value).map(([name, member]) => {
      if (!(member instanceof RingBuffer)) return [name, member];
      this.memory(member, `${what}.${name}`);
      this.pinned().kept.push(member);
      return [name, BigInt(RingBuffer.address(member))];
    });
    return Object.fromEntries(entries) as RecordInput<T>;
  }

  #copyOf(bytes: Uint8Array): RingBuffer {
    const piece = this.scratch(bytes.byteLength);
    piece.fill(bytes);
    return piece;
  }

  /** Descriptors that the kernel reads, and may write back. */
  descriptors(values: readonly OrdinaryDescriptor[] | Int32Array, what: string): RingBuffer {
    const numbers = Array.from(values, (value, index) => this.ordinary(value, `${what}[${index}]`));
    const list = Int32Array.from(numbers);
    if (list.some((value, index) => value !== numbers[index])) invalid(`${what} must hold descriptors`);
    const bytes = new Uint8Array(list.buffer);
    const piece = this.#copyOf(bytes);
    if (values instanceof Int32Array) {
      this.atEnd(() => piece.drainInto(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
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
    this.atEnd(() => {
      peerLength.fromKernel(peerLength.byteLength);
      const length = peerLength.bytes.readUInt32LE(0);
      value.address = decodeSocketAddress(Uint8Array.from(peer.bytes.subarray(0, length)));
    });
    return { peer, peerLength };
  }

  /** A message to send. */
  message(value: Message, what: string): MessageHeader {
    MESSAGE.required(value, what);
    const vector = this.vector(listOf(value.buffers), 'source', `${what}.buffers`);
    const name = value.to === undefined ? {} : { name: this.socketAddress(value.to) };
    const control =
      value.control === undefined ? {} : { control: this.source(value.control, `${what}.control`) };
    return new MessageHeader({ vector, ...name, ...control }, this.scratch(MESSAGE_HEADER_BYTES));
  }

  /** Room for a message that is received. */
  messageTarget(value: MessageTarget, what: string): MessageHeader {
    MESSAGE_TARGET.required(value, what);
    const vector = this.vector(listOf(value.buffers ?? []), 'target', `${what}.buffers`);
    const name = this.record(SOCKET_ADDRESS_BYTES);
    const { controlBytes = 0 } = value;
    const control = controlBytes === 0 ? {} : { control: this.room(controlBytes, 1, `${what}.controlBytes`) };
    return new MessageHeader({ vector, name, ...control }, this.record(MESSAGE_HEADER_BYTES));
  }
}

const listOf = <T>(buffers: T | readonly T[]): readonly T[] =>
  Array.isArray(buffers) ? buffers : [buffers as T];
