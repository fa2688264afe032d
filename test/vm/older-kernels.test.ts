/**
 * The first half of the kernels that are asked anything, each booted once for all of it: what that is, and what it proves,
 * stands in test/vm/behaviours. (Two files, because each is run by one process.)
 */
import { testOnKernels } from '../support/vm/behaviour.js';
import { ASKED, BEHAVIOURS } from './behaviours/index.js';

const HALF = Math.ceil(ASKED.length / 2);

testOnKernels(ASKED.slice(0, HALF), BEHAVIOURS);
