/**
 * Single receives of messages that are served from what a stream has left: with sender, control messages and descriptors
 * as the kernel would have told them.
 */
import {
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
} from '../../generated/abi/constants.js';
import type { MessageTarget, ReceivedMessage } from '../arguments/message.js';
import type { AnyOperation } from '../operations/operation.js';
import { controlParts, discardDescriptors, handOverDescriptors } from '../operations/passed-descriptors.js';
import type { KeptLease } from './kept-lease.js';
import type { LeasedMessage } from './leased-message.js';
import { DATA, hasBoundaries, MESSAGES, roomOf } from './left-sorts.js';
import type { Leftovers } from './leftovers.js';

interface Args {
  readonly fd?: unknown;
  readonly message?: MessageTarget;
  readonly flags?: number;
  readonly bufGroup?: unknown;
}

const KNOWN_FLAGS = MSG_CMSG_CLOEXEC | MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK | MSG_TRUNC | MSG_WAITALL;

/** Where the data goes; undefined where only the kernel may put it. */
function roomsOf({ message, flags = 0, bufGroup }: Args): readonly Uint8Array[] | undefined {
  if (typeof message !== 'object' || message === null || bufGroup !== undefined) return undefined;
  if ((flags & ~KNOWN_FLAGS) !== 0) return undefined;
  const { buffers = [], controlBytes = 0, ...more } = message;
  if (Object.keys(more).length > 0 || !Number.isSafeInteger(controlBytes)) return undefined;
  const rooms = (Array.isArray(buffers) ? buffers : [buffers]).map(roomOf);
  return rooms.every((room) => room !== undefined) ? (rooms as Uint8Array[]) : undefined;
}

/** Copies as much as there is room for. @returns how many bytes */
function scatter(data: Uint8Array, rooms: readonly Uint8Array[]): number {
  let at = 0;
  for (const room of rooms) {
    const part = data.subarray(at, at + room.byteLength);
    room.set(part);
    at += part.byteLength;
  }
  return at;
}

/**
 * The control messages that fit, whole ones; what has no room is gone, its descriptors closed.
 * @param peek they stay, and descriptors with them
 */
function controlFor(
  control: Uint8Array,
  room: number,
  peek: boolean,
): Pick<ReceivedMessage, 'control' | 'flags'> {
  const taken: Uint8Array[] = [];
  let left = room;
  let lost = 0;
  for (const { bytes, descriptors } of controlParts(control)) {
    const fits = lost === 0 && bytes.byteLength <= left && !(peek && descriptors.length > 0);
    if (fits) {
      taken.push(bytes);
      left -= bytes.byteLength;
      if (!peek) handOverDescriptors(bytes);
    } else {
      lost = MSG_CTRUNC;
      if (!peek) discardDescriptors(bytes);
    }
  }
  return { control: Uint8Array.from(Buffer.concat(taken)), flags: lost };
}

/** The message that a receive gets of what is left; undefined when there is none for it. */
export function messageFrom(
  left: Leftovers,
  operation: AnyOperation,
  args: Args,
): ReceivedMessage | undefined {
  const { fd, flags = 0 } = args;
  const lease = left.first<KeptLease>(fd, DATA);
  const message = lease === undefined ? left.first<LeasedMessage>(fd, MESSAGES) : undefined;
  const data = lease?.bytes ?? message?.bytes;
  const rooms = data === undefined ? undefined : roomsOf(args);
  if (data === undefined || rooms === undefined) return undefined;
  operation.checkArgs?.(args);
  const count = scatter(data, rooms);
  const peek = (flags & MSG_PEEK) !== 0;
  const short = count < data.byteLength;
  const cut = short && hasBoundaries(fd);
  const { control, flags: lost } = controlFor(
    message?.control ?? new Uint8Array(),
    args.message!.controlBytes ?? 0,
    peek,
  );
  if (!peek) {
    const rest = short && !cut ? (lease?.after(count) ?? message!.rest(count)) : undefined;
    if (message === undefined) left.shift(fd, DATA, rest);
    else {
      left.shift(fd, MESSAGES);
      if (rest !== undefined) left.keep({ fd, sort: DATA }, rest, (unwanted) => unwanted.release());
    }
  }
  const whole = cut && (flags & MSG_TRUNC) !== 0 ? (message?.length ?? data.byteLength) : count;
  return {
    bytes: whole,
    ...(message?.from === undefined ? {} : { from: message.from }),
    control,
    flags: ((message?.flags ?? 0) | lost | (cut ? MSG_TRUNC : 0)) >>> 0,
  };
}
