/**
 * The one writer of generated trees. It writes what is missing or different, removes what an earlier run left over, or
 * only checks; a manifest in the folder tells its own files from everybody else's.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Problem } from '../problem.js';
import type { GeneratedFile } from './files.js';
import { filesIn } from './files-in.js';
import { carryOver, replaceTree, stagingFolder } from './tree.js';

const MANIFEST = 'manifest.json';
/** Folders inside an output folder that are not the generator's: snapshots, and what builds leave there. */
const NOT_OURS = new Set(['kernels', 'node_modules', 'build', '.git']);

export interface Manifest {
  readonly generator: 'ringsmith';
  readonly label: string;
  /** Digest of every file, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** What a folder lacks, what differs, and what should not be there. */
export interface Drift {
  readonly missing: readonly string[];
  readonly changed: readonly string[];
  readonly leftover: readonly string[];
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function manifestFile(label: string, files: readonly GeneratedFile[]): GeneratedFile {
  const entries = files
    .map((file) => [file.path, digest(file.text)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const manifest: Manifest = { generator: 'ringsmith', label, files: Object.fromEntries(entries) };
  return { path: MANIFEST, text: `${JSON.stringify(manifest, null, 2)}\n` };
}

/** The manifest of a generated folder, or undefined when it is none. */
export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, MANIFEST);
  if (!existsSync(file)) return undefined;
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    return manifest.generator === 'ringsmith' ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Files of a folder that may be the generator's; none where there is no folder. */
const ownFilesIn = (folder: string): string[] => (existsSync(folder) ? filesIn(folder, NOT_OURS) : []);

/** A folder that holds somebody else's files is not written into. */
function checkFolder(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) {
    throw new Problem({
      code: 'OUT_NOT_FOLDER',
      what: 'the output is a file, not a folder',
      where: { file: folder },
      consequence: 'nothing was written',
      remedy: 'name a folder with --out',
    });
  }
  if (readManifest(folder) === undefined && ownFilesIn(folder).length > 0) {
    throw new Problem({
      code: 'OUT_NOT_OURS',
      what: 'the output folder holds files that ringsmith did not generate',
      where: { file: folder },
      consequence: 'nothing was written, so that none of them is lost',
      remedy: 'name an empty or new folder with --out',
    });
  }
}

/** Compares a folder with what it should hold. */
export function findDrift(folder: string, label: string, files: readonly GeneratedFile[]): Drift {
  const wanted = [...files, manifestFile(label, files)];
  const paths = new Set(wanted.map((file) => file.path));
  const isThere = (file: GeneratedFile): boolean => existsSync(join(folder, file.path));
  return {
    missing: wanted.filter((file) => !isThere(file)).map((file) => file.path),
    changed: wanted
      .filter((file) => isThere(file) && readFileSync(join(folder, file.path), 'utf8') !== file.text)
      .map((file) => file.path),
    leftover: ownFilesIn(folder).filter((path) => !paths.has(path)),
  };
}

function put(folder: string, file: GeneratedFile): void {
  const target = join(folder, file.path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, file.text);
}

/** Entries of the folder that stay as they are: not generated now, and not by an earlier run. */
function foreignEntries(folder: string, drift: Drift, previous: Manifest['files']): string[] {
  if (!existsSync(folder)) return [];
  const others = readdirSync(folder).filter((name) => NOT_OURS.has(name));
  return [...others, ...drift.leftover.filter((path) => !(path in previous))];
}

/**
 * Makes the folder hold exactly these files, beside what is not the generator's. The tree is made aside and put in place
 * as a whole. Returns how many files were written or removed.
 */
export function writeFiles(folder: string, label: string, files: readonly GeneratedFile[]): number {
  checkFolder(folder);
  const drift = findDrift(folder, label, files);
  const previous = readManifest(folder)?.files ?? {};
  const stale = drift.leftover.filter((path) => path in previous);
  const touched = drift.missing.length + drift.changed.length + stale.length;
  if (touched === 0) return 0;
  let staging: string | undefined;
  try {
    staging = stagingFolder(folder);
    for (const file of [...files, manifestFile(label, files)]) put(staging, file);
    for (const path of foreignEntries(folder, drift, previous))
      carryOver(join(folder, path), join(staging, path));
    replaceTree(folder, staging);
  } catch (error) {
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true });
    throw writeProblem(error, folder);
  }
  return touched;
}

/** What the file system refused, as a Problem. */
function writeProblem(error: unknown, folder: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new Problem(
    {
      code: 'OUT_NOT_WRITABLE',
      what: `the output cannot be written: ${message}`,
      where: { file: folder },
      consequence: 'the folder is as it was',
      remedy: 'check its permissions and the free space, or name another folder with --out',
    },
    { cause: error },
  );
}
