/**
 * A closing ring cancels what is in flight and leaves nothing behind: also before Linux 6.0, where nothing cancels
 * everything at once and each operation is cancelled by itself.
 */
import { describe, expect, it } from 'vitest';
import { needsKernel, resultInKernel, VM_TEST_MS } from '../support/vm/run-in-kernel.js';

const LEFT = {
  early: 'closed',
  results: ['ECANCELED', 'ECANCELED'],
  text: '\0\0\0\0',
  refused: 'ERR_RING_CLOSED',
  settled: 2,
  inFlight: 0,
  scratchInUse: 0,
  addon: { rings: 0, leakedBytes: 0 },
};

describe.each([{ kernel: '5.10' }, { kernel: '6.1' }])('Linux $kernel', ({ kernel }) => {
  it('closes a ring with operations in flight', { timeout: VM_TEST_MS }, async (context) => {
    needsKernel(context, kernel);
    const script = new URL('./guest/close.mjs', import.meta.url);
    expect(await resultInKernel({ kernel, script })).toEqual(LEFT);
  });
});
