/**
 * Submissions that fail: an entry the kernel refuses fails by itself in the midst of a batch, and what the kernel never
 * takes fails with its reason, together with what waits for it to be cancelled.
 */
import { describe, expect, test } from 'vitest';
import { ENCODERS, madeUpOperation, openRing, openSyncRing, socketPair, turns } from '../support/rings.js';

describe.each(ENCODERS)('submission errors, %s encoder', (encoder) => {
  test('in the midst of a batch: that one fails, those around it do not', async () => {
    const ring = openRing({ encoder, entries: 64 });
    const batch = Array.from({ length: 64 }, (_, index) =>
      index % 3 === 1 ? ring.submitRaw({ opcode: 0, nopFlags: 1 << 30 }) : ring.ops.nop(),
    );
    const before = ring.statistics.enters;
    const results = await Promise.allSettled(batch);
    results.forEach((result, index) => {
      if (index % 3 === 1) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'EINVAL' } });
      else expect(result).toEqual({ status: 'fulfilled', value: 0 });
    });
    // One call took them all: an error does not end a batch.
    expect(ring.statistics.enters - before).toBe(1);
  });

  test('an opcode the kernel does not have fails by itself at the synchronous level too', () => {
    const ring = openSyncRing({ encoder });
    ring.push({ ...madeUpOperation(0), raw: true }, {});
    ring.push({ ...madeUpOperation(0), raw: true, encode: badNop }, {});
    ring.push({ ...madeUpOperation(0), raw: true }, {});
    expect(ring.wait(3)).toBe(3);
    const results: number[] = [];
    ring.drain(({ res }) => results.push(res));
    expect(results.sort()).toEqual([-22, 0, 0]);
  });

  test('with chains, aborts and timeouts around: each settles, and nothing is left', async () => {
    const ring = openRing({ encoder, entries: 32 });
    const { near } = await socketPair();
    const bad = (): Promise<number> => ring.submitRaw({ opcode: 0, nopFlags: 1 << 30 }, { timeout: 60_000 });
    const stop = new AbortController();
    const all = Promise.allSettled([
      bad(),
      ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) }, { signal: stop.signal, timeout: 60_000 }),
      ring.chain(() => [ring.ops.nop(), bad(), ring.ops.nop()]),
      bad(),
      ring.ops.nop({}, { timeout: 60_000 }),
    ]);
    await turns(2);
    stop.abort();
    expect(await all).toMatchObject([
      { reason: { code: 'EINVAL' } },
      { reason: { code: 'ABORT_ERR' } },
      { reason: { name: 'RingError', code: 'EINVAL' } },
      { reason: { code: 'EINVAL' } },
      { value: 0 },
    ]);
    expect(ring.statistics).toMatchObject({ inFlight: 0, scratchInUse: 0, staleCompletions: 0 });
  });
});

/** A NOP with a flag that none has. */
function badNop(words: Uint32Array, at: number): undefined {
  words.fill(0, at, at + 16);
  words[at + 7] = 1 << 30;
}
