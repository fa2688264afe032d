/**
 * The C library's part of the vocabulary: `struct msghdr`, `MSG_*`, `AF_*` and the like are in no kernel header. They
 * are the same for every kernel, so there is one snapshot of them, merged into the facts of each.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadClang } from '../clang/index.js';
import { DEFAULT_TARGET, type HeaderFacts, parseHeader } from '../parse/index.js';
import { cacheEntry } from './cache.js';
import { type PackageFile, unpack } from './header-package.js';
import { keepVocabulary, renumber } from './keep.js';
import { readSnapshot, type SnapshotSource } from './snapshot.js';
import { findSnapshotFile } from './snapshot-folders.js';
import { includesOf, LIBC_VOCABULARY } from './vocabulary.js';

/** How the snapshot of the C library is called, in place of a kernel's version. */
export const LIBC = 'libc';

export interface LibcSnapshot {
  readonly schema: 1;
  readonly kernel: typeof LIBC;
  readonly source: SnapshotSource;
  readonly facts: HeaderFacts;
}

/** The compiler brings this header along; these are the parts that the C library asks it for. */
const STDDEF = 'typedef __SIZE_TYPE__ size_t;\n#define NULL ((void *) 0)\n';

/** A folder with the headers of a libc6-dev package. */
export function libcTree(file: PackageFile): string {
  const make = (folder: string): void => {
    const unpacked = join(folder, 'unpacked');
    unpack(file.path, unpacked);
    renameSync(join(unpacked, 'usr', 'include'), join(folder, 'include'));
    rmSync(unpacked, { recursive: true });
    writeFileSync(join(folder, 'include', 'stddef.h'), STDDEF);
  };
  const key = `${file.name}_${file.version}_${file.sha256.slice(0, 12)}`;
  return join(cacheEntry({ kind: 'headers', key, make }), 'include');
}

/**
 * @param libc the C library's headers
 * @param kernel a kernel's, which they include
 */
export function parseLibc(libc: string, kernel: string, target = DEFAULT_TARGET): HeaderFacts {
  const include = 'sys/socket.h';
  const native = join(libc, target);
  const facts = parseHeader(loadClang(), {
    header: join(native, include),
    target,
    include,
    includeDirs: [native, libc, kernel],
    vocabulary: ['fcntl.h'],
    parts: includesOf(LIBC_VOCABULARY),
    defines: ['_GNU_SOURCE'],
    label: 'the C library',
  });
  return keepVocabulary(facts, LIBC_VOCABULARY);
}

let snapshot: LibcSnapshot | undefined;

export function loadLibc(): LibcSnapshot | undefined {
  const file = findSnapshotFile(`${LIBC}.json`);
  if (snapshot === undefined && file !== undefined) {
    snapshot = readSnapshot(file, readFileSync(file, 'utf8')) as LibcSnapshot;
  }
  return snapshot;
}

/** A kernel's facts and the C library's. A name that the kernel's headers have keeps their meaning. */
export function withLibc(facts: HeaderFacts, libc: HeaderFacts | undefined = loadLibc()?.facts): HeaderFacts {
  if (libc === undefined) return facts;
  const values = new Set([
    ...facts.macros.map((macro) => macro.name),
    ...facts.otherMacros.map((macro) => macro.name),
    ...facts.enums.flatMap((fact) => fact.members.map((member) => member.name)),
  ]);
  const types = new Set([...facts.records, ...facts.typedefs].map((fact) => fact.name));
  const isNew = ({ name }: { readonly name: string }): boolean => !values.has(name);
  const isNewType = ({ name }: { readonly name: string }): boolean => !types.has(name);
  const added = renumber(
    libc,
    (file) => file + facts.files.length,
    (group) => group + facts.groups.length,
  );
  return {
    ...facts,
    files: [...facts.files, ...added.files],
    enums: [
      ...facts.enums,
      ...added.enums
        .map((fact) => ({ ...fact, members: fact.members.filter(isNew) }))
        .filter((fact) => fact.members.length > 0),
    ],
    records: [...facts.records, ...added.records.filter(isNewType)],
    macros: [...facts.macros, ...added.macros.filter(isNew)],
    otherMacros: [...facts.otherMacros, ...added.otherMacros.filter(isNew)],
    groups: [...facts.groups, ...added.groups],
    typedefs: [...facts.typedefs, ...added.typedefs.filter(isNewType)],
  };
}
