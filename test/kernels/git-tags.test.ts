/**
 * Proves `--tag` from a local clone: `generate` and `diff` read headers of a tag, whatever is checked out; a folder that
 * is no clone and a tag that it lacks are refused by name.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { ringsmith, temporaryFolder } from '../support/cli.js';
import { hasProgram } from '../support/programs.js';
import { SOURCE } from './kernels-support.js';

const HEADER = 'include/uapi/linux/io_uring.h';
let clone = '';

function git(...args: string[]): void {
  const identity = [
    '-c',
    'user.name=a test',
    '-c',
    'user.email=test@localhost',
    '-c',
    'commit.gpgsign=false',
  ];
  execFileSync('git', [...identity, '-C', clone, ...args], { stdio: 'pipe', timeout: 30_000 });
}

function commit(files: Readonly<Record<string, string>>, tag: string): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), text);
  }
  git('add', '-A');
  git('commit', '-qm', tag);
  git('tag', tag);
}

beforeEach((context) => {
  if (!hasProgram('git')) return context.skip('the machine has no git');
  clone = temporaryFolder();
  git('init', '-q');
  commit(SOURCE, 'v9.8');
  commit(
    { [HEADER]: SOURCE[HEADER]!.replace(/enum io_uring_op\s*\{/, '$&\n\tIORING_OP_FIRST = 77,') },
    'v9.9',
  );
});

it('generates from a tag', () => {
  const made = ringsmith([
    'generate',
    '--tag',
    'v9.8',
    '--git',
    clone,
    '--out',
    join(temporaryFolder(), 'out'),
  ]);
  expect(made.code, made.stderr).toBe(0);
  expect(made.stderr).toMatch(/^Linux 9\.8: 2 opcodes/);
});

it('compares tags', () => {
  const same = ringsmith(['diff', 'v9.8', 'v9.8', '--git', clone]);
  expect(same.code, same.stderr).toBe(0);
  const compared = ringsmith(['diff', 'v9.8', 'v9.9', '--git', clone]);
  expect(compared.stdout + compared.stderr).toContain('IORING_OP_FIRST');
});

it.each([
  ['a tag that is not there', () => ['--tag', 'v1.0', '--git', clone], 'TAG_MISSING'],
  ['a folder that is no clone', () => ['--tag', 'v9.8', '--git', temporaryFolder()], 'GIT_NO_CLONE'],
  ['a clone without a tag', () => ['--git', clone], 'USAGE'],
  [
    'a clone and a server',
    () => ['--tag', 'v9.8', '--git', clone, '--base-url', 'http://localhost'],
    'USAGE',
  ],
  ['an option in place of a tag', () => ['--tag=--output=/x', '--git', clone], 'USAGE'],
])('refuses %s', (_, words, code) => {
  const refused = ringsmith(['generate', ...words(), '--out', join(temporaryFolder(), 'out')]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`[${code}]`) });
});
