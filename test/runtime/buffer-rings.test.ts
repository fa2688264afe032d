/** Buffer rings by themselves: groups of their own, refusals, and leases that outlive what they came from. */
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing } from '../support/rings.js';
import { connected, expectWhole } from '../support/streams.js';

describe.each(ENCODERS)('buffer rings, %s encoder', (encoder) => {
  test('have groups of their own, which are free again afterwards', async () => {
    const ring = openRing({ encoder });
    const rings = Array.from({ length: 20 }, () => ring.bufferRing({ entries: 2, bufferBytes: 16 }));
    const groups = rings.map(({ group }) => group);
    expect(new Set(groups).size).toBe(20);
    await rings[7]!.close();
    await rings[7]!.close();
    expect(ring.bufferRing({ entries: 2, bufferBytes: 16 }).group).toBe(groups[7]);
  });

  test('serve single receives, with a limit, a timeout and a signal', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 16 });
    const { near, far } = await connected(ring);
    await ring.ops.send({ fd: far, buffer: Buffer.from('hello, world') });
    {
      using some = await buffers.recv({ fd: near, max: 5 });
      expect(some.bytes.toString()).toBe('hello');
      using rest = await buffers.recv({ fd: near });
      expect(rest.bytes.toString()).toBe(', world');
      expect(buffers.statistics).toEqual({ entries: 2, available: 0, leased: 2 });
    }
    expectWhole(buffers);
    await expect(buffers.recv({ fd: near }, { timeout: 1 })).rejects.toMatchObject({ code: 'ETIME' });
    const controller = new AbortController();
    const aborted = buffers.recv({ fd: near }, { signal: controller.signal });
    // It may succeed before the cancellation reaches it; its buffer comes back either way.
    const sending = ring.ops.send({ fd: far, buffer: Buffer.from('late') });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    await sending;
    expectWhole(buffers);
    await ring.ops.shutdown({ fd: far, len: 1 });
  });

  test('are used round and round, past the end of every counter', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 8 });
    const { near, far } = await connected(ring);
    // The ring's tail has 16 bits.
    const stream = ring.multishot.recv({ fd: near, buffers });
    const data = ring.alloc(64);
    for (let round = 0; round < 9000; round += 1) {
      data.bytes.writeUInt32LE(round, 60);
      await ring.ops.send({ fd: far, buffer: data });
      let last = 0;
      for (let left = 64; left > 0; ) {
        using chunk = (await stream.next()).value!;
        left -= chunk.byteLength;
        if (left === 0) last = chunk.bytes.readUInt32LE(chunk.byteLength - 4);
      }
      expect(last).toBe(round);
    }
    await stream.return();
    expectWhole(buffers);
  });

  test('leave leases valid when they close', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await connected(ring);
    await using buffers = ring.bufferRing({ entries: 2, bufferBytes: 16 });
    await ring.ops.send({ fd: far, buffer: Buffer.from('kept') });
    const kept = await buffers.recv({ fd: near });
    await buffers.close();
    await ring.ops.send({ fd: far, buffer: Buffer.from('other') });
    await ring.ops.recv({ fd: near, buffer: Buffer.alloc(16) });
    expect(kept.bytes.toString()).toBe('kept');
    kept.release();
    await ring.close();
    expect(() => ring.bufferRing({ entries: 2, bufferBytes: 16 })).toThrow(
      expect.objectContaining({ code: 'ERR_RING_CLOSED' }),
    );
  });

  test('of no possible size are refused', () => {
    const ring = openRing({ encoder });
    for (const entries of [0, 3, -1, 65536, 1.5]) {
      expect(() => ring.bufferRing({ entries, bufferBytes: 16 })).toThrow('entries must be a power of two');
    }
    for (const bufferBytes of [0, -1, 2 ** 31, 0.5]) {
      expect(() => ring.bufferRing({ entries: 2, bufferBytes })).toThrow('bufferBytes must be');
    }
  });
});
