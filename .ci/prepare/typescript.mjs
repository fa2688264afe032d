/** dist/: bundles by rolldown, declarations by tsc. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrFail } from './command.mjs';
import { filesBelow, ROOT } from './paths.mjs';
import { allExist, hashOf, readStamp, removeStamp, writeStamp } from './stamp.mjs';

const STAMP = 'typescript';
const SOURCE_FOLDERS = ['generator', 'runtime', 'generated'];
const SETTINGS = [
  'rolldown.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
];

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
  writeStamp(STAMP, inputs);
}

function sources() {
  return SOURCE_FOLDERS.flatMap((folder) => filesBelow(folder, /\.ts$/));
}

/** What package.json names, and every declaration; chunks have no names that could be foretold. */
function outputs() {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const bundles = Object.values(exports).flatMap((entry) => entry.default ?? []);
  const declarations = sources().map((path) => join('dist', path.replace(/\.ts$/, '.d.ts')));
  return [...bundles, 'dist/generator/main.js', ...declarations];
}
