/**
 * Snapshots: the facts of known kernels, committed under generated/kernels/, or made by a user in a project. With them ringsmith works offline and
 * without libclang.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HeaderFacts } from '../parse/index.js';
import { Problem } from '../problem.js';
import { findSnapshotFile, snapshotFiles, snapshotFolder } from './snapshot-folders.js';
import { compareKernels, upstreamVersion } from './versions.js';

/** Where a snapshot's headers came from. */
export interface SnapshotSource {
  /** Distribution package, e.g. `linux-libc-dev`, or `kernel tree`. */
  readonly package: string;
  /** The package's version; of a tree the kernel's. */
  readonly version: string;
  /** Digest of the package file; of a kernel's tree that of the headers that were read. */
  readonly sha256: string;
  /** Of a kernel known by its image alone: the kernels whose headers gave what an image does not have. */
  readonly between?: readonly [older: string, newer: string];
  /** Macros that only the newer of them has, and that this kernel was found to have by booting and asking it. */
  readonly measured?: readonly string[];
}

export interface Snapshot {
  readonly schema: 1;
  /** Kernel series, e.g. `7.3`. */
  readonly kernel: string;
  readonly source: SnapshotSource;
  readonly facts: HeaderFacts;
}

const SERIES_FILE = /^(\d+\.\d+)\.json$/;

export { snapshotFolder };

/** Series that have a snapshot, oldest first. */
export function snapshotVersions(): string[] {
  return snapshotFiles()
    .flatMap((file) => SERIES_FILE.exec(file)?.[1] ?? [])
    .sort(compareKernels);
}

/** The series whose snapshot is of this kernel: the series itself, or the very release that was read for it. */
export function snapshotOf(version: string): string | undefined {
  const series = snapshotVersions().find(
    (candidate) => version === candidate || version.startsWith(`${candidate}.`),
  );
  if (series === undefined || series === version) return series;
  return upstreamVersion(loadSnapshot(series).source.version) === version ? series : undefined;
}

/** @throws Problem when the text is no snapshot of a schema this ringsmith reads */
export function readSnapshot(file: string, text: string): Snapshot {
  const refused = (code: string, what: string, cause?: unknown): Problem =>
    new Problem(
      {
        code,
        what,
        where: { file },
        consequence: 'nothing was generated',
        remedy: 'update ringsmith, or make the snapshot again: ringsmith snapshot',
      },
      { cause },
    );
  let snapshot: Snapshot;
  try {
    snapshot = JSON.parse(text) as Snapshot;
  } catch (cause) {
    throw refused('SNAPSHOT_UNREADABLE', 'the snapshot is not JSON', cause);
  }
  if (snapshot.schema !== 1) {
    const what = `the snapshot has schema ${String(snapshot.schema)}, and this ringsmith reads schema 1`;
    throw refused('SNAPSHOT_SCHEMA', what);
  }
  return snapshot;
}

export function loadSnapshot(version: string): Snapshot {
  const file = findSnapshotFile(`${version}.json`);
  if (file !== undefined) return readSnapshot(file, readFileSync(file, 'utf8'));
  throw new Problem({
    code: 'KERNEL_UNKNOWN',
    what: `there is no snapshot of kernel ${version}`,
    consequence: 'nothing was generated',
    remedy: `use one of ${snapshotVersions().join(', ')}, or give the header itself with --header FILE`,
  });
}

/** `linux-libc-dev 7.3.4-1`, for people. */
export function sourceText(source: Omit<SnapshotSource, 'sha256'>): string {
  const text = `${source.package} ${source.version}`;
  if (source.between === undefined) return text;
  const asked =
    source.measured === undefined ? '' : ` and ${source.measured.length} that the kernel answered to`;
  return `${text}, with the constants that ${source.between.join(' and ')} share${asked}`;
}

/** The snapshot as text: one fact a line, so that a change shows as that fact's line. */
export function snapshotText(snapshot: Omit<Snapshot, 'kernel'> & { readonly kernel: string }): string {
  const { facts, ...head } = snapshot;
  const parts = Object.entries(facts).map(([key, value]) => {
    if (!Array.isArray(value)) return `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    const rows = value.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
    return `  ${JSON.stringify(key)}: [${rows === '' ? '' : `\n${rows}\n  `}]`;
  });
  const headText = Object.entries(head).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return `{\n${headText.join(',\n')},\n"facts": {\n${parts.join(',\n')}\n}\n}\n`;
}

/** Puts a file of the snapshot folder in place, unless the one that counts says the same. @returns whether it changed */
export function writeSnapshotFile(name: string, text: string): boolean {
  const file = join(snapshotFolder(), name);
  const known = findSnapshotFile(name);
  if (known !== undefined && readFileSync(known, 'utf8') === text) return false;
  mkdirSync(snapshotFolder(), { recursive: true });
  // Beside the target and renamed, so that a reader sees the old file or the new one.
  const aside = `${file}.${process.pid}.tmp`;
  writeFileSync(aside, text);
  renameSync(aside, file);
  return true;
}
