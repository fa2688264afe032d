/**
 * Kernels with entries of two sizes take large SQEs from rings of large SQEs, which is how the package runs NOP128, and
 * beside small ones; they post large CQEs beside small ones, with a filler where the queue ends in between.
 */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { IORING_CQE_F_32, IORING_CQE_F_SKIP } from '../../../generated/abi/constants.js';
import type { Behaviour } from '../../support/vm/behaviour.js';
import { parsed } from '../../support/vm/run-in-kernel.js';

const RAW_RING = fileURLToPath(new URL('../guest/raw-ring.mjs', import.meta.url));

export const mixedSizes: Behaviour = {
  title: 'has entries of two sizes',
  kernels: ['6.19', '7.3'],
  script: () => ({
    script: new URL('../guest/mixed-sizes.mjs', import.meta.url),
    files: { 'raw-ring.mjs': RAW_RING },
  }),
  check: (kernel, result) =>
    expect(parsed(kernel, result)).toEqual({
      package: { result: 0, small: 0, refused: 'ERR_RING_SQE_SIZE' },
      submissions: [
        [1, 0],
        [2, 0],
        [3, 0],
      ],
      completions: [
        [1, 0, 0],
        [2, 0, IORING_CQE_F_32],
        // The second half of a large completion: the two words of the SQE that came along.
        [70, 80, 0],
        // One slot is left before the end, too few for the next.
        [0, 0, IORING_CQE_F_SKIP],
        [3, 0, IORING_CQE_F_32],
        [70, 80, 0],
      ],
    }),
};
