/**
 * Single operations that are served from what a stream has left: data before what the kernel has, and connections.
 */
import {
  IORING_ACCEPT_MULTISHOT,
  IORING_OP_ACCEPT,
  IORING_OP_READ,
  IORING_OP_READV,
  IORING_OP_RECV,
  IORING_OP_RECVMSG,
  IORING_RECV_MULTISHOT,
  MSG_CMSG_CLOEXEC,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_WAITALL,
} from '../../generated/abi/constants.js';
import type { RingBuffer } from '../memory/memory.js';
import type { AnyOperation } from '../operations/operation.js';
import { claim, handOver } from '../operations/unclaimed.js';
import type { KeptLease } from './kept-lease.js';
import type { LeasedMessage } from './leased-message.js';
import { messageFrom } from './left-messages.js';
import { DATA, DESCRIPTORS, hasBoundaries, MESSAGES, roomOf } from './left-sorts.js';
import type { Leftovers } from './leftovers.js';

/** A descriptor that no consumer has yet is closed with its environment, such as a worker thread. */
export const keepDescriptor = (fd: number): number => {
  claim(fd);
  return fd;
};
export const giveDescriptor = (fd: number): number => {
  handOver(fd);
  return fd;
};

export { DATA, DESCRIPTORS, hasBoundaries, isDatagram, MESSAGES } from './left-sorts.js';

interface Args {
  readonly fd?: unknown;
  readonly buffer?: unknown;
  readonly buffers?: unknown;
  readonly bufGroup?: unknown;
  readonly flags?: number;
  readonly ioprio?: number;
  readonly offset?: number | bigint;
  readonly peer?: unknown;
  readonly fileSlot?: unknown;
}

const KNOWN_FLAGS = MSG_CMSG_CLOEXEC | MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK | MSG_WAITALL;

function rooms(opcode: number, args: Args): readonly Uint8Array[] | undefined {
  const list = opcode === IORING_OP_READV ? args.buffers : [args.buffer];
  if (!Array.isArray(list) || args.bufGroup !== undefined) return undefined;
  const found = list.map(roomOf);
  return found.every((room) => room !== undefined) ? (found as Uint8Array[]) : undefined;
}

/** The same for who leaves it where it is. */
const peeked = (left: Leftovers, fd: unknown): { readonly bytes: Uint8Array } | undefined =>
  left.first<KeptLease>(fd, DATA) ?? left.first<LeasedMessage>(fd, MESSAGES);

/** The oldest data of a file: what came as a message is data from now on. */
export function firstData(left: Leftovers, fd: unknown): KeptLease | undefined {
  const data = left.first<KeptLease>(fd, DATA);
  const message = data === undefined ? left.first<LeasedMessage>(fd, MESSAGES) : undefined;
  if (message === undefined) return data;
  left.shift(fd, MESSAGES);
  left.keep({ fd, sort: DATA }, message.data(), (lease) => lease.release());
  return left.first<KeptLease>(fd, DATA);
}

/** Fills memory with what is left of a file. @returns how many bytes that were */
function fill(left: Leftovers, fd: unknown, into: readonly Uint8Array[], peek: boolean): number {
  const one = hasBoundaries(fd);
  let total = 0;
  for (const room of into) {
    let at = 0;
    while (at < room.byteLength) {
      const lease = peek ? peeked(left, fd) : firstData(left, fd);
      if (lease === undefined) return total;
      const taken = lease.bytes.subarray(0, room.byteLength - at);
      room.set(taken, at);
      at += taken.byteLength;
      total += taken.byteLength;
      if (!peek) {
        const more = taken.byteLength < lease.bytes.byteLength && !one;
        left.shift(fd, DATA, more ? (lease as KeptLease).after(taken.byteLength) : undefined);
      }
      if (peek || one) return total;
    }
  }
  return total;
}

function isAsked(operation: AnyOperation, { offset = -1, flags = 0, ioprio = 0 }: Args): boolean {
  switch (operation.opcode) {
    case IORING_OP_READ:
    case IORING_OP_READV:
      return offset === -1 || offset === -1n;
    case IORING_OP_RECV:
      return (flags & ~KNOWN_FLAGS) === 0 && (ioprio & IORING_RECV_MULTISHOT) === 0;
    case IORING_OP_RECVMSG:
      return (ioprio & IORING_RECV_MULTISHOT) === 0;
    case IORING_OP_ACCEPT:
      return (ioprio & IORING_ACCEPT_MULTISHOT) === 0;
    default:
      return false;
  }
}

/**
 * What an operation gets of what is left, instead of asking the kernel; undefined when there is nothing for it.
 * @param again starts the operation for the rest, where it wants all it has room for
 */
export function served(
  left: Leftovers,
  operation: AnyOperation,
  args: Args,
  again: (args: object) => Promise<unknown>,
): Promise<unknown> | undefined {
  if (!isAsked(operation, args)) return undefined;
  const { fd, flags = 0, buffer } = args;
  if (operation.opcode === IORING_OP_RECVMSG) {
    const message = messageFrom(left, operation, args);
    return message === undefined ? undefined : Promise.resolve(message);
  }
  if (operation.opcode === IORING_OP_ACCEPT) {
    const accepted = left.first<number>(fd, DESCRIPTORS);
    if (accepted === undefined || args.peer !== undefined || args.fileSlot !== undefined) return undefined;
    left.shift(fd, DESCRIPTORS);
    return Promise.resolve(giveDescriptor(accepted));
  }
  const into = peeked(left, fd) === undefined ? undefined : rooms(operation.opcode, args);
  if (into === undefined) return undefined;
  operation.checkArgs?.(args);
  const isReceive = operation.opcode === IORING_OP_RECV;
  const count = fill(left, fd, into, isReceive && (flags & MSG_PEEK) !== 0);
  if (
    isReceive &&
    (flags & MSG_WAITALL) !== 0 &&
    !hasBoundaries(fd) &&
    count < into[0]!.byteLength &&
    (flags & MSG_PEEK) === 0
  ) {
    const rest = (buffer as RingBuffer | Uint8Array).subarray(count);
    return again({ ...args, buffer: rest }).then(
      (more) => count + (more as number),
      // What arrived is told; the next receive tells what is wrong.
      () => count,
    );
  }
  return Promise.resolve(count);
}
