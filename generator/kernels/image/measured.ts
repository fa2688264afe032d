/**
 * Macros that a kernel known by its image alone was found to have by booting it and asking: a set-up, enter or operation
 * flag that it takes and an older one refuses, a feature it reports, a completion flag it posts. Macros are not in the
 * image, and its neighbours' headers disagree about these. test/vm/behaviours/measured-macros.ts asks again.
 */
import { compareKernels } from '../versions.js';

/** The first kernel that has a macro, by what the kernels around it answered. */
const SINCE: Readonly<Record<string, readonly string[]>> = {
  '6.16': [
    'IORING_ENTER_EXT_ARG_REG',
    'IORING_ENTER_NO_IOWAIT',
    'IORING_FEAT_NO_IOWAIT',
    'IORING_FEAT_RW_ATTR',
    'IORING_NOP_FILE',
    'IORING_NOP_FIXED_BUFFER',
    'IORING_NOP_FIXED_FILE',
    'IORING_RW_ATTR_FLAG_PI',
    'IORING_SETUP_HYBRID_IOPOLL',
  ],
  '6.17': ['IORING_NOP_TW', 'IORING_SEND_VECTORIZED'],
  '6.18': [
    'IORING_CQE_F_32',
    'IORING_CQE_F_SKIP',
    'IORING_NOP_CQE32',
    'IORING_SETUP_CQE_MIXED',
    'IORING_URING_CMD_MULTISHOT',
  ],
  '6.19': ['IORING_SETUP_SQE_MIXED'],
  '7.0': ['IORING_SETUP_SQ_REWIND'],
  '7.1': ['IORING_TIMEOUT_IMMEDIATE_ARG'],
};

/** Macros that a kernel of this series was found to have. */
export const measuredMacros = (series: string): ReadonlySet<string> =>
  new Set(
    Object.entries(SINCE).flatMap(([since, names]) => (compareKernels(since, series) <= 0 ? names : [])),
  );
