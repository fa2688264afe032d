/**
 * Sorts of what streams leave, what bounds there are between pieces of it, and where it may go.
 */
import { OwnedDescriptor } from '../handles/owned-descriptor.js';
import { RingBuffer } from '../memory/memory.js';
import { native, StreamKind } from '../port/native.js';
import { Lease } from './lease.js';

export const DATA = 'data';
export const MESSAGES = 'messages';
export const DESCRIPTORS = 'descriptors';

/** The number of an ordinary descriptor or a handle; -1 where there is none. */
const numberOf = (fd: unknown): number =>
  fd instanceof OwnedDescriptor ? fd.fd : typeof fd === 'number' ? fd : -1;

/** Whether each thing received is one by itself, so that what does not fit is no part of the next. */
export const hasBoundaries = (fd: unknown): boolean =>
  native().streamKind(numberOf(fd)) >= StreamKind.Packets;

/** Whether nothing received means nothing at all, and not the end. */
export const isDatagram = (fd: unknown): boolean =>
  native().streamKind(numberOf(fd)) === StreamKind.Datagrams;

/** Where data may go that does not come from the kernel; undefined where it may not. */
export function roomOf(buffer: unknown): Uint8Array | undefined {
  if (buffer instanceof RingBuffer) return buffer instanceof Lease ? undefined : buffer.bytes;
  return buffer instanceof Uint8Array ? buffer : undefined;
}
