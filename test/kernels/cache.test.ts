/**
 * Proves the cache: an entry is made once, a damaged one is made again, and processes that make the same entry at the
 * same time all get a whole one.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cacheEntry, cacheFolder, existingEntry } from '../../generator/kernels/cache.js';
import { temporaryFolder } from '../support/cli.js';
import { writeInternals } from '../support/internals.js';
import { ownCache, problemOf } from './kernels-support.js';

let root = '';
let made = 0;

beforeEach(() => {
  root = ownCache();
  made = 0;
});

afterEach(() => vi.unstubAllEnvs());

const TEXT = 'a header\n'.repeat(100);

function entry(maxAge?: number): string {
  return cacheEntry({
    kind: 'headers',
    key: 'pkg_1.0~rc1-1_all',
    ...(maxAge === undefined ? {} : { maxAge }),
    make: (folder) => {
      made += 1;
      mkdirSync(join(folder, 'linux'));
      writeFileSync(join(folder, 'linux', 'io_uring.h'), TEXT);
    },
  });
}

const headerIn = (folder: string): string => readFileSync(join(folder, 'linux', 'io_uring.h'), 'utf8');

it('makes an entry once', () => {
  expect(headerIn(entry())).toBe(TEXT);
  expect(entry()).toBe(entry());
  expect(made).toBe(1);
  expect(readdirSync(join(root, 'headers'))).toEqual(['pkg_1.0~rc1-1_all']);
});

const damages: [name: string, damage: (folder: string) => void][] = [
  ['cut off', (folder) => writeFileSync(join(folder, 'linux', 'io_uring.h'), TEXT.slice(0, 50))],
  ['changed', (folder) => writeFileSync(join(folder, 'linux', 'io_uring.h'), TEXT.replace('a', 'b'))],
  ['removed', (folder) => rmSync(join(folder, 'linux'), { recursive: true })],
  ['without its record', (folder) => rmSync(join(folder, 'entry.json'))],
  ['with half a record', (folder) => writeFileSync(join(folder, 'entry.json'), '{"schema":1,"fil')],
];

it.each(damages)('makes an entry again that is %s', (_, damage) => {
  damage(entry());
  expect(existingEntry('headers', 'pkg_1.0~rc1-1_all')).toBeUndefined();
  expect(headerIn(entry())).toBe(TEXT);
  entry();
  expect(made).toBe(2);
});

it('makes an entry again that is too old, and keeps nothing of the old one', () => {
  const folder = entry();
  writeFileSync(join(folder, 'extra'), '');
  expect(headerIn(entry(-1))).toBe(TEXT);
  expect(made).toBe(2);
  expect(existsSync(join(folder, 'extra'))).toBe(false);
});

it('leaves nothing behind when making fails, and what a killed run left goes after a day', () => {
  entry();
  const failing = (): string =>
    cacheEntry({
      kind: 'headers',
      key: 'other',
      make: (folder) => {
        writeFileSync(join(folder, 'half'), '');
        throw new Error('no network');
      },
    });
  const left = join(root, 'headers', '.12345-00112233aabb.tmp');
  mkdirSync(left);
  utimesSync(left, 1, 1);
  expect(failing).toThrow('no network');
  expect(readdirSync(join(root, 'headers'))).toEqual(['pkg_1.0~rc1-1_all']);
});

it('gives every one of several processes a whole entry', async () => {
  const internals = join(temporaryFolder(), 'internals');
  await writeInternals(internals, ['generator/kernels/cache']);
  const program = `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { cacheEntry } from ${JSON.stringify(join(internals, 'generator', 'kernels', 'cache.js'))};
    for (let round = 0; round < 20; round += 1) {
      const folder = cacheEntry({ kind: 'k', key: 'same', maxAge: round % 2 === 0 ? -1 : Infinity, make: (work) => {
        for (const name of ['a', 'b', 'c']) writeFileSync(work + '/' + name, 'x'.repeat(100000));
      } });
      try {
        process.stdout.write(readFileSync(folder + '/c').length === 100000 ? '.' : '!');
      } catch (error) {
        // Between two renames of another process an entry that is replaced is briefly away.
        process.stdout.write(error.code === 'ENOENT' ? '.' : '!');
      }
    }`;
  const runs = await Promise.all(
    Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]),
    ),
  );
  expect(runs.map((run) => run.stdout)).toEqual(Array(4).fill('.'.repeat(20)));
  expect(readdirSync(join(root, 'k'))).toEqual(['same']);
  expect(existingEntry('k', 'same')).toBeDefined();
});

it('is below XDG_CACHE_HOME, and says so when that cannot be written', async () => {
  expect(cacheFolder()).toBe(root);
  vi.stubEnv('XDG_CACHE_HOME', 'relative');
  vi.stubEnv('HOME', '/home/somebody');
  expect(cacheFolder()).toBe('/home/somebody/.cache/ringsmith');
  // Below a file not even root may write.
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  vi.stubEnv('XDG_CACHE_HOME', file);
  const problem = await problemOf(() => entry());
  expect([problem.code, problem.remedy]).toEqual([
    'CACHE_UNWRITABLE',
    expect.stringContaining('XDG_CACHE_HOME'),
  ]);
});
