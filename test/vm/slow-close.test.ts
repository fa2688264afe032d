/**
 * Before Linux 6.0 nothing cancels everything at once: there a closing ring takes no more, waits until what is in flight
 * has ended by itself, with its data, and leaves nothing behind. Later kernels cancel it, in the same program.
 */
import { describe, expect, it } from 'vitest';
import { needsKernel, resultInKernel, VM_TEST_MS } from '../support/vm/run-in-kernel.js';

const LEFT = {
  refused: 'ERR_RING_CLOSED',
  settled: 2,
  inFlight: 0,
  scratchInUse: 0,
  addon: { rings: 0, leakedBytes: 0 },
};

describe.each([
  { kernel: '5.10', early: 'still closing', results: ['expired', 4], text: 'late' },
  { kernel: '6.1', early: 'closed', results: ['ECANCELED', 'ECANCELED'], text: '\0\0\0\0' },
])('Linux $kernel', ({ kernel, early, results, text }) => {
  it('closes a ring with operations in flight', { timeout: VM_TEST_MS }, async (context) => {
    needsKernel(context, kernel);
    const script = new URL('./guest/slow-close.mjs', import.meta.url);
    expect(await resultInKernel({ kernel, script })).toEqual({ ...LEFT, early, results, text });
  });
});
