/** A multishot operation that the kernel ends for want of room in the completion queue goes on, and loses nothing. */
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing } from '../support/rings.js';
import {
  closeAll,
  connected,
  expectWhole,
  listener,
  losesNoDescriptors,
  numbered,
} from '../support/streams.js';

describe.each(ENCODERS)('a completion queue of eight, %s encoder', (encoder) => {
  test('is too small for a hundred connections at once, and all are accepted', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder, entries: 4, cqEntries: 8 });
    const { fd, connect } = await listener(ring);
    const made = await Promise.all(Array.from({ length: 100 }, connect));
    const before = ring.statistics.overflows;
    const accepted: number[] = [];
    for await (const client of ring.multishot.accept({ fd }, { highWaterMark: 1000 })) {
      accepted.push(client);
      if (accepted.length === 100) break;
    }
    expect(new Set(accepted).size).toBe(100);
    expect(ring.statistics.overflows).toBeGreaterThan(before);
    await closeAll(ring, fd, ...made, ...accepted);
  });

  test('is too small for a hundred chunks at once, and all are received in order', async () => {
    const ring = openRing({ encoder, entries: 4, cqEntries: 8 });
    const buffers = ring.bufferRing({ entries: 128, bufferBytes: 8 });
    const { near, far } = await connected(ring);
    const sent = numbered(800);
    await ring.ops.send({ fd: far, buffer: Buffer.from(sent, 'latin1') });
    const before = ring.statistics.overflows;
    let got = '';
    for await (const chunk of ring.multishot.recv({ fd: near, buffers }, { highWaterMark: 1000 })) {
      got += chunk.copy().toString('latin1');
      if (got.length === sent.length) break;
    }
    expect(got).toBe(sent);
    expect(ring.statistics.overflows).toBeGreaterThan(before);
    expectWhole(buffers);
  });

  test('is too small for a clock that nobody looks at, and no expiration is forgotten', async () => {
    const ring = openRing({ encoder, entries: 4, cqEntries: 8 });
    let expired = 0;
    for await (const times of ring.multishot.timeout({ every: 0.2, count: 200 })) {
      expired += times;
      const started = process.hrtime.bigint();
      while (process.hrtime.bigint() - started < 5_000_000n);
    }
    expect(expired).toBe(200);
  });
});
