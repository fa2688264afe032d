/**
 * node_modules. npm writes node_modules/.package-lock.json as the last thing it does, so that file is the record of
 * what is installed, whoever installed it, and no stamp is needed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrFail } from './command.mjs';
import { ROOT } from './paths.mjs';

export const dependencies = {
  title: 'installing npm packages',
  inputs: () => packagesOf('package-lock.json'),
  isDone: (wanted) => matches(wanted, packagesOf('node_modules/.package-lock.json')),
  forget: () => {},
  run: () =>
    runOrFail('npm', 'npm', ['ci', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error'], {
      consequence: 'the packages that ringsmith is built and tested with are not installed.',
      remedy:
        'If the registry could not be reached, check the network and proxy settings; if npm is missing, install it ' +
        '(Debian package npm); if package-lock.json and package.json disagree, run `npm install`.',
    }),
};

/** Packages by path, or undefined when the file is missing or cut short. */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Everything wanted is there in that version, optional packages of other platforms aside, and nothing else is. */
function matches(wanted, installed) {
  if (wanted === undefined || installed === undefined) return false;
  const isWanted = ([path, { version, integrity }]) =>
    wanted[path]?.version === version && wanted[path]?.integrity === integrity;
  return (
    Object.entries(installed).every(isWanted) &&
    Object.entries(wanted).every(([path, { optional }]) => path === '' || optional || path in installed)
  );
}
