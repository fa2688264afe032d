/** The packages as they are published, made once for all tests of a run that want them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../repository.js';

const PACKAGES = join(ROOT, 'dist', 'packages');
/** The first time, the compiler's own libraries are made for every platform. */
const MAKE_MS = 1_800_000;

/** Makes the binaries and the packages. @returns the folder with the tarballs */
export function makePackages(): string {
  for (const script of ['binaries.mjs', 'packages.mjs'])
    execFileSync(process.execPath, [join(ROOT, '.ci', 'release', script)], {
      stdio: 'pipe',
      timeout: MAKE_MS,
    });
  mkdirSync(PACKAGES, { recursive: true });
  return PACKAGES;
}

/** The tarball of a package, by the beginning of its name. */
export function tarballOf(name: string): string {
  const file = readdirSync(PACKAGES).find((one) => one.startsWith(`${name}-0`) && one.endsWith('.tgz'));
  if (file === undefined) throw new Error(`there is no tarball of ${name}`);
  return join(PACKAGES, file);
}
