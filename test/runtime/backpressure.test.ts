/** More operations than the queues have room for: none is lost, none overtakes, and idle ones keep nothing from running. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

const QUEUES = { entries: 8, cqEntries: 16 };

describe.each(ENCODERS)('backpressure, %s encoder', (encoder) => {
  test('20,000 operations started at once on a ring of 8 and 16 all settle', async () => {
    const ring = openRing({ encoder, ...QUEUES });
    expect(ring.statistics).toMatchObject({ entries: 8, capacity: Number.POSITIVE_INFINITY });
    const path = join(temporaryFolder(), 'file');
    const data = Buffer.alloc(4096);
    for (let at = 0; at < data.length; at += 1) data[at] = at % 251;
    writeFileSync(path, data);
    const fd = openSync(path, 'r');
    const reads = Array.from({ length: 20_000 }, async (_, index) => {
      const buffer = Buffer.alloc(1);
      expect(await ring.ops.read({ fd, buffer, offset: index % 4096 })).toBe(1);
      return buffer[0];
    });
    expect(ring.pending).toBe(20_000);
    const values = await Promise.all(reads);
    expect(values.every((value, index) => value === (index % 4096) % 251)).toBe(true);
    expect(ring.statistics.overflows).toBeGreaterThan(0);
    expect(ring.statistics.staleCompletions).toBe(0);
    closeSync(fd);
  });

  test('operations that wait are started in the order of the calls', async () => {
    const ring = openRing({ encoder, ...QUEUES });
    const settled: number[] = [];
    await Promise.all(
      Array.from({ length: 500 }, (_, index) => ring.ops.nop().then(() => settled.push(index))),
    );
    expect(settled).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });

  test('what arrives while others wait does not overtake them', async () => {
    const ring = openRing({ encoder, entries: 2, cqEntries: 4 });
    const order: string[] = [];
    const early = Array.from({ length: 20 }, (_, index) =>
      ring.ops.nop().then(() => {
        order.push(`early ${index}`);
        return ring.ops.nop().then(() => order.push(`late ${index}`));
      }),
    );
    await Promise.all(early);
    const places = order
      .filter((entry) => entry.startsWith('late'))
      .map((entry) => Number(entry.split(' ')[1]));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('a full submission queue is flushed by itself, without a turn of the loop', () => {
    const ring = openRing({ encoder, entries: 4, cqEntries: 64 });
    for (let count = 0; count < 40; count += 1) void ring.ops.nop();
    // 40 operations through 4 entries: at least nine flushes happened right here.
    expect(ring.statistics.enters).toBeGreaterThanOrEqual(9);
    expect(ring.statistics).toMatchObject({ inFlight: 40, waiting: 0 });
  });

  test('ten thousand idle receives leave room for a nop, an open and a close', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const receives = Array.from({ length: 10_000 }, () =>
      ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) }),
    );
    await expect(ring.ops.nop()).resolves.toBe(0);
    const file = await ring.open('/dev/null');
    await file.close();
    expect(ring.statistics).toMatchObject({ inFlight: 10_000, waiting: 0 });
    // All of them are there still, and end in any number at once: more than the completion queue holds.
    await ring.ops.send({ fd: far, buffer: Buffer.alloc(10_000), flags: 0x100 });
    expect(await Promise.all(receives)).toEqual(receives.map(() => 1));
    expect(ring.statistics.staleCompletions).toBe(0);
  });
});
