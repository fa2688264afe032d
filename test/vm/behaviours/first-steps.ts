/**
 * On other kernels than this machine's the package opens a ring with as much as the kernel knows, runs operations,
 * refuses those that the kernel does not have, and leaves nothing behind; and the kernel has what its snapshot says.
 */
import { expect } from 'vitest';
import {
  IORING_SETUP_CLAMP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
} from '../../../generated/abi/constants.js';
import { operations } from '../../../generated/index.js';
import { compareKernels } from '../../../generator/kernels/versions.js';
import type { Behaviour } from '../../support/vm/behaviour.js';
import { KERNELS, opcodesOf } from '../../support/vm/kernels.js';
import { parsed } from '../../support/vm/run-in-kernel.js';

interface FirstSteps {
  readonly release: string;
  readonly setupFlags: number;
  readonly supported: readonly number[];
  readonly refused: {
    readonly list: readonly { readonly op: string; readonly code: string; readonly message: string }[];
    readonly enters: number;
  };
}

/** Set-up flags a ring asks for, by the first kernel that has them. */
const WANTED: readonly [since: string, flags: number][] = [
  ['5.10', IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE],
  ['5.18', IORING_SETUP_SUBMIT_ALL],
  ['5.19', IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG],
  ['6.0', IORING_SETUP_SINGLE_ISSUER],
  ['6.6', IORING_SETUP_NO_SQARRAY],
];

const wantedOn = (kernel: string): number =>
  WANTED.filter(([since]) => compareKernels(since, kernel) <= 0).reduce((all, [, flags]) => all | flags, 0);

export const firstSteps: Behaviour = {
  title: 'runs the package',
  kernels: KERNELS,
  script: () => ({ script: new URL('../guest/first-steps.mjs', import.meta.url) }),
  check: (kernel, result) => {
    const steps = parsed<FirstSteps>(kernel, result);
    expect(steps).toMatchObject({
      release: expect.stringContaining(`${kernel}.`),
      nop: 0,
      file: { written: 13, text: 'hello, kernel', size: 13 },
      missing: 'ENOENT',
      timeout: 'expired',
      cancelled: { results: { 1: -125, 2: 0 }, timedOut: 0 },
      left: { inFlight: 0, waiting: 0, scratchInUse: 0, staleCompletions: 0, rings: 0 },
      addon: { rings: 0, leakedBytes: 0 },
    });
    expect(steps.setupFlags).toBe(wantedOn(kernel));

    const known = opcodesOf(kernel);
    expect(steps.supported).toEqual([...known.keys()]);
    const absent = Object.values(operations).filter(({ opcode }) => !known.has(opcode));
    expect(steps.refused.enters).toBe(0);
    expect(steps.refused.list.map(({ op }) => op).sort()).toEqual(absent.map((op) => op.constant).sort());
    for (const { op, code, message } of steps.refused.list) {
      const since = absent.find(({ constant }) => constant === op)?.since;
      expect({ op, code, message }).toMatchObject({
        code: 'ERR_RING_UNSUPPORTED',
        message: expect.stringContaining(`Linux ${since}`),
      });
    }
  },
};
