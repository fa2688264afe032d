/** The packages as they are published, which the preparation of the tests makes. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
import { ROOT } from '../repository.js';

/** The folder with a folder and a tarball for each package. */
export const PACKAGES = join(ROOT, 'dist', 'packages');
/** The runtime, the generator, and four platforms. */
const COUNT = 6;

const tarballs = (): string[] =>
  existsSync(PACKAGES) ? readdirSync(PACKAGES).filter((name) => name.endsWith('.tgz')) : [];

/** Skips every test of the file where the packages could not be made. */
export function needPackages(): void {
  beforeEach(({ skip }) => {
    skip(tarballs().length < COUNT, 'the packages are not made; npm run packages says why');
  });
}

/** The tarball of a package, by the beginning of its name. */
export function tarballOf(name: string): string {
  const file = tarballs().find((one) => one.startsWith(`${name}-0`));
  if (file === undefined) throw new Error(`there is no tarball of ${name}`);
  return join(PACKAGES, file);
}
