/** Runs what was generated, as a program that installed ringsmith would. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './cli.js';

/** Has a package that stands outside of the checkout find ringsmith. */
export function linkRingsmith(out: string): void {
  if (existsSync(join(out, 'node_modules'))) return;
  mkdirSync(join(out, 'node_modules'));
  symlinkSync(ROOT, join(out, 'node_modules', 'ringsmith'));
}

/** Runs a `nop` of a generated package on a real ring. @returns what it printed: `result 0` */
export function runNop(out: string): string {
  linkRingsmith(out);
  const script = `const { Ring } = await import(${JSON.stringify(pathToFileURL(join(out, 'index.js')).href)});
    const ring = new Ring({ entries: 8 }); console.log('result', await ring.ops.nop({})); await ring.close();`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return `${run.stdout}${run.stderr}`.trim();
}
