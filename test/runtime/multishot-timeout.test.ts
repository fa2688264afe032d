/** Multishot timeouts (Linux 6.4): a clock as an iterable that counts what nobody waited for. */
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing } from '../support/rings.js';

describe.each(ENCODERS)('multishot timeout, %s encoder', (encoder) => {
  test('expires as often as it was told to, and ends', async () => {
    const ring = openRing({ encoder });
    let expired = 0;
    for await (const times of ring.multishot.timeout({ every: 1, count: 25 })) expired += times;
    expect(expired).toBe(25);
    expect(ring.statistics).toMatchObject({ inFlight: 0, scratchInUse: 0 });
  });

  test('goes on for ever otherwise, as one operation, until the consumer has enough', async () => {
    const ring = openRing({ encoder });
    let expired = 0;
    for await (const times of ring.multishot.timeout({ every: { seconds: 0, nanoseconds: 500_000 } })) {
      expired += times;
      expect(ring.statistics.inFlight).toBe(1);
      if (expired >= 10) break;
    }
    expect(ring.statistics).toMatchObject({ inFlight: 0, scratchInUse: 0 });
  });

  test('tells a late consumer how late it is', async () => {
    const ring = openRing({ encoder });
    const stream = ring.multishot.timeout({ every: 1 });
    await stream.next();
    let merged = 0;
    while (merged < 2) {
      await ring.ops.timeout({ after: 5 });
      merged = (await stream.next()).value!;
    }
    await stream.return();
  });

  test('refuses what is no duration', async () => {
    const ring = openRing({ encoder });
    await expect(ring.multishot.timeout({ every: -1 }).next()).rejects.toThrow('every must be');
    await expect(ring.ops.nop()).resolves.toBe(0);
  });
});
