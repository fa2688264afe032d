/**
 * A kernel's source by version, from Debian's linux-source packages: the part of the tree that its contract is read
 * from, unpacked into the cache.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { WORKING_FOLDERS } from '../contract/elsewhere.js';
import { Problem } from '../problem.js';
import { type AptPackage, AptState } from './apt.js';
import { cacheEntry } from './cache.js';
import { listed } from './fetch.js';
import { unpack } from './header-package.js';
import type { KernelTree } from './kernel-tree.js';
import { type ProgramResult, runProgram, withProgress } from './program.js';
import { answers, compareKernels, comparePackages, seriesOf, upstreamVersion } from './versions.js';

const SOURCE_PACKAGE = /^linux-source-(\d+\.\d+)$/;
/** Before this kernel all of io_uring was one switch in one file, and no contract can be read from it. */
const OLDEST = '6.0';

/**
 * What is unpacked of a tree: io_uring, every header it includes, directly or not, the headers for programs, and the
 * file that says which kernel this is. A path stands for all below it; `*` does not match a slash, and may match nothing.
 */
export const SOURCE_PARTS = [
  'Makefile',
  'io_uring',
  'include',
  'arch/x86/include',
  'fs/*.h',
  'kernel/*.h',
  'kernel/*/*.h',
  // Functions that operations are handed to, and what they include.
  ...WORKING_FOLDERS.map((folder) => `${folder}/*.c`),
  'mm/*.h',
  'block/*.h',
  'lib/*.h',
  'net/core/*.h',
] as const;

/** A kernel whose source is in a package. */
interface KernelSource {
  readonly kernel: string;
  readonly package: AptPackage;
}

const TOOL_REMEDY = "give a kernel's tree with --source DIR";

/** Sources that a contract can be read from, oldest first. */
function inSourceOrder(packages: readonly AptPackage[]): KernelSource[] {
  return packages
    .filter((item) => compareKernels(SOURCE_PACKAGE.exec(item.name)?.[1] ?? '0', OLDEST) >= 0)
    .map((item) => ({ kernel: upstreamVersion(item.version), package: item }))
    .sort((a, b) => comparePackages(a.package.version, b.package.version));
}

/** The newest source that answers the first request that any answers. */
function chooseSource(
  sources: readonly KernelSource[],
  requests: readonly string[],
): KernelSource | undefined {
  const found = requests.map((request) =>
    sources.findLast(({ kernel, package: item }) => item.version === request || answers(kernel, request)),
  );
  return found.find((source) => source !== undefined);
}

/** Every source package that the machine's mirror has. */
function sourcePackages(state: AptState): KernelSource[] {
  const names = state.names('linux-source-').filter((name) => SOURCE_PACKAGE.test(name));
  return inSourceOrder(state.versions(names.sort()));
}

function unavailable(request: string, sources: readonly KernelSource[]): Problem {
  const isOld = compareKernels(seriesOf(request), OLDEST) < 0;
  const known = sources.length === 0 ? 'the archive has no sources at all' : `sources: ${listed(sources)}`;
  return new Problem({
    code: 'SOURCE_UNAVAILABLE',
    what: isOld
      ? `Linux ${request} has no folder io_uring/: before ${OLDEST} it was one file, which is not read`
      : `there is no source package of Linux ${request}`,
    consequence: 'its contract cannot be read',
    remedy: `${known}; or ${TOOL_REMEDY}`,
  });
}

function badSource(file: string, what: string): Problem {
  return new Problem({
    code: 'SOURCE_UNREADABLE',
    what,
    where: { file },
    consequence: 'no contract was read',
    remedy: `fetch the package again, or ${TOOL_REMEDY}`,
  });
}

/** What tar adds to its errors, whatever they are. */
const EXIT_MESSAGE = /^tar: Exiting with failure status/;

/**
 * What tar could not do. It takes a pattern that no file matches for an error, while a kernel without such files is
 * whole; any other message is of an archive that is damaged, or that lacks what every kernel has.
 */
function tarErrors(result: ProgramResult): string[] {
  if (result.code === 0) return [];
  const harmless = SOURCE_PARTS.filter((part) => part.includes('*')).map(
    (part) => `tar: */${part}: Not found in archive`,
  );
  const lines = result.stderr.split('\n').filter((line) => line !== '');
  const errors = lines.filter((line) => !harmless.includes(line) && !EXIT_MESSAGE.test(line));
  return lines.length === 0 ? [`tar ended with exit code ${result.code}`] : errors;
}

/** Unpacks the parts of the tree that a package of sources holds as one archive. */
function unpackTree(deb: string, name: string, folder: string): void {
  // tar starts it by itself, and its message would not say what is missing.
  runProgram('xz', ['--version'], { remedy: `install xz-utils, or ${TOOL_REMEDY}` });
  const unpacked = join(folder, 'unpacked');
  unpack(deb, unpacked);
  const archive = join(unpacked, 'usr', 'src', `${name}.tar.xz`);
  const options = [
    ...['--extract', '--file', archive, '--use-compress-program', 'xz -T0'],
    ...['--directory', folder, '--strip-components', '1', '--no-same-owner'],
    ...['--wildcards', '--no-wildcards-match-slash'],
  ];
  const parts = SOURCE_PARTS.map((part) => `*/${part}`);
  const result = runProgram('tar', [...options, ...parts], { remedy: TOOL_REMEDY });
  const errors = tarErrors(result);
  if (errors.length > 0) throw badSource(deb, `the tree in ${name} cannot be unpacked: ${errors[0]}`);
  rmSync(unpacked, { recursive: true });
}

/** Another ringsmith may need other parts, so they belong to the name of what is cached. */
const PARTS_KEY = createHash('sha256').update(SOURCE_PARTS.join(' ')).digest('hex').slice(0, 8);

/**
 * The tree for the first request that a source package answers.
 * @param requests series, releases, or versions of the package, the preferred one first
 */
export function sourceTree(...requests: readonly [string, ...string[]]): KernelTree {
  const state = AptState.open('amd64');
  const sources = sourcePackages(state);
  const chosen = chooseSource(sources, requests);
  if (chosen === undefined) throw unavailable(requests.at(-1)!, sources);
  const { kernel, package: item } = chosen;
  const make = (folder: string): void => {
    const deb = state.download(item);
    withProgress(`unpacking ${item.name} ${item.version}`, () => unpackTree(deb, item.name, folder));
  };
  const key = `${item.name}_${item.version}_${item.sha256.slice(0, 12)}_${PARTS_KEY}`;
  const folder = cacheEntry({ kind: 'sources', key, make });
  return { folder, kernel, source: { package: item.name, version: item.version } };
}
