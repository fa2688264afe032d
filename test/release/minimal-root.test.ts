/**
 * Proves that the README's first example runs from the tarballs in a root that has Node, what its binary is linked with, and
 * nothing else: no shell, no compiler, no npm.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import { needPackages, tarballOf } from '../support/release/packages.js';
import { ROOT } from '../support/repository.js';

needPackages();

/** The first program of the README. */
function firstExample(): string {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, program] = /^```js\n(.*?)^```/ms.exec(text) ?? [];
  expect(program).toContain("from 'ringsmith'");
  return program!;
}

function put(file: string, root: string): void {
  const target = join(root, file);
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(realpathSync(file), target);
}

/** Libraries that a binary is linked with, and the linker that loads them. */
const librariesOf = (file: string): string[] =>
  [...execFileSync('ldd', [file], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);

it('the first example of the README runs there', { timeout: 120_000 }, ({ skip }) => {
  skip(process.getuid?.() !== 0, 'a root of its own takes the rights of root');
  const root = temporaryFolder();
  for (const file of [process.execPath, ...librariesOf(process.execPath)]) put(file, root);
  const modules = join(root, 'app', 'node_modules');
  for (const [name, tarball] of [
    ['ringsmith', 'ringsmith'],
    [`@ringsmith/linux-${process.arch}-glibc`, `ringsmith-linux-${process.arch}-glibc`],
  ] as const) {
    const folder = join(modules, name);
    mkdirSync(folder, { recursive: true });
    execFileSync('tar', ['-xzf', tarballOf(tarball), '-C', folder, '--strip-components', '1']);
  }
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc', 'hostname'), 'a-small-root\n');
  writeFileSync(join(root, 'app', 'program.mjs'), firstExample());
  const { stdout, stderr, status } = spawnSync('chroot', [root, process.execPath, '/app/program.mjs'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    timeout: 30_000,
  });
  expect(stderr).toBe('');
  expect(stdout).toBe('a-small-root\n\n');
  expect(status).toBe(0);
});
