/** Proves which libclang is chosen, and that a missing, old or unusable one is a Problem that says what to do. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadClang } from '../../generator/clang/index.js';
import { loadLibrary, majorFromVersion } from '../../generator/clang/load.js';
import { installedLibraries, majorFromPath } from '../../generator/clang/locate.js';
import { loadAddon, requireAddon } from '../../generator/clang/native.js';
import { Problem } from '../../generator/problem.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringsmith-clang-'));
  vi.stubEnv('LIBCLANG_PATH', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** An empty file below the folder, which is no library at all. */
function place(name: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'not a library\n');
  return file;
}

function problemOf(action: () => unknown): Problem {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('no Problem');
}

test('the library found says its version and path', () => {
  const clang = loadClang();
  expect(clang.major).toBeGreaterThanOrEqual(14);
  expect(clang.version).toContain(`${clang.major}.`);
  expect(clang.path).toMatch(/^\/.*libclang/);
});

test('the same library loads from an explicit file, an explicit folder and LIBCLANG_PATH', () => {
  const { path, version } = loadClang();
  expect(loadClang({ path }).version).toBe(version);
  symlinkSync(path, join(folder, 'libclang.so'));
  expect(loadClang({ path: folder }).version).toBe(version);
  vi.stubEnv('LIBCLANG_PATH', folder);
  expect(loadClang().version).toBe(version);
  vi.stubEnv('LIBCLANG_PATH', '');
  expect(loadClang().version).toBe(version);
});

test('LIBCLANG_PATH that is a text file is a Problem, and nothing else is tried', () => {
  const file = place('libclang.so');
  vi.stubEnv('LIBCLANG_PATH', file);
  const problem = problemOf(() => loadClang());
  expect(problem.code).toBe('LIBCLANG_MISSING');
  expect(problem.what).toContain(`LIBCLANG_PATH is ${file}, which cannot be used`);
  expect(problem.what).toMatch(/invalid ELF header|file too short/);
  expect(problem.remedy).toContain('LIBCLANG_PATH');
});

test.each([
  ['a path that does not exist', 'nowhere/libclang.so', 'does not exist'],
  ['a folder without a libclang', '.', 'a folder without a libclang*.so*'],
])('LIBCLANG_PATH that is %s is a Problem', (_, name, expected) => {
  vi.stubEnv('LIBCLANG_PATH', join(folder, name));
  expect(problemOf(() => loadClang()).what).toContain(expected);
});

test('a shared object that is no libclang is a Problem naming what it lacks', () => {
  const addon = loadAddon();
  const other = join(import.meta.dirname, '../../build/Release/ringsmith_clang.node');
  expect(problemOf(() => loadLibrary(addon, { path: other })).what).toContain(
    'it has no clang_getClangVersion',
  );
});

test('libclang-cpp is refused, under whatever name', () => {
  const file = place('libclang-cpp.so.19');
  symlinkSync(file, join(folder, 'libclang.so'));
  expect(problemOf(() => loadClang({ path: file })).what).toContain('libclang-cpp is another library');
  expect(problemOf(() => loadClang({ path: join(folder, 'libclang.so') })).what).toContain('libclang-cpp');
});

test('without any libclang the Problem names the packages', () => {
  const problem = problemOf(() => loadLibrary(loadAddon(), { root: folder, bareNames: [] }));
  expect(problem.code).toBe('LIBCLANG_MISSING');
  expect(problem.what).toBe('No libclang of version 14 or newer was found.');
  expect(problem.consequence).toContain('snapshots do not need libclang');
  for (const text of [
    'libclang1-19',
    'libclang1`',
    'clang-libs',
    'clang19-libs',
    'pacman -S clang',
    'LIBCLANG_PATH',
  ]) {
    expect(problem.remedy).toContain(text);
  }
});

test('a libclang that is too old is named in the Problem and not loaded', () => {
  const old = place('usr/lib/llvm-13/lib/libclang.so.1');
  const problem = problemOf(() => loadLibrary(loadAddon(), { root: folder, bareNames: [] }));
  expect(problem.what).toContain(`${old}: version 13 is too old, 14 or newer is needed`);
});

test('the usual places are searched newest version first, each library once', () => {
  const names = [
    'usr/lib/llvm-9/lib/libclang.so.1',
    'usr/lib/llvm-14/lib/libclang-14.so.1',
    'usr/lib/x86_64-linux-gnu/libclang-19.so.19',
    'usr/lib/x86_64-linux-gnu/libclang-cpp.so.19',
    'usr/lib64/libclang.so.18.1.8',
    'usr/lib64/llvm17/lib/libclang.so.17',
    'usr/local/lib/libclang.so',
    'usr/lib/libclangd.so',
    'opt/clang/lib/libclang-20.so',
  ];
  for (const name of names) place(name);
  symlinkSync(join(folder, names[2]!), join(folder, 'usr/lib/x86_64-linux-gnu/libclang-19.so.1'));
  const found = installedLibraries(folder).map(({ path, major }) => [path.slice(folder.length + 1), major]);
  expect(found).toEqual([
    ['opt/clang/lib/libclang-20.so', 20],
    ['usr/lib/x86_64-linux-gnu/libclang-19.so.1', 19],
    ['usr/lib64/libclang.so.18.1.8', 18],
    ['usr/lib64/llvm17/lib/libclang.so.17', 17],
    ['usr/lib/llvm-14/lib/libclang-14.so.1', 14],
    ['usr/lib/llvm-9/lib/libclang.so.1', 9],
    ['usr/local/lib/libclang.so', undefined],
  ]);
});

test('versions are read from names and from what the library reports', () => {
  expect(majorFromPath('/a/libclang.so.13')).toBeUndefined();
  expect(majorFromPath('/a/libclang-14.so.13')).toBe(14);
  expect(majorFromVersion('Debian clang version 19.1.7 (3~deb12u1)')).toBe(19);
  expect(majorFromVersion('20.1.0')).toBe(20);
  expect(majorFromVersion('unknown')).toBe(0);
});

test('an addon that is not built, or not loadable, is a Problem', () => {
  const missing = problemOf(() => requireAddon(join(folder, 'ringsmith_clang.node')));
  expect([missing.code, missing.remedy]).toEqual([
    'ADDON_MISSING',
    expect.stringContaining('npm run build:native'),
  ]);
  const broken = problemOf(() => requireAddon(place('broken.node')));
  expect([broken.code, broken.what]).toEqual(['ADDON_MISSING', expect.stringContaining('cannot be loaded')]);
});
