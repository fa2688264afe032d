/**
 * Messages: `struct msghdr` in kernel-visible memory, with its buffers, its address and its control data.
 */

import { MSG_CMSG_CLOEXEC } from '../../generated/abi/constants.js';
import { LinkedMemory } from '../memory/linked-memory.js';
import { RingBuffer } from '../memory/memory.js';
import { IOVEC_BYTES, type IoVector } from './io-vector.js';
import type { Bytes, SourceBytes } from './pins.js';
import { decodeSocketAddress, type SocketAddress } from './sockaddr.js';

/** Bytes of `struct msghdr` on a 64-bit machine, and where its members lie. */
export const MESSAGE_HEADER_BYTES = 56;
const NAME = 0;
const NAME_LENGTH = 8;
const VECTOR = 16;
const VECTOR_COUNT = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const FLAGS = 48;

/** A message to send. */
export interface Message {
  /** Its data. */
  readonly buffers: SourceBytes | readonly SourceBytes[];
  /** Whom to send it to, on a socket that is not connected. */
  readonly to?: SocketAddress;
  /** Control messages, each a `struct cmsghdr` with its data. */
  readonly control?: Uint8Array;
}

/** Room for a message that is received. */
export interface MessageTarget {
  /** Where the data goes; none where the kernel chooses a buffer from a group. */
  readonly buffers?: Bytes | readonly Bytes[];
  /** Bytes of room for control messages. Default: none. */
  readonly controlBytes?: number;
}

/** What came with the data of a message. */
export interface ReceivedMessage {
  /** Bytes of data. */
  readonly bytes: number;
  /** Who sent it, where the socket says so. */
  readonly from?: SocketAddress;
  /** Control messages, each a `struct cmsghdr` with its data. */
  readonly control: Uint8Array;
  /** MSG_* bits, e.g. MSG_TRUNC. */
  readonly flags: number;
}

/** What a header points to. */
export interface MessageParts {
  readonly vector: IoVector;
  readonly name?: RingBuffer;
  readonly control?: RingBuffer;
}

/** A `struct msghdr` that only says how much room there shall be: its data goes into a buffer that the kernel chooses. */
export function messageRoom(nameBytes: number, controlBytes: number): Uint8Array {
  const header = Buffer.alloc(MESSAGE_HEADER_BYTES);
  header.writeUInt32LE(nameBytes, NAME_LENGTH);
  header.writeBigUInt64LE(BigInt(controlBytes), CONTROL_LENGTH);
  return header;
}

/** MSG_* bits of a received message, without the one of the request that the kernel repeats and that goes by itself. */
export const toldFlags = (flags: number): number => (flags & ~MSG_CMSG_CLOEXEC) >>> 0;

/** What the message operations take at the synchronous level. */
export class MessageHeader extends LinkedMemory {
  readonly #header: RingBuffer;
  readonly #parts: MessageParts;

  /** @param memory where the header itself goes; 56 bytes */
  constructor(parts: MessageParts, memory: RingBuffer) {
    const { vector, name, control } = parts;
    const header = Buffer.alloc(MESSAGE_HEADER_BYTES);
    const point = (at: number, part: RingBuffer): void => {
      header.writeBigUInt64LE(BigInt(RingBuffer.address(part)), at);
    };
    const array = LinkedMemory.memory(vector);
    point(VECTOR, array);
    header.writeBigUInt64LE(BigInt(RingBuffer.length(array) / IOVEC_BYTES), VECTOR_COUNT);
    if (name !== undefined) {
      point(NAME, name);
      header.writeUInt32LE(RingBuffer.length(name), NAME_LENGTH);
    }
    if (control !== undefined) {
      point(CONTROL, control);
      header.writeBigUInt64LE(BigInt(RingBuffer.length(control)), CONTROL_LENGTH);
    }
    memory.fill(header);
    const own = [memory, name, control].filter((part) => part !== undefined);
    super(memory, [...own, ...LinkedMemory.held(vector)]);
    this.#header = memory;
    this.#parts = parts;
  }

  /** Whom it is sent to, as the kernel reads it. @internal */
  static address(message: MessageHeader): RingBuffer | undefined {
    return message.#parts.name;
  }

  /** What the kernel wrote into the header and what it points to. */
  static received(message: MessageHeader, bytes: number): ReceivedMessage {
    const header = message.#header.bytes;
    const { name, control } = message.#parts;
    const nameLength = header.readUInt32LE(NAME_LENGTH);
    const from = name === undefined ? undefined : decodeSocketAddress(name.bytes.subarray(0, nameLength));
    const controlLength = Number(header.readBigUInt64LE(CONTROL_LENGTH));
    return {
      bytes,
      ...(from === undefined ? {} : { from }),
      control: Uint8Array.from(control?.bytes.subarray(0, controlLength) ?? []),
      flags: toldFlags(header.readUInt32LE(FLAGS)),
    };
  }
}
