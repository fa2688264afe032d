/**
 * Messages between rings, of this thread, another or another process: IORING_OP_MSG_RING. A message arrives as a
 * completion of the other ring, and wakes its event loop as any does.
 */

import { AsyncResource } from 'node:async_hooks';
import {
  IORING_FILE_INDEX_ALLOC,
  IORING_MSG_DATA,
  IORING_MSG_RING_FLAGS_PASS,
  IORING_MSG_SEND_FD,
  IORING_OP_MSG_RING,
} from '../../generated/abi/constants.js';
import { bits32, low } from '../arguments/fields.js';
import { wrongType } from '../arguments/known-names.js';
import { anything, instanceOf, integer, Shape } from '../arguments/options.js';
import { RingError } from '../errors.js';
import { keep, letGo } from '../operations/kept-rings.js';
import type { OperationOptions } from '../operations/operation.js';
import { messageOf, POSTED, postedData, postedUserData, type RingMessage } from '../operations/posted.js';
import { type RawArgs, rawOperation } from '../operations/raw-operation.js';
import { throwLater } from '../operations/throw-later.js';
import type { DescriptorTable } from './descriptor-table.js';
import { DirectDescriptor } from './direct-descriptor.js';
import type { ResourceHost } from './host.js';
import { callRegister } from './register.js';

const msgRing = rawOperation(IORING_OP_MSG_RING, 'msgRing', 'IORING_OP_MSG_RING');

/** A message to be sent. What is not given is 0. */
export interface OutgoingMessage {
  /** 64 bits. Those beyond 56 need Linux 6.3. */
  readonly data?: number | bigint;
  /** 32 bits. */
  readonly value?: number;
}

/** A direct descriptor to be sent (Linux 6.0); the other ring gets one of its own of the same file. */
export interface OutgoingDescriptor {
  readonly descriptor: DirectDescriptor;
  /** 56 bits. */
  readonly data?: number | bigint;
}

/** What a listener is given. */
export interface IncomingMessage extends RingMessage {
  /** The file that came with it, in this ring's table; it is the listener's to close. */
  readonly descriptor?: DirectDescriptor;
}

export type MessageListener = (message: IncomingMessage) => void;

/** How long a full receiver is given before a message is sent again. */
const AGAIN_MS = 1;

const DATA_BITS = 56n;

function dataBits(value: number | bigint): bigint {
  low(value, 'message: data');
  return BigInt.asUintN(64, BigInt(value));
}

const MESSAGE = new Shape({ data: anything, value: anything });
const DESCRIPTOR = new Shape({ descriptor: instanceOf(DirectDescriptor), data: anything });

/** @returns the descriptor of the ring that a message is for */
function descriptorOf(target: unknown): number {
  if (typeof target !== 'object' || target === null || !('fd' in target))
    throw wrongType('send: the target', 'a ring, or an object with its descriptor (fd)', target);
  integer(0, 2 ** 31 - 1)(target.fd, 'send: the fd of the target');
  return target.fd as number;
}

/** SQE fields of a message with data. */
function messageFields(fd: number, message: OutgoingMessage): RawArgs {
  MESSAGE.required(message, 'send: message');
  const data = dataBits(message.data ?? 0);
  const beyond = Number(data >> DATA_BITS);
  return {
    opcode: IORING_OP_MSG_RING,
    fd,
    addr: IORING_MSG_DATA,
    off: postedUserData(POSTED.message, data),
    len: bits32(message.value ?? 0, 'message: value'),
    ...(beyond === 0 ? {} : { msgRingFlags: IORING_MSG_RING_FLAGS_PASS, fileIndex: beyond << 16 }),
  };
}

/** SQE fields of a message with a descriptor, which the kernel puts into any free slot of the other ring's table. */
function descriptorFields(fd: number, message: OutgoingDescriptor, slot: number): RawArgs {
  const data = dataBits(message.data ?? 0);
  if (data >> DATA_BITS !== 0n) {
    throw Object.assign(new RangeError('message: data beside a descriptor has room for 56 bits'), {
      code: 'ERR_OUT_OF_RANGE',
    });
  }
  return {
    opcode: IORING_OP_MSG_RING,
    fd,
    addr: IORING_MSG_SEND_FD,
    addr3: slot,
    off: postedUserData(POSTED.descriptor, data),
    fileIndex: IORING_FILE_INDEX_ALLOC,
  };
}

/** Operations on a slot by other fields than `sqe->fd`: held as users all the same. */
const msgDescriptor = {
  ...msgRing,
  ready: (pins: Parameters<typeof msgRing.ready>[0], args: DescriptorArgs): RawArgs =>
    descriptorFields(args.target, args.message, pins.slot(args.message.descriptor, 'message: descriptor')),
};

interface DescriptorArgs {
  readonly target: number;
  readonly message: OutgoingDescriptor;
}

/** Sends data without a ring, at once or not at all (IORING_REGISTER_SEND_MSG_RING). */
export function sendAtOnce(target: { readonly fd: number }, message: OutgoingMessage): void {
  const argument = messageFields(descriptorOf(target), message);
  const keep = (): void => undefined;
  callRegister({ fd: -1, opcode: 'IORING_REGISTER_SEND_MSG_RING', argument, options: {}, keep });
}

export class Messages {
  readonly #host: ResourceHost;
  readonly #table: () => DescriptorTable | undefined;
  readonly #listeners = new Set<MessageListener>();

  /** @param table of the ring's direct descriptors */
  constructor(host: ResourceHost, table: () => DescriptorTable | undefined) {
    this.#host = host;
    this.#table = table;
  }

  async send(
    target: { readonly fd: number },
    message: OutgoingMessage | OutgoingDescriptor,
    options?: OperationOptions,
  ): Promise<void> {
    const { ring } = this.#host;
    const fd = descriptorOf(target);
    if (typeof message === 'object' && message !== null && 'descriptor' in message) {
      DESCRIPTOR.check(message, 'send: message');
      await ring.start(msgDescriptor, { target: fd, message }, options);
      return;
    }
    const fields = messageFields(fd, message);
    for (;;) {
      try {
        await ring.start(msgRing, fields, options);
        return;
      } catch (error) {
        if (!(error instanceof RingError) || error.code !== 'EOVERFLOW') throw error;
        // The receiver's queue is full, and the kernel has no memory to put the message behind it.
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  /** @returns what ends the listening */
  listen(listener: MessageListener, keepAlive: boolean): () => void {
    this.#host.ring.check();
    const bound = AsyncResource.bind(listener, 'RingMessages');
    this.#listeners.add(bound);
    // Others find the ring by its number, and this is where they reach the program.
    keep(this);
    if (keepAlive) this.#host.hold();
    return () => {
      if (this.#listeners.delete(bound) && keepAlive) this.#host.unhold();
      if (this.#listeners.size === 0) letGo(this);
    };
  }

  /** The ring is closed: nothing arrives any more. */
  close(): void {
    letGo(this);
  }

  /** Takes a completion that another ring's message is; false when it is none, or nobody listens. */
  take(ints: Int32Array, at: number): boolean {
    const [userLow, userHigh] = [ints[at]!, ints[at + 1]!];
    const kind = userHigh >>> 24;
    if (kind !== POSTED.message && kind !== POSTED.descriptor) return false;
    const res = ints[at + 2]!;
    const message: IncomingMessage =
      messageOf(userLow, userHigh, res, ints[at + 3]!) ??
      this.#withDescriptor(postedData(userLow, userHigh), res);
    for (const listener of [...this.#listeners]) this.#deliver(listener, message);
    if (this.#listeners.size > 0) return true;
    void message.descriptor?.close();
    return false;
  }

  #withDescriptor(data: bigint, slot: number): IncomingMessage {
    const table = this.#table();
    // Without a table nothing was put anywhere: somebody only made a message look like that.
    const fits = table?.usable === true && slot >= 0 && slot < table.size && !table.holds(slot);
    if (table === undefined || !fits) return { data, value: slot };
    return { data, value: 0, descriptor: table.adopt(slot) };
  }

  #deliver(listener: MessageListener, message: IncomingMessage): void {
    try {
      listener(message);
    } catch (error) {
      throwLater(error);
    }
  }
}
