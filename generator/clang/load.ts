/** Chooses a libclang and loads it: the one the user names, else the newest that works. */

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Problem } from '../problem.js';
import { BARE_NAMES, type Candidate, installedLibraries, isLibclangCpp, librariesIn } from './locate.js';
import { messageOf, type NativeAddon, type NativeLibrary } from './native.js';

export const OLDEST_MAJOR = 14;

export interface LoadedLibrary extends NativeLibrary {
  readonly major: number;
}

export interface LoadRequest {
  /** A file, or a folder that holds one. */
  readonly path?: string | undefined;
  /** Root of the file system to search; for tests. */
  readonly root?: string;
  /** Names for the dynamic linker to find; for tests. */
  readonly bareNames?: readonly string[];
}

/** Throws a Problem when no usable libclang is found. */
export function loadLibrary(addon: NativeAddon, request: LoadRequest = {}): LoadedLibrary {
  if (request.path !== undefined) return loadNamed(addon, request.path, 'The given libclang');
  const fromEnvironment = process.env['LIBCLANG_PATH'];
  if (fromEnvironment) return loadNamed(addon, fromEnvironment, 'LIBCLANG_PATH');
  const bare = (request.bareNames ?? BARE_NAMES).map((path) => ({ path, major: undefined }));
  const attempts = tryAll(addon, [...installedLibraries(request.root), ...bare]);
  if (attempts.library) return attempts.library;
  const failures = attempts.failures.filter(
    (failure) => !bare.some(({ path }) => failure.startsWith(`${path}: `)),
  );
  const details = failures.length > 0 ? ` (${failures.join('; ')})` : '';
  throw missing(`No libclang of version ${OLDEST_MAJOR} or newer was found${details}.`, false);
}

/** A choice of the user's that does not work is said, never replaced by another library. */
function loadNamed(addon: NativeAddon, path: string, origin: string): LoadedLibrary {
  const absolute = resolve(path);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) throw missing(`${origin} is ${path}, which does not exist.`, true);
  // What the user names is judged by what it says of itself, not by the names of its folders.
  const paths = stats.isDirectory() ? librariesIn(absolute).map((candidate) => candidate.path) : [absolute];
  const candidates = paths.map((file) => ({ path: file, major: undefined }));
  if (candidates.length === 0) throw missing(`${origin} is ${path}, a folder without a libclang*.so*.`, true);
  const attempts = tryAll(addon, candidates);
  if (attempts.library) return attempts.library;
  throw missing(`${origin} is ${path}, which cannot be used (${attempts.failures.join('; ')}).`, true);
}

interface Attempts {
  readonly library?: LoadedLibrary;
  readonly failures: readonly string[];
}

function tryAll(addon: NativeAddon, candidates: readonly Candidate[]): Attempts {
  const failures: string[] = [];
  for (const candidate of candidates) {
    const outcome = tryOne(addon, candidate);
    if (typeof outcome !== 'string') return { library: outcome, failures };
    failures.push(outcome);
  }
  return { failures };
}

/** The library, or why not. */
function tryOne(addon: NativeAddon, { path, major }: Candidate): LoadedLibrary | string {
  if (isLibclangCpp(path)) return `${path}: libclang-cpp is another library, with a C++ interface`;
  if (major !== undefined && major < OLDEST_MAJOR) return tooOld(path, `version ${major}`);
  let library: NativeLibrary;
  try {
    library = addon.open(path);
  } catch (error) {
    const message = messageOf(error);
    return message.startsWith(path) ? message : `${path}: ${message}`;
  }
  const reported = majorFromVersion(library.version);
  if (reported < OLDEST_MAJOR) return tooOld(path, library.version);
  return { ...library, major: reported };
}

function tooOld(path: string, version: string): string {
  return `${path}: ${version} is too old, ${OLDEST_MAJOR} or newer is needed`;
}

/** From `Debian clang version 19.1.7 (3)` and the like; 0 when there is no number. */
export function majorFromVersion(version: string): number {
  return Number(/version (\d+)/.exec(version)?.[1] ?? /\d+/.exec(version)?.[0] ?? 0);
}

function missing(what: string, wasNamed: boolean): Problem {
  const choose = wasNamed
    ? 'Correct that path or leave it out to search the usual places'
    : 'Set LIBCLANG_PATH to the file or its folder if it is installed elsewhere';
  return new Problem({
    code: 'LIBCLANG_MISSING',
    what,
    consequence:
      'C headers and sources cannot be parsed; commands that work from snapshots do not need libclang.',
    remedy:
      `${choose}${wasNamed ? ' (LIBCLANG_PATH takes a file or its folder)' : ''}. ` +
      'To install libclang: Debian and Ubuntu `apt-get install libclang1-19` (or `libclang1`), ' +
      'Fedora `dnf install clang-libs`, Alpine `apk add clang-libs` (or `clang19-libs`), Arch `pacman -S clang`.',
  });
}
