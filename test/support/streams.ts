/**
 * What the tests of streams share: listening sockets and pipes of the ring's own, and the check that no descriptor is lost.
 */
import { readdirSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import type { BufferRing, Lease, Ring } from '../../generated/index.js';
import { turns } from './rings.js';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const [SOL_SOCKET, SCM_RIGHTS] = [1, 1];
const MOST_TURNS = 1000;

/** Descriptors of this process, without the one that reads the folder. */
const descriptors = (): number => readdirSync('/proc/self/fd').length - 1;

/** Fails the test when it leaves more descriptors than it found. To be called first, so that it looks last. */
export function losesNoDescriptors(): void {
  const before = descriptors();
  onTestFinished(async () => {
    await until(() => descriptors() <= before);
    expect(descriptors()).toBeLessThanOrEqual(before);
  });
}

/** Lets the loop turn until something is so, or for so long that it never will be; what follows says which. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS && !holds(); turn += 1) {
    await turns(1);
    // An idle loop would turn a thousand times before the kernel has done anything.
    if (turn > MOST_TURNS / 2) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

let listeners = 0;

/** A listening socket made by the ring alone, and what connects to it. */
export async function listener(ring: Ring) {
  listeners += 1;
  const address = { path: `\0ringsmith-streams-${process.pid}-${listeners}` };
  const fd = await ring.ops.socket({ domain: AF_UNIX, type: SOCK_STREAM });
  await ring.ops.bind({ fd, address });
  await ring.ops.listen({ fd, backlog: 128 });
  const connect = async (): Promise<number> => {
    const client = await ring.ops.socket({ domain: AF_UNIX, type: SOCK_STREAM });
    await ring.ops.connect({ fd: client, address });
    return client;
  };
  return { fd, connect };
}

/** Two connected sockets that only the ring knows; both are closed when the ring is, or before. */
export async function connected(ring: Ring): Promise<{ readonly near: number; readonly far: number }> {
  const { fd, connect } = await listener(ring);
  const [near, far] = await Promise.all([ring.ops.accept({ fd }), connect()]);
  await ring.ops.close({ fd });
  return { near, far };
}

/** A `struct cmsghdr` that carries one descriptor. */
export function descriptorMessage(fd: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeBigUInt64LE(20n, 0);
  bytes.writeInt32LE(SOL_SOCKET, 8);
  bytes.writeInt32LE(SCM_RIGHTS, 12);
  bytes.writeInt32LE(fd, 16);
  return bytes;
}

export async function closeAll(ring: Ring, ...fds: readonly number[]): Promise<void> {
  await Promise.all(fds.map((fd) => ring.ops.close({ fd })));
}

/** Everything a stream of data brings, as text; each chunk goes back at once. */
export async function text(stream: AsyncIterable<Lease>): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += chunk.copy().toString('latin1');
  return all;
}

/** That a buffer ring has got everything back. */
export function expectWhole(buffers: BufferRing): void {
  const { entries } = buffers;
  expect(buffers.statistics).toEqual({ entries, available: entries, leased: 0 });
}

/** Bytes whose order shows: a running number every eight. */
export function numbered(byteLength: number): string {
  let all = '';
  for (let at = 0; at < byteLength; at += 8) all += String(at).padStart(8, '0');
  return all.slice(0, byteLength);
}
