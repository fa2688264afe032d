/** Multishot accept: one submission accepts every connection; a slow consumer loses none, and none is left open. */
import { fstatSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Ring } from '../../generated/index.js';
import { ENCODERS, openRing, turns } from '../support/rings.js';
import { closeAll, listener, losesNoDescriptors, until } from '../support/streams.js';

const isSocket = (fd: number): boolean => fstatSync(fd).isSocket();

async function clients(connect: () => Promise<number>, count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, connect));
}

/** How the other side sees a connection that was accepted and closed. */
const seenByPeer = (ring: Ring, client: number): Promise<unknown> =>
  ring.ops
    .recv({ fd: client, buffer: Buffer.alloc(1) })
    .catch((error: unknown) => (error as { code: string }).code);

describe.each(ENCODERS)('multishot accept, %s encoder', (encoder) => {
  test('tells of connections as they come, with one operation in flight', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const { fd, connect } = await listener(ring);
    const stream = ring.multishot.accept({ fd });
    const accepted: number[] = [];
    const made: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const next = stream.next();
      made.push(await connect());
      const { value } = await next;
      accepted.push(value!);
      expect(ring.statistics.inFlight).toBe(1);
    }
    expect(accepted.every(isSocket)).toBe(true);
    expect(new Set(accepted).size).toBe(20);
    await ring.ops.send({ fd: made[7]!, buffer: Buffer.from('seven') });
    const buffer = Buffer.alloc(5);
    await ring.ops.recv({ fd: accepted[7]!, buffer });
    expect(buffer.toString()).toBe('seven');
    await stream.return();
    expect(ring.statistics.inFlight).toBe(0);
    await closeAll(ring, fd, ...made, ...accepted);
  });

  test('stops when nobody takes connections, and goes on when somebody does', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const { fd, connect } = await listener(ring);
    const stream = ring.multishot.accept({ fd }, { highWaterMark: 4 });
    const first = stream.next();
    const made = await clients(connect, 5);
    const accepted = [(await first).value!];
    await until(() => ring.statistics.inFlight === 0);
    expect(ring.statistics.inFlight).toBe(0);
    made.push(...(await clients(connect, 25)));
    expect(ring.statistics.inFlight).toBe(0);
    while (accepted.length < 30) accepted.push((await stream.next()).value!);
    expect(new Set(accepted).size).toBe(30);
    await stream.return();
    await closeAll(ring, fd, ...made, ...accepted);
  });

  test('closes what arrived and was not taken', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const { fd, connect } = await listener(ring);
    const made = await clients(connect, 10);
    for await (const taken of ring.multishot.accept({ fd }, { highWaterMark: 64 })) {
      await turns(3);
      await ring.ops.close({ fd: taken });
      break;
    }
    // Those that were accepted see the end; the backlog's others go with the listening socket.
    await ring.ops.close({ fd });
    const seen = await Promise.all(made.map((client) => seenByPeer(ring, client)));
    expect(seen.filter((what) => what !== 0 && what !== 'ECONNRESET')).toEqual([]);
    await closeAll(ring, ...made);
  });

  test('fails with the error of the kernel, after what came before it', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const { fd, connect } = await listener(ring);
    const client = await connect();
    await expect(ring.multishot.accept({ fd: client }).next()).rejects.toMatchObject({
      code: 'EINVAL',
      op: 'IORING_OP_ACCEPT',
      message: expect.stringContaining('Linux 5.19'),
    });
    await expect(ring.multishot.accept({ fd: 1 << 30 }).next()).rejects.toMatchObject({ code: 'EBADF' });
    await closeAll(ring, fd, client);
  });
});
