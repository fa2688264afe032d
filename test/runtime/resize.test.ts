/** Queues are resized under operations in flight: none is lost, more fit afterwards, and a refusal changes nothing. */
import { describe, expect, test } from 'vitest';
import type { Ring } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair, turns } from '../support/rings.js';

const lacks = (ring: Ring): boolean => ring.supports('IORING_REGISTER_RESIZE_RINGS') === false;

describe.each(ENCODERS)('resize, %s encoder', (encoder) => {
  test('keeps what is in flight, in either direction and often', async (context) => {
    const ring = openRing({ encoder, taskWork: 'deferred', entries: 8, cqEntries: 16 });
    if (lacks(ring)) return context.skip('the kernel has no IORING_REGISTER_RESIZE_RINGS');
    const { near, far } = await socketPair();
    const buffer = Buffer.alloc(4);
    for (const entries of [64, 4, 1024, 8, 8, 256]) {
      const receiving = ring.ops.recv({ fd: near, buffer });
      const nops = Array.from({ length: 500 }, () => ring.ops.nop());
      await ring.resize({ entries });
      expect(ring.features).toMatchObject({ entries, cqEntries: entries * 4 });
      expect(await Promise.all(nops)).toEqual(nops.map(() => 0));
      await ring.ops.send({ fd: far, buffer: Buffer.from('ping') });
      await expect(receiving).resolves.toBe(4);
    }
  });

  test('happens by itself when completions overflow the queue', async (context) => {
    const ring = openRing({ encoder, taskWork: 'deferred', entries: 2, cqEntries: 4 });
    if (lacks(ring)) return context.skip('the kernel has no IORING_REGISTER_RESIZE_RINGS');
    const values = await Promise.all(Array.from({ length: 200 }, () => ring.ops.nop()));
    expect(values).toEqual(values.map(() => 0));
    await turns(3);
    expect(ring.statistics.overflows).toBeGreaterThan(0);
    expect(ring.features.cqEntries).toBeGreaterThan(4);
    expect(ring.features.entries).toBe(2);
    await expect(ring.ops.nop()).resolves.toBe(0);
  });

  test('is called from anywhere without upsetting a reap', async (context) => {
    const ring = openRing({ encoder, taskWork: 'deferred', entries: 16 });
    if (lacks(ring)) return context.skip('the kernel has no IORING_REGISTER_RESIZE_RINGS');
    const sender = openRing({ encoder });
    const seen: number[] = [];
    const resizing: Promise<void>[] = [];
    ring.onMessage(({ value }) => {
      seen.push(value);
      resizing.push(ring.resize({ entries: 16 << (value % 3), cqEntries: 1024 }));
    });
    await Promise.all(Array.from({ length: 200 }, (_, value) => sender.send(ring, { value })));
    while (seen.length < 200) await ring.ops.nop();
    await Promise.all(resizing);
    expect(seen).toEqual(Array.from({ length: 200 }, (_, value) => value));
  });
});

describe('a refusal', () => {
  test('says what is wrong, and leaves the ring as it is', async () => {
    const ring = openRing();
    await expect(ring.resize({ entries: 64 })).rejects.toMatchObject({
      code: 'ERR_RING_UNSUPPORTED',
      message: expect.stringContaining("taskWork: 'deferred'"),
    });
    const own = openRing({ taskWork: 'deferred', queueMemory: 'own' });
    await expect(own.resize({ entries: 64 })).rejects.toMatchObject({ code: 'ERR_RING_UNSUPPORTED' });
    await expect(ring.resize({ entries: 0 })).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    await expect(ring.ops.nop()).resolves.toBe(0);
  });
});
