/**
 * Messages that multishot recvmsg puts into buffers of a buffer ring: each with its sender and its control data before
 * the data itself, in room that the operation's msghdr asks for (`struct io_uring_recvmsg_out`).
 */

import { IORING_OP_RECVMSG, IORING_RECV_MULTISHOT, MSG_CMSG_CLOEXEC } from '../../generated/abi/constants.js';
import type { MessageFlags } from '../../generated/abi/flags.js';
import { ioUringRecvmsgOutLayout } from '../../generated/abi/layouts.js';
import { flagsOf } from '../arguments/flag-families.js';
import { MESSAGE_HEADER_BYTES, messageRoom, toldFlags } from '../arguments/message.js';
import { anything, boolean, flags, instanceOf, integer, Shape } from '../arguments/options.js';
import type { Pins } from '../arguments/pins.js';
import { readRecord, writeRecord } from '../arguments/records.js';
import { decodeSocketAddress, SOCKET_ADDRESS_BYTES, type SocketAddress } from '../arguments/sockaddr.js';
import { RingBuffer } from '../memory/memory.js';
import type { AnyOperation } from '../operations/operation.js';
import {
  claimDescriptors,
  discardDescriptors,
  handOverDescriptors,
} from '../operations/passed-descriptors.js';
import type { FileTarget, RawArgs } from '../operations/raw-operation.js';
import { BufferRing } from './buffer-ring.js';
import { KeptLease } from './kept-lease.js';
import type { Lease } from './lease.js';
import { DATA, isDatagram, MESSAGES } from './left-data.js';
import type { StreamKind } from './multishot-stream.js';

/** A socket to receive messages from, datagrams above all. */
export interface MultishotReceiveMessage extends FileTarget {
  /** Where the messages go. A buffer holds one, with 144 bytes and `controlBytes` before its data. */
  readonly buffers: BufferRing;
  /** MSG_* bits; with MSG_TRUNC, `length` tells how long a message was that did not fit. */
  readonly flags?: MessageFlags | 0;
  /** Bytes of room for control messages. Default: none. */
  readonly controlBytes?: number;
  /** Have programs that the process executes inherit descriptors in control messages. Default false. */
  readonly inheritable?: boolean;
}

export const MESSAGE_ARGS = new Shape({
  fd: anything,
  buffers: instanceOf(BufferRing),
  flags: flagsOf(flags, 'MessageFlags'),
  inheritable: boolean,
  controlBytes: integer(0, 2 ** 31 - 1),
});

const START = ioUringRecvmsgOutLayout.byteLength + SOCKET_ADDRESS_BYTES;

/** A received message in a buffer of a {@link BufferRing}: the program's until it is released or copied. */
export class LeasedMessage implements Disposable {
  /** Who sent it, where the socket says so. */
  readonly from: SocketAddress | undefined;
  /** Control messages, each a `struct cmsghdr` with its data. */
  readonly control: Uint8Array;
  /** MSG_* bits, e.g. MSG_TRUNC and MSG_CTRUNC for what had no room. */
  readonly flags: number;
  /** Bytes of data as the kernel tells them: with MSG_TRUNC among the request's flags, those that had no room as well. */
  readonly length: number;
  #lease: Lease;
  readonly #start: number;

  /** @internal */
  constructor(lease: Lease, controlBytes: number) {
    const { bytes } = lease;
    const { namelen, controllen, payloadlen, flags } = readRecord(ioUringRecvmsgOutLayout, bytes);
    const nameAt = ioUringRecvmsgOutLayout.byteLength;
    const name = bytes.subarray(nameAt, nameAt + Math.min(namelen, SOCKET_ADDRESS_BYTES));
    this.from = decodeSocketAddress(Uint8Array.from(name));
    this.control = Uint8Array.from(bytes.subarray(START, START + Math.min(controllen, controlBytes)));
    this.flags = toldFlags(flags);
    this.length = payloadlen;
    this.#lease = lease;
    this.#start = START + controlBytes;
  }

  /** Whether it has been given back. */
  get released(): boolean {
    return this.#lease.released;
  }

  /** The data, where the kernel wrote it. Not to be used after {@link LeasedMessage.release}. */
  get bytes(): Buffer<ArrayBuffer> {
    return this.#lease.bytes.subarray(this.#start);
  }

  /** Has its data in memory of its own from now on. @internal */
  kept(): this {
    this.#lease = KeptLease.of(this.#lease);
    return this;
  }

  /** Nobody will ever take it, nor the descriptors that it brought. @internal */
  discard(): void {
    discardDescriptors(this.control);
    this.release();
  }

  /** Its data alone, of one that was kept: descriptors beside it are closed, as when nobody has room for them. @internal */
  data(): Lease {
    discardDescriptors(this.control);
    return this.rest(0);
  }

  /** The same after so many bytes, the descriptors left alone. @internal */
  rest(byteLength: number): Lease {
    return (this.#lease as KeptLease).after(this.#start + byteLength);
  }

  /** Data that came as such, from nobody. @internal */
  static of(lease: Lease): LeasedMessage {
    const memory = RingBuffer.allocate(START + lease.byteLength);
    writeRecord(ioUringRecvmsgOutLayout, memory.bytes, { payloadlen: lease.byteLength });
    memory.bytes.set(lease.bytes, START);
    lease.release();
    return new LeasedMessage(KeptLease.over(memory), 0);
  }

  /** Gives the buffer back to the kernel; more than once is harmless. */
  release(): void {
    this.#lease.release();
  }

  /** Copies the data into memory of its own, and gives the buffer back. */
  copy(): Buffer<ArrayBuffer> {
    const copy = Buffer.from(this.bytes);
    this.release();
    return copy;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function checkRoom({ bufferBytes, incremental }: BufferRing, controlBytes: number): void {
  const refuse = (message: string): never => {
    throw Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
  };
  if (!Number.isSafeInteger(controlBytes) || controlBytes < 0)
    refuse(`controlBytes must be a number of bytes; got ${controlBytes}`);
  if (incremental) refuse('messages need a buffer each: use a buffer ring that is not incremental');
  const before = START + controlBytes;
  if (bufferBytes <= before)
    refuse(`bufferBytes must exceed the ${before} bytes before a message's data; it is ${bufferBytes}`);
}

/** What it adds to the SQE's fields: how much room there shall be. */
interface MessageFields extends RawArgs {
  readonly controlBytes: number;
}

/** @param raw the operation whose completions the stream sees as they are */
export function receivedMessages(
  raw: AnyOperation,
  args: MultishotReceiveMessage,
): StreamKind<LeasedMessage> {
  const { buffers, flags = 0, controlBytes = 0, inheritable = false } = args;
  checkRoom(buffers, controlBytes);
  const target = buffers.select(args);
  let ended = false;
  /** On a stream the end comes as a message of nothing from nobody. */
  const isEnd = ({ length, from, control }: LeasedMessage): boolean =>
    length === 0 && from === undefined && control.byteLength === 0 && !isDatagram(args.fd);
  return {
    operation: {
      ...raw,
      ready: (pins: Pins, { controlBytes: room, ...fields }: MessageFields) => {
        const header = pins.scratch(MESSAGE_HEADER_BYTES);
        header.fill(messageRoom(SOCKET_ADDRESS_BYTES, room));
        return { ...raw.ready(pins, fields), addr: header };
      },
    },
    buffers,
    leaving: {
      fd: args.fd,
      sort: MESSAGES,
      other: { sort: DATA, as: LeasedMessage.of },
      ordered: true,
      keep: (message) => message.kept(),
    },
    needs: 'Linux 6.0, which multishot recvmsg needs',
    fields: (): MessageFields => ({
      opcode: IORING_OP_RECVMSG,
      ioprio: IORING_RECV_MULTISHOT,
      len: 1,
      msgFlags: inheritable ? flags : flags | MSG_CMSG_CLOEXEC,
      controlBytes,
      ...target,
    }),
    items: (res, cqeFlags) => {
      const messages = buffers.take(res, cqeFlags).map((lease) => new LeasedMessage(lease, controlBytes));
      const [last] = messages;
      ended = last !== undefined && isEnd(last);
      for (const { control } of messages) claimDescriptors(control);
      if (!ended) return messages;
      last?.release();
      return [];
    },
    handed: (message) => {
      handOverDescriptors(message.control);
      return message;
    },
    verdict: (res) => (res < 0 ? 'failed' : ended ? 'end' : 'again'),
    discard: (message) => message.discard(),
  };
}
