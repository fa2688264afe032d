/**
 * Proves where a user's snapshots go: into the project, never into ringsmith's package; that what reads snapshots looks
 * there first; and that an older release of a series replaces a newer one only when told to.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ownSnapshotFolder } from '../../generator/kernels/snapshot-folders.js';
import { type CliResult, ringsmith, temporaryFolder } from '../support/cli.js';
import { missingForArchive, type TestArchive, testArchive } from './apt-archive.js';
import { libcDevDeb, ownCache } from './kernels-support.js';

let archive: TestArchive;
let folder = '';

beforeEach((context) => {
  const missing = missingForArchive();
  if (missing.length > 0) return context.skip(`the machine has no ${missing.join(', ')}`);
  ownCache();
  folder = temporaryFolder();
  archive = testArchive();
});

afterEach(() => vi.unstubAllEnvs());

const libcDev = (version: string): string => libcDevDeb(folder, version);

/** What the command says in a user's project, or below it. */
function project(): { root: string; run: (...words: string[]) => CliResult } {
  const root = temporaryFolder();
  writeFileSync(join(root, 'package.json'), '{}');
  const below = join(root, 'src');
  mkdirSync(below);
  return { root, run: (...words) => ringsmith(words, {}, below) };
}

const own = (): string[] =>
  readdirSync(ownSnapshotFolder()).map(
    (name) => name + readFileSync(join(ownSnapshotFolder(), name), 'utf8'),
  );

it('a snapshot goes into the project, which says where, and is found there', () => {
  archive.publish('sid', [libcDev('9.9.2-1')]);
  const before = own();
  const { root, run } = project();
  const made = run('snapshot', '9.9');
  expect(made.code, made.stderr).toBe(0);
  expect(made.stderr).toContain(`snapshots of this project: ${join(root, 'ringsmith', 'kernels')}`);
  expect(own()).toEqual(before);
  expect(readdirSync(join(root, 'ringsmith', 'kernels'))).toEqual(['9.9.json']);
  expect(run('kernels').stdout).toMatch(/\n7\.3 .*\n9\.9 +2 +linux-libc-dev 9\.9\.2-1/);
  const generated = run('generate', '--kernel', '9.9', '--out', join(root, 'package'));
  expect(generated.stderr).toMatch(/^Linux 9\.9: 2 opcodes/);
  const elsewhere = ringsmith(['kernels'], {}, temporaryFolder());
  expect(elsewhere.stdout).not.toContain('9.9');
});

it('the project goes before ringsmith', () => {
  const { root, run } = project();
  const folder = join(root, 'ringsmith', 'kernels');
  mkdirSync(folder, { recursive: true });
  const text = readFileSync(join(ownSnapshotFolder(), '7.2.json'), 'utf8');
  writeFileSync(
    join(folder, '7.2.json'),
    text.replace('"package":"linux-libc-dev"', '"package":"of-the-project"'),
  );
  expect(run('kernels').stdout).toMatch(/\n7\.2 +65 +of-the-project /);
});

it('an older release replaces a newer one only when told to', () => {
  archive.publish('sid', [libcDev('9.9.2-1'), libcDev('9.9~rc7-1')]);
  const { root, run } = project();
  const file = join(root, 'ringsmith', 'kernels', '9.9.json');
  expect(run('snapshot', '9.9').code).toBe(0);
  const before = readFileSync(file, 'utf8');
  const refused = run('snapshot', '9.9-rc7');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('[SNAPSHOT_OLDER]') });
  expect(refused.stderr).toContain('the snapshot of 9.9 is of Linux 9.9.2, and Linux 9.9-rc7 is older');
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(run('snapshot', '9.9-rc7', '--force').code).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('9.9~rc7-1');
  expect(run('snapshot', '9.9').code).toBe(0);
  expect(existsSync(file)).toBe(true);
});
