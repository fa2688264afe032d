/**
 * Proves of other kernels what test/lifecycle/feature-pairs.test.ts proves of the running one: no two features of a ring
 * wait for each other, leak or lose.
 */
import { describe, expect, it } from 'vitest';
import { needsKernel, resultInKernel, VM_TEST_MS } from '../support/vm/run-in-kernel.js';

/** What the oldest of them has not. */
const LACKING: Readonly<Record<string, readonly string[]>> = { '6.1': ['multishot', 'resize'], '7.3': [] };

describe.each(['6.1', '7.3'])('Linux %s', (kernel) => {
  it('lets every pair of features settle', { timeout: VM_TEST_MS * 2 }, async (context) => {
    needsKernel(context, kernel);
    const script = new URL('./guest/feature-pairs.mjs', import.meta.url);
    const result = (await resultInKernel({ kernel, script, args: ['1'], timeoutMs: 400_000 })) as {
      readonly lacking: readonly string[];
      readonly faults: readonly string[];
    };
    expect(result.faults.join('\n')).toBe('');
    expect(LACKING[kernel]).toEqual(expect.arrayContaining([...result.lacking]));
  });
});
