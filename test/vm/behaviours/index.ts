/** All that is asked of other kernels. */
import { compareKernels } from '../../../generator/kernels/versions.js';
import type { Behaviour } from '../../support/vm/behaviour.js';
import { close } from './close.js';
import { coverageRunning } from './coverage-running.js';
import { doctor } from './doctor.js';
import { firstSteps } from './first-steps.js';
import { kernelAgrees } from './kernel-agrees.js';
import { measuredMacros } from './measured-macros.js';
import { mixedSizes } from './mixed-sizes.js';
import { query } from './query.js';

export const BEHAVIOURS: readonly Behaviour[] = [
  firstSteps,
  close,
  coverageRunning,
  kernelAgrees,
  measuredMacros,
  mixedSizes,
  query,
  // Changes sysctls, and puts them back.
  doctor,
];

/** Every kernel that anything is asked of, oldest first. */
export const ASKED: readonly string[] = [...new Set(BEHAVIOURS.flatMap(({ kernels }) => kernels))].sort(
  compareKernels,
);
