/**
 * Runs the suites of the runtime under other versions of Node, from the npm package `node`: all of them, or the versions
 * among the arguments; the other arguments are vitest's. Says at the end which of them failed.
 */
import { spawnSync } from 'node:child_process';

const VERSIONS = ['22', '24', '26'];
const SUITES = ['test/runtime', 'test/lifecycle'];

const given = process.argv.slice(2);
const versions = given.filter((word) => /^\d+$/.test(word));
const filters = given.filter((word) => !/^\d+$/.test(word));
const failed = [];
for (const version of versions.length > 0 ? versions : VERSIONS) {
  console.log(`\n=== Node ${version}`);
  const tests = filters.length > 0 ? filters : SUITES;
  const words = [
    'exec',
    '--yes',
    `--package=node@${version}`,
    '--',
    'node',
    'node_modules/vitest/vitest.mjs',
  ];
  const { status } = spawnSync('npm', [...words, 'run', ...tests], { stdio: 'inherit' });
  if (status !== 0) failed.push(version);
}
if (failed.length > 0) {
  console.log(`\nfailed under Node ${failed.join(', ')}`);
  process.exitCode = 1;
}
