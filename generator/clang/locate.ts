/** Where libclang may be installed: a list of files to try, newest version first. Loads nothing. */

import { readdirSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Candidate {
  readonly path: string;
  /** Major version as far as names tell; undefined when only the library itself knows. */
  readonly major: number | undefined;
}

/** `libclang.so`, `libclang-19.so.1`, `libclang.so.19.1.7`; not libclang-cpp, which has another interface. */
const LIBRARY_NAME = /^libclang(?:-\d+(?:\.\d+)*)?\.so(?:\.\d+)*$/;

/** Folders below the root that hold libraries; `*` stands for any characters within one name. */
const FOLDERS: readonly string[] = [
  'usr/lib/llvm*/lib',
  'usr/lib/llvm*/lib64',
  'usr/lib/*-linux-*',
  'usr/lib64/llvm*/lib',
  'usr/lib64/llvm*/lib64',
  'usr/lib64/llvm*',
  'usr/lib64',
  'usr/lib',
  'usr/local/llvm*/lib',
  'usr/local/lib64',
  'usr/local/lib',
  'opt/*/lib',
  'opt/*/lib64',
  'opt/*/*/lib',
];

/** What the dynamic linker may know of although no usual folder has it. */
export const BARE_NAMES: readonly string[] = ['libclang.so.1', 'libclang.so'];

/** The libclangs in the usual places, newest first, those of unknown version last; each file once. */
export function installedLibraries(root = '/'): readonly Candidate[] {
  return newestFirst(FOLDERS.flatMap((pattern) => expand(root, pattern.split('/'))).flatMap(filesIn));
}

/** The libclangs right in a folder, in the same order. */
export function librariesIn(folder: string): readonly Candidate[] {
  return newestFirst(filesIn(folder));
}

export function isLibclangCpp(path: string): boolean {
  return [path, realPathOf(path)].some((name) => basename(name).startsWith('libclang-cpp'));
}

/** The major version from the names of a library and of the file it links to. */
export function majorFromPath(path: string): number | undefined {
  const names = [path, realPathOf(path)];
  for (const name of names) {
    const text = /^libclang-(\d+)/.exec(basename(name))?.[1] ?? /\/llvm-?(\d+)(?=[./])/.exec(name)?.[1];
    if (text !== undefined) return Number(text);
  }
  for (const name of names) {
    // Up to 13 the number after `.so` may be that of an interface which all later versions kept.
    const major = Number(/^libclang\.so\.(\d+)/.exec(basename(name))?.[1] ?? 0);
    if (major > 13) return major;
  }
  return undefined;
}

function newestFirst(paths: readonly string[]): readonly Candidate[] {
  const byFile = new Map<string, Candidate>();
  for (const path of paths) {
    if (isLibclangCpp(path)) continue;
    const file = realPathOf(path);
    if (!byFile.has(file)) byFile.set(file, { path, major: majorFromPath(path) });
  }
  // The sort is stable: among equals the order of the folders stands.
  return [...byFile.values()].sort((left, right) => (right.major ?? 0) - (left.major ?? 0));
}

function filesIn(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => LIBRARY_NAME.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function expand(folder: string, [head, ...rest]: readonly string[]): readonly string[] {
  if (head === undefined) return [folder];
  if (!head.includes('*')) return expand(join(folder, head), rest);
  const pattern = new RegExp(`^${head.replaceAll('*', '.*')}$`);
  return namesIn(folder)
    .filter((name) => pattern.test(name))
    .flatMap((name) => expand(join(folder, name), rest));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A usual place that this system does not have.
    return [];
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
