/**
 * Proves that what is published is complete: the packed files, unpacked elsewhere with their dependencies, build their
 * addons with one command, run a ring, generate for a kernel into a folder of its own, and check coverage.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, temporaryFolder } from '../support/cli.js';

const PROGRAM = `
import { Ring, RingBuffer } from 'ringsmith';
import { IORING_OP_NOP } from 'ringsmith/abi';
import { readFileSync } from 'node:fs';
const ring = new Ring();
const fd = await ring.ops.openat({ path: import.meta.filename });
const buffer = ring.alloc(4096);
const bytes = await ring.ops.read({ fd, buffer, offset: 0 });
if (buffer.bytes.toString('utf8', 0, bytes) !== readFileSync(import.meta.filename, 'utf8')) throw new Error('wrong bytes');
await ring.ops.close({ fd });
await ring.close();
console.log('ran', IORING_OP_NOP, buffer instanceof RingBuffer);
`;

const run = (cwd: string, command: string, args: readonly string[]): string =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 26,
  });

it('works from the packed files alone', { timeout: 240_000 }, () => {
  const folder = temporaryFolder();
  run(ROOT, 'npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
  const [tarball] = readdirSync(folder);
  run(folder, 'tar', ['-xzf', tarball!]);
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  const installed = join(modules, 'ringsmith');
  renameSync(join(folder, 'package'), installed);
  // The dependencies as npm would put them beside it; nothing of the checkout itself.
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.') && name !== 'ringsmith')
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  expect(existsSync(join(installed, 'generator', 'main.ts'))).toBe(false);
  run(installed, 'npm', ['run', 'build:native']);
  writeFileSync(join(folder, 'program.mjs'), PROGRAM.replaceAll('import.meta.filename', 'process.argv[1]'));
  expect(run(folder, process.execPath, [join(folder, 'program.mjs')])).toBe('ran 0 true\n');
  const main = join(installed, 'dist', 'generator', 'main.js');
  run(folder, process.execPath, [main, 'generate', '--kernel', '6.1']);
  expect(existsSync(join(folder, 'ringsmith-linux-6.1', 'index.js'))).toBe(true);
  expect(existsSync(join(installed, 'generated', 'index.ts'))).toBe(false);
  const coverage = run(folder, process.execPath, [
    main,
    'coverage',
    '--package',
    'ringsmith-linux-6.1',
    '--kernel',
    '6.1',
    '--format',
    'json',
  ]);
  expect((JSON.parse(coverage) as { gaps: string[] }).gaps).toEqual([]);
  run(folder, process.execPath, [main, 'coverage']);
});
