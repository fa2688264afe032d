/**
 * `ring.cancel` ends a stream whatever it is about: also one that pauses because its consumer is slow, which has cancelled
 * its operation itself, and one that waits for a buffer. What had arrived is still the consumer's.
 */
import { describe, expect, test } from 'vitest';
import { IORING_OP_RECV } from '../../generated/abi/constants.js';
import type { Ring } from '../../generated/index.js';
import { ENCODERS, openRing, turns } from '../support/rings.js';
import { closeAll, connected, expectWhole, numbered, until } from '../support/streams.js';

const ARRIVING = 12;

/** A stream with more on its way than it keeps, and what is taken of it until it ends. */
async function slowStream(ring: Ring) {
  const buffers = ring.bufferRing({ entries: 16, bufferBytes: 8 });
  const { near, far } = await connected(ring);
  const stream = ring.multishot.recv({ fd: near, buffers }, { highWaterMark: 4 });
  const first = stream.next();
  await ring.ops.send({ fd: far, buffer: Buffer.from(numbered(8 * ARRIVING)) });
  (await first).value!.release();
  const rest = async (): Promise<{ chunks: number; reason: unknown }> => {
    let chunks = 0;
    try {
      for await (const chunk of stream) {
        chunk.release();
        chunks += 1;
      }
    } catch (reason) {
      return { chunks, reason };
    }
    return { chunks, reason: undefined };
  };
  return { buffers, near, far, rest };
}

describe.each(ENCODERS)('cancelled streams, %s encoder', (encoder) => {
  test.each([
    ['descriptor', (near: number) => ({ fd: near })],
    ['opcode', () => ({ opcode: IORING_OP_RECV })],
    ['all', () => ({ all: true }) as const],
  ])('end as cancelled while they pause, by %s', async (_, target) => {
    const ring = openRing({ encoder });
    const { buffers, near, far, rest } = await slowStream(ring);
    await until(() => ring.statistics.inFlight === 0);
    const { leased } = buffers.statistics;
    expect(leased).toBeGreaterThanOrEqual(4);
    expect(leased).toBeLessThan(ARRIVING);
    await expect(ring.cancel(target(near))).resolves.toBe(1);
    await expect(rest()).resolves.toMatchObject({ chunks: leased, reason: { code: 'ECANCELED' } });
    expect(ring.statistics.inFlight).toBe(0);
    expectWhole(buffers);
    await closeAll(ring, near, far);
  });

  test.each([0, 1, 2, 3, 4, 5])('end as cancelled on their way into a pause, %i turns on', async (count) => {
    const ring = openRing({ encoder });
    const { buffers, near, far, rest } = await slowStream(ring);
    await turns(count);
    await ring.cancel({ all: true });
    await expect(rest()).resolves.toMatchObject({ reason: { code: 'ECANCELED' } });
    expect(ring.statistics.inFlight).toBe(0);
    expectWhole(buffers);
    await closeAll(ring, near, far);
  });

  test('end as cancelled while they wait for a buffer', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 8 });
    const { near, far } = await connected(ring);
    await ring.ops.send({ fd: far, buffer: Buffer.from(numbered(40)) });
    const stream = ring.multishot.recv({ fd: near, buffers });
    const leases = [(await stream.next()).value!, (await stream.next()).value!];
    const starving = stream.next();
    starving.catch(() => undefined);
    await until(() => ring.statistics.inFlight === 0);
    await expect(ring.cancel({ fd: near })).resolves.toBe(1);
    await expect(starving).rejects.toMatchObject({ code: 'ECANCELED' });
    for (const lease of leases) lease.release();
    await turns(3);
    expectWhole(buffers);
    await closeAll(ring, near, far);
  });

  test('are none of another target', async () => {
    const ring = openRing({ encoder });
    const { buffers, near, far, rest } = await slowStream(ring);
    await until(() => ring.statistics.inFlight === 0);
    await expect(ring.cancel({ fd: far })).resolves.toBe(0);
    await ring.ops.shutdown({ fd: far, how: 1 });
    await expect(rest()).resolves.toEqual({ chunks: ARRIVING - 1, reason: undefined });
    expectWhole(buffers);
    await closeAll(ring, near, far);
  });
});
