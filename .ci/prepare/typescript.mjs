/** dist/, compiled by tsc. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runOrFail } from './command.mjs';
import { filesBelow, ROOT } from './paths.mjs';
import { allExist, hashOf, readStamp, removeStamp, writeStamp } from './stamp.mjs';

const STAMP = 'typescript';
const SOURCE_FOLDERS = ['generator', 'runtime', 'generated'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json'];

export const typescript = {
  title: 'compiling TypeScript',
  inputs: () => ({ hash: hashOf([...sources(), ...SETTINGS]) }),
  isDone: ({ hash }) => readStamp(STAMP)?.hash === hash && allExist(outputs()),
  forget: () => removeStamp(STAMP),
  run: compile,
};

async function compile(inputs) {
  await runOrFail('typescript', 'npm', ['run', '--loglevel=error', 'build:ts'], {
    consequence: 'dist/ is incomplete or older than the sources.',
    remedy: 'Correct the errors above; `npm run typecheck` shows them again, with those of the tests.',
  });
  removeLeftovers();
  writeStamp(STAMP, inputs);
}

/** What dist/ still has of sources that are gone would be published, and could be imported by mistake. */
function removeLeftovers() {
  const wanted = new Set(outputs().flatMap((path) => [path, path.replace(/\.js$/, '.d.ts')]));
  for (const path of filesBelow('dist')) {
    if (!wanted.has(path)) rmSync(join(ROOT, path));
  }
}

function sources() {
  return SOURCE_FOLDERS.flatMap((folder) => filesBelow(folder, /\.ts$/));
}

function outputs() {
  return sources()
    .filter((path) => !path.endsWith('.d.ts'))
    .map((path) => join('dist', path.replace(/\.ts$/, '.js')));
}
