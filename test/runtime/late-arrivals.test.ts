/** Completions that arrive while others are being handed out are handed out too, even if nothing else ever happens. */
import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing } from '../support/rings.js';

describe.each(ENCODERS)('late arrivals, %s encoder', (encoder) => {
  test('do not wait for the next event', { timeout: 10_000 }, async () => {
    const ring = openRing({ encoder, entries: 1024 });
    let handed = 0;
    const slow = {
      ...operations.nop,
      result: (res: number): number => {
        handed += 1;
        if (handed > 1) return res;
        // The first completion takes so long that all timeouts expire; a system call lets the kernel post them.
        const until = performance.now() + 30;
        while (performance.now() < until) statSync('/');
        return res;
      },
    };
    // More than one batch of the native encoders, so that a batch is fetched after the timeouts arrived.
    const expiring = Array.from({ length: 100 }, () => ring.ops.timeout({ after: 5 }));
    const quick = Array.from({ length: 300 }, () => ring.start(slow, {}));
    expect(await Promise.all(quick)).toEqual(Array<number>(300).fill(0));
    expect(new Set(await Promise.all(expiring))).toEqual(new Set(['expired']));
  });
});
