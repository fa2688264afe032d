/** Incremental buffers: small arrivals share one buffer, which goes back when it is full and none of them is leased. */
import { describe, expect, test } from 'vitest';
import type { Lease } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';
import { connected, expectWhole, numbered, text } from '../support/streams.js';

describe.each(ENCODERS)('incremental buffers, %s encoder', (encoder) => {
  test('hold many small arrivals each', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 100, incremental: true });
    const { near, far } = await connected(ring);
    const stream = ring.multishot.recv({ fd: near, buffers });
    const leases: Lease[] = [];
    for (let message = 0; message < 15; message += 1) {
      await ring.ops.send({ fd: far, buffer: Buffer.from(`message ${String(message).padStart(2, '0')}`) });
      leases.push((await stream.next()).value!);
    }
    // 150 bytes: one buffer is full, the other half so. Without sharing, two buffers would have held two messages.
    expect(buffers.statistics).toEqual({ entries: 2, available: 1, leased: 15 });
    expect(leases.map((lease) => lease.bytes.toString()).join('')).toBe(
      Array.from({ length: 15 }, (_, message) => `message ${String(message).padStart(2, '0')}`).join(''),
    );
    for (const lease of leases.slice(0, 9)) lease.release();
    expect(buffers.statistics).toMatchObject({ available: 1, leased: 6 });
    // The last one in the full buffer brings it back.
    leases[9]!.release();
    expect(buffers.statistics).toMatchObject({ available: 2, leased: 5 });
    for (const lease of leases) lease.release();
    await stream.return();
    expectWhole(buffers);
  });

  test('bring all data in order through chunks of any size', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 1000, incremental: true });
    const { near, farSocket } = await socketPair();
    const sent = numbered(100_000);
    (async () => {
      for (let at = 0, size = 1; at < sent.length; at += size, size = (size * 7 + 3) % 1500) {
        farSocket.write(sent.slice(at, at + size), 'latin1');
        await new Promise((resolve) => setImmediate(resolve));
      }
      farSocket.end();
    })();
    const got = await text(ring.multishot.recv({ fd: near, buffers }));
    expect(got === sent).toBe(true);
    expectWhole(buffers);
  });

  test('survive the end of one connection and serve the next from where they were', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 50, incremental: true });
    for (let round = 0; round < 20; round += 1) {
      const { near, far } = await connected(ring);
      await ring.ops.send({ fd: far, buffer: Buffer.from(`round ${round}`) });
      await ring.ops.shutdown({ fd: far, len: 1 });
      expect(await text(ring.multishot.recv({ fd: near, buffers }))).toBe(`round ${round}`);
      expectWhole(buffers);
    }
  });

  test('are refused for single reads, of which a file may take more than it fills', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 50, incremental: true });
    await expect(buffers.read({ fd: 0 })).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
  });
});
