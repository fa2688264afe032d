/**
 * Proves that musl's own loader takes the x64 addon for musl, with all that it asks of Node and of the C library, and does not
 * take that for glibc. (The one for arm64 is loaded in test/vm/arm64.test.ts.)
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Problem } from '../../generator/problem.js';
import { type MuslHost, muslHost } from '../support/release/musl-host.js';
import { needPackages } from '../support/release/packages.js';
import { ROOT } from '../support/repository.js';

needPackages();

const timeout = 300_000;

/** Or why there is none. */
function made(): MuslHost | string {
  if (process.arch !== 'x64') return `this is ${process.arch}`;
  try {
    return muslHost();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.what;
  }
}

it("musl's loader takes the addon for musl, and not that for glibc", { timeout }, ({ skip }) => {
  const musl = made();
  if (typeof musl === 'string') return skip(musl);
  const load = (addon: string): string =>
    spawnSync(musl.loader, [musl.host, addon], { encoding: 'utf8', timeout: 30_000 }).stdout;
  expect(load(musl.addon)).toBe('Node-API 8\n');
  const glibc = join(ROOT, 'dist', 'binaries', 'linux-x64-glibc', 'ringsmith.node');
  expect(load(glibc)).toMatch(/Error (loading|relocating)/);
});
