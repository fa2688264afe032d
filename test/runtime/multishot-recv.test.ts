/** Multishot recv: every byte in order, in leases that are the program's until given back, and no more than it can take. */
import { describe, expect, test } from 'vitest';
import type { Lease } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';
import { connected, expectWhole, losesNoDescriptors, numbered, text, until } from '../support/streams.js';

describe.each(ENCODERS)('multishot recv, %s encoder', (encoder) => {
  test('brings all data in order, and ends when the other side does', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 512 });
    const { near, farSocket } = await socketPair();
    const sent = numbered(300_000);
    farSocket.end(sent, 'latin1');
    const got = await text(ring.multishot.recv({ fd: near, buffers }));
    expect(got === sent).toBe(true);
    expectWhole(buffers);
    await buffers.close();
  });

  test('a lease stays as it is while others come and go', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 64 });
    const { near, far } = await connected(ring);
    const stream = ring.multishot.recv({ fd: near, buffers });
    const send = (what: string) => ring.ops.send({ fd: far, buffer: Buffer.from(what) });
    await send('kept');
    const kept = (await stream.next()).value!;
    for (let round = 0; round < 40; round += 1) {
      await send(`round ${round}`);
      using chunk = (await stream.next()).value!;
      expect(chunk.bytes.toString()).toBe(`round ${round}`);
      expect(kept.bytes.toString()).toBe('kept');
    }
    expect(buffers.statistics).toEqual({ entries: 4, available: 3, leased: 1 });
    kept.release();
    kept.release();
    expect(kept.released).toBe(true);
    expect(() => kept.bytes).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
    expectWhole(buffers);
    await stream.return();
  });

  test('a slow consumer stops the operation before the buffers are used up, and loses nothing', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 64, bufferBytes: 256 });
    const { near, farSocket } = await socketPair();
    const sent = numbered(200_000);
    const stream = ring.multishot.recv({ fd: near, buffers }, { highWaterMark: 4 });
    const first = stream.next();
    farSocket.end(sent, 'latin1');
    let got = (await first).value!.copy().toString('latin1');
    // The kernel may fill all buffers before it hears of the cancellation; what counts is that it then hears of it.
    await until(() => ring.statistics.inFlight === 0);
    expect(ring.statistics.inFlight).toBe(0);
    expect(buffers.statistics.leased).toBeGreaterThanOrEqual(4);
    got += await text(stream);
    expect(got === sent).toBe(true);
    expectWhole(buffers);
  });

  test('several next() at once are served in order', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 1 });
    const { near, far } = await connected(ring);
    const stream = ring.multishot.recv({ fd: near, buffers });
    const asked = Array.from({ length: 5 }, () => stream.next());
    await ring.ops.send({ fd: far, buffer: Buffer.from('abcde') });
    const leases = (await Promise.all(asked)).map(({ value }) => value as Lease);
    expect(leases.map((lease) => lease.copy().toString()).join('')).toBe('abcde');
    const unanswered = [stream.next(), stream.next()];
    await stream.return();
    expect(await Promise.all(unanswered)).toEqual([
      { value: undefined, done: true },
      { value: undefined, done: true },
    ]);
    expectWhole(buffers);
  });

  test('bytes that were transferred away cost the program its view, and the stream nothing', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 64 });
    const { near, far } = await connected(ring);
    const stream = ring.multishot.recv({ fd: near, buffers });
    for (let round = 0; round < 10; round += 1) {
      await ring.ops.send({ fd: far, buffer: Buffer.from(`round ${round}`) });
      const chunk = (await stream.next()).value!;
      const { buffer } = chunk.bytes;
      expect(chunk.bytes.toString()).toBe(`round ${round}`);
      // Node 20 clones such memory without a word; later ones detach it.
      structuredClone(buffer, { transfer: [buffer] });
      chunk.release();
    }
    await stream.return();
    expectWhole(buffers);
  });
});
