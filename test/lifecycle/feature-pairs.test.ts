/**
 * Proves that no two features of a ring wait for each other: every ordered pair of drain, chain, hard chain, timeout,
 * abort, cancellation, zero-copy, multishot, buffer ring, handle, resize, close and worker termination, on rings of several
 * kinds, with the second started at once, after a microtask, after an operation or after a turn of the loop. Each run is in a process of its
 * own, which is killed when it does not end.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ENCODERS } from '../support/rings.js';

const PROGRAM = fileURLToPath(new URL('../vm/guest/feature-pairs.mjs', import.meta.url));
const BOUND_MS = 240_000;
/** All four ways to follow one another, where there is time. */
const STEPS = process.env['CI'] === undefined ? '4' : '2';

describe.each(ENCODERS)('pairs of features, %s encoder', (encoder) => {
  test('all settle, and leave nothing behind', { timeout: BOUND_MS + 10_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, STEPS, encoder], {
      timeout: BOUND_MS,
      killSignal: 'SIGKILL',
    });
    const { runs, lacking, faults } = JSON.parse(stdout) as {
      readonly runs: number;
      readonly lacking: readonly string[];
      readonly faults: readonly string[];
    };
    if (lacking.length > 0) process.stderr.write(`this kernel lacks: ${lacking.join(', ')}\n`);
    expect(faults.join('\n')).toBe('');
    expect(runs).toBeGreaterThan(300);
  });
});
