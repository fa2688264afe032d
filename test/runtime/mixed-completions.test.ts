/**
 * Completions of 16 and of 32 bytes in one queue, in any order and across its end: each is heard once, by the operation
 * it belongs to, and nothing of a large one is taken for another.
 */
import { describe, expect, test } from 'vitest';
import { NopFlags } from '../../generated/abi/index.js';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing, openSyncRing, socketPair } from '../support/rings.js';

/** Chance by a rule, so that a failure can be had again. */
const isLarge = (index: number): boolean => ((index * 2_654_435_761) >>> 16) % 3 === 0;
const nop = (index: number) => ({
  flags: NopFlags.INJECT_RESULT | (isLarge(index) ? NopFlags.CQE32 : 0),
  result: index,
});

describe.each(ENCODERS)('completions of both sizes, %s encoder', (encoder) => {
  const options = { encoder, entries: 16, cqEntries: 32, cqe32: 'mixed' } as const;

  test('all settle what they belong to', async (context) => {
    if (!openRing({ encoder }).supports('IORING_SETUP_CQE_MIXED'))
      return context.skip('no IORING_SETUP_CQE_MIXED');
    const ring = openRing(options);
    const results = await Promise.all(Array.from({ length: 5000 }, (_, index) => ring.ops.nop(nop(index))));
    expect(results).toEqual(Array.from({ length: 5000 }, (_, index) => index));
    expect(ring.statistics).toMatchObject({ inFlight: 0, staleCompletions: 0 });
  });

  test('leave a share of the room to others when idle operations fill the ring', async (context) => {
    if (!openRing({ encoder }).supports('IORING_SETUP_CQE_MIXED'))
      return context.skip('no IORING_SETUP_CQE_MIXED');
    const ring = openRing(options);
    const { near, far } = await socketPair();
    const receives = Array.from({ length: 60 }, () => ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) }));
    const { inFlight, waiting, capacity } = ring.statistics;
    expect(inFlight + waiting).toBe(60);
    expect(inFlight).toBeLessThan(capacity);
    await expect(ring.ops.nop()).resolves.toBe(0);
    await ring.ops.close({ fd: await ring.ops.openat({ path: '/dev/null' }) });
    await openRing({ encoder }).ops.send({ fd: far, buffer: Buffer.alloc(60) });
    expect(await Promise.all(receives)).toEqual(receives.map(() => 1));
  });

  test('are all drained at the synchronous level, a few at a time', (context) => {
    if (!openRing({ encoder }).supports('IORING_SETUP_CQE_MIXED'))
      return context.skip('no IORING_SETUP_CQE_MIXED');
    const ring = openSyncRing(options);
    const seen = new Map<number, number>();
    let pushed = 0;
    while (seen.size < 3000) {
      while (
        pushed < 3000 &&
        ring.inFlight < 15 &&
        ring.push(operations.nop, { ...nop(pushed), userData: pushed })
      ) {
        pushed += 1;
      }
      ring.wait(1);
      ring.drain(({ userData, res }) => {
        expect(seen.has(Number(userData))).toBe(false);
        seen.set(Number(userData), res);
      }, 5);
    }
    for (const [userData, res] of seen) expect(res).toBe(userData);
    expect(ring.inFlight).toBe(0);
  });

  test('large ones are refused by a ring of small ones', async () => {
    const ring = openRing({ encoder });
    const refused = { code: 'EINVAL' };
    await expect(ring.ops.nop({ flags: NopFlags.CQE32 })).rejects.toMatchObject(refused);
  });
});
