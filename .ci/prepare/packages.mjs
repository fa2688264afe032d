/** The packages as they are published, for the tests that install them. Wanted, not needed: without them those skip. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { filesBelow, ROOT } from './paths.mjs';
import { hashOf, readStamp, removeStamp, writeStamp } from './stamp.mjs';

const STAMP = 'packages';
const FOLDER = join(ROOT, 'dist', 'packages');
const SOURCES = ['generator', 'runtime', 'generated', 'templates', '.ci/release'];
const FILES = [
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'package.json',
  'package-lock.json',
  'rolldown.config.ts',
];
/** The runtime, the generator, and four platforms. */
const TARBALLS = 6;

const areThere = () =>
  existsSync(FOLDER) && readdirSync(FOLDER).filter((name) => name.endsWith('.tgz')).length === TARBALLS;

export const packages = {
  title: 'making packages for every platform',
  inputs: () => hashOf([...SOURCES.flatMap((folder) => filesBelow(folder)), ...FILES]),
  // What could not be made is tried again when something has changed.
  isDone: (hash) => readStamp(STAMP)?.hash === hash && (areThere() || readStamp(STAMP)?.failed === true),
  forget: () => removeStamp(STAMP),
  run: make,
};

async function make(hash) {
  for (const script of ['binaries.mjs', 'packages.mjs']) {
    const { code, path } = await run('packages', process.execPath, [join(ROOT, '.ci', 'release', script)]);
    if (code === 0) continue;
    writeStamp(STAMP, { hash, failed: true });
    return `tests of what is published are skipped, because it could not be made; all output: ${path}`;
  }
  writeStamp(STAMP, { hash });
}
