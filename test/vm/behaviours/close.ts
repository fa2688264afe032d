/**
 * A closing ring cancels what is in flight and leaves nothing behind: also before Linux 6.0, where nothing cancels
 * everything at once and each operation is cancelled by itself.
 */
import { expect } from 'vitest';
import type { Behaviour } from '../../support/vm/behaviour.js';
import { parsed } from '../../support/vm/run-in-kernel.js';

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

export const close: Behaviour = {
  title: 'closes a ring with operations in flight',
  kernels: ['5.10', '6.1'],
  script: () => ({ script: new URL('../guest/close.mjs', import.meta.url) }),
  check: (kernel, result) => expect(parsed(kernel, result)).toEqual(LEFT),
};
