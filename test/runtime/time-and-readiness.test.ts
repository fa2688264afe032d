/** Timeouts that expire or are counted out, and polls that answer when there is something to answer. */
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, socketPair, timed } from '../support/rings.js';

const POLLIN = 1;
const POLLOUT = 4;

describe.each(ENCODERS)('timeouts, %s encoder', (encoder) => {
  test('expire', async () => {
    const { ops } = openRing({ encoder });
    const { value, ms } = await timed(() => ops.timeout({ after: 40 }));
    expect(value).toBe('expired');
    expect(ms).toBeGreaterThanOrEqual(39);
    expect(ms).toBeLessThan(2_000);
  });

  test('expire at once when there is no time at all', async () => {
    const { ops } = openRing({ encoder });
    await expect(ops.timeout({ after: 0 })).resolves.toBe('expired');
    await expect(ops.timeout({ after: { seconds: 0n, nanoseconds: 1 } })).resolves.toBe('expired');
  });

  test('are counted out by other completions', async () => {
    const { ops } = openRing({ encoder });
    const waiting = ops.timeout({ after: 60_000, count: 2 });
    await Promise.all([ops.nop(), ops.nop()]);
    await expect(waiting).resolves.toBe('counted');
  });

  test('take fractions of a millisecond', async () => {
    const { ops } = openRing({ encoder });
    const { ms } = await timed(() => ops.timeout({ after: 0.25 }));
    expect(ms).toBeLessThan(1_000);
  });

  test.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e300,
    { seconds: -1 },
    { seconds: 2n ** 64n },
    { seconds: 1.5 },
  ])('of %s are refused', async (after) => {
    const ring = openRing({ encoder });
    await expect(ring.ops.timeout({ after })).rejects.toThrow();
    expect(ring.statistics).toMatchObject({ inFlight: 0, scratchInUse: 0 });
  });
});

describe.each(ENCODERS)('polls, %s encoder', (encoder) => {
  test('answer at once when a socket is writable', async () => {
    const { ops } = openRing({ encoder });
    const { near } = await socketPair();
    expect((await ops.pollAdd({ fd: near, events: POLLOUT })) & POLLOUT).toBe(POLLOUT);
  });

  test('answer when data arrives, and not before', async () => {
    const { ops } = openRing({ encoder });
    const { near, far } = await socketPair();
    let ready = false;
    const polling = ops.pollAdd({ fd: near, events: POLLIN }).then((events) => {
      ready = true;
      return events;
    });
    await ops.timeout({ after: 20 });
    expect(ready).toBe(false);
    await ops.send({ fd: far, buffer: Buffer.from('x') });
    expect((await polling) & POLLIN).toBe(POLLIN);
  });

  test('of a descriptor that is not there reject', async () => {
    const { ops } = openRing({ encoder });
    const polling = ops.pollAdd({ fd: 999_999, events: POLLIN });
    await expect(polling).rejects.toMatchObject({ code: 'EBADF', errno: -constants.errno.EBADF });
  });
});
