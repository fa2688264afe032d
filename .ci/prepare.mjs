#!/usr/bin/env node
/**
 * Makes a clone ready for `npm test`, `npm run demo` and `npm run bench`: packages, native addons, dist/, libclang.
 *
 * Runs before those scripts, in a bare clone too, so it uses nothing but Node. Every step is skipped when its inputs
 * have not changed since it last succeeded and its outputs are there; what was done is kept in .ci/state. With --tests
 * or --bench also what only those want of the machine.
 */
import { dependencies } from './prepare/dependencies.mjs';
import { Failure, printFailure } from './prepare/failure.mjs';
import { libclang } from './prepare/libclang.mjs';
import { withLock } from './prepare/lock.mjs';
import { nativeAddons } from './prepare/native.mjs';
import { packages } from './prepare/packages.mjs';
import { checkPlatform } from './prepare/platform.mjs';
import { benchTools, testTools } from './prepare/tools.mjs';
import { typescript } from './prepare/typescript.mjs';

/** In order: each may need what the one before it made. */
const STEPS = [
  dependencies,
  nativeAddons,
  typescript,
  libclang,
  ...(process.argv.includes('--tests') ? [testTools, packages] : []),
  ...(process.argv.includes('--bench') ? [benchTools] : []),
];

/** Runs what is not done yet, one line per step. A step that fails leaves no record, so the next run repeats it. */
async function runSteps() {
  for (const step of STEPS) {
    const inputs = step.inputs();
    if (step.isDone(inputs)) continue;
    process.stderr.write(`prepare: ${step.title} ... `);
    const start = performance.now();
    step.forget();
    const notice = await step.run(inputs);
    process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    if (notice) process.stderr.write(`prepare: notice: ${notice}\n`);
  }
}

try {
  checkPlatform();
  await withLock(runSteps);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  printFailure(error);
  process.exitCode = 1;
}
