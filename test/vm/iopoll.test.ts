/**
 * Rings that poll a disk: reads and writes complete without an interrupt, on both levels, with both encoders and however
 * task work is done; the rest of the program goes on meanwhile; what cannot be polled is refused with the reason; and a
 * ring closes with reads in flight.
 */
import { describe, expect, it } from 'vitest';
import type { RingOptions } from '../../runtime/port/setup.js';
import { needsKernel, resultInKernel, VM_TEST_MS } from '../support/vm/run-in-kernel.js';

interface Polling {
  readonly interrupts: { readonly polled: number; readonly unpolled: number };
  readonly rings: readonly unknown[];
}

const BLOCKS = 64;
const ALL = { written: BLOCKS, read: BLOCKS, same: BLOCKS };

const refused = (code: string, reason: string): object => ({
  code,
  message: expect.stringContaining(reason),
});
const UNPOLLABLE = refused('EINVAL', 'IORING_SETUP_IOPOLL');

const RING = {
  ...ALL,
  others: true,
  timer: 'fired',
  buffered: refused('ENOTSUP', 'O_DIRECT'),
  timeout: UNPOLLABLE,
  open: UNPOLLABLE,
  ended: BLOCKS,
  left: { inFlight: 0, scratchInUse: 0, staleCompletions: 0 },
};

const MODES: readonly RingOptions[] = [{ iopoll: true }, { iopoll: true, taskWork: 'deferred' }];
const HYBRID: RingOptions = { iopoll: 'hybrid' };

describe.each([
  { kernel: '5.10', modes: MODES },
  { kernel: '6.1', modes: MODES },
  { kernel: '7.3', modes: [...MODES, HYBRID] },
])('Linux $kernel', ({ kernel, modes }) => {
  it('polls a disk', { timeout: VM_TEST_MS }, async (context) => {
    needsKernel(context, kernel);
    const options = modes.flatMap((mode) => [
      { ...mode, encoder: 'mapped' },
      { ...mode, encoder: 'native' },
    ]);
    const result = await resultInKernel<Polling>({
      kernel,
      disk: true,
      script: new URL('./guest/iopoll.mjs', import.meta.url),
      args: options.map((one) => JSON.stringify(one)),
    });
    expect(result).toMatchObject({ interrupts: { polled: 0 }, addon: { rings: 0, leakedBytes: 0 } });
    expect(result.interrupts.unpolled).toBeGreaterThan(0);
    expect(result.rings).toEqual(
      options.map((one) => ({ options: one, sync: { polls: true, ...ALL }, ring: RING })),
    );
  });
});
