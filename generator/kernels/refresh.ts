/**
 * Makes the snapshots under generated/kernels/: of a kernel and its contract, or of the C library, from Debian's
 * packages or a kernel's tree. The same packages and trees give the same bytes.
 */
import { DEFAULT_TARGET } from '../parse/index.js';
import { Problem } from '../problem.js';
import { ARM64, ARM64_TARGET, compareMachines, tableFile, tableText } from './arm64.js';
import { contractFile, contractText } from './contracts.js';
import { fetchKernel, fetchPackage } from './fetch.js';
import { headerTree } from './header-package.js';
import { INDEX_FILE, indexOfSnapshots, indexText } from './history.js';
import { treeContract } from './kernel-contract.js';
import { type KernelFacts, kernelFacts } from './kernel-facts.js';
import { checkTreeKernel, type KernelTree, readKernelTree, treeHeaders } from './kernel-tree.js';
import { LIBC, libcTree, loadLibc, parseLibc, withLibc } from './libc.js';
import { loadSnapshot, snapshotText, snapshotVersions, writeSnapshotFile } from './snapshot.js';
import { ownSnapshotFolder, snapshotFolder } from './snapshot-folders.js';
import { sourceTree } from './source-tree.js';
import { compareKernels, seriesOf, upstreamVersion } from './versions.js';

const LIBC_PACKAGE = 'libc6-dev';

export interface Refreshed {
  readonly kernel: string;
  readonly package: string;
  readonly version: string;
  readonly changed: boolean;
  /** Of a kernel: its contract, or why there is none. */
  readonly contract?: Omit<Refreshed, 'contract'> | { readonly missing: string };
}

function newestSnapshot(): string {
  const newest = snapshotVersions().at(-1);
  if (newest !== undefined) return newest;
  throw new Problem({
    code: 'KERNEL_NONE',
    what: 'the C library includes kernel headers, and there is no snapshot of any kernel',
    consequence: 'no snapshot was made',
    remedy: 'make the snapshot of a kernel first: ringsmith snapshot V',
  });
}

function refreshLibc(): Refreshed {
  const newest = newestSnapshot();
  const file = fetchPackage(LIBC_PACKAGE);
  const facts = parseLibc(libcTree(file), headerTree(fetchKernel(newest).file, DEFAULT_TARGET));
  const source = { package: file.name, version: file.version, sha256: file.sha256 };
  const text = snapshotText({ schema: 1, kernel: LIBC, source, facts });
  return { kernel: LIBC, ...source, changed: writeSnapshotFile(`${LIBC}.json`, text) };
}

/** Compares the headers of the newest kernel, and of the C library, with those of the same packages for arm64. */
function refreshArm64(): Refreshed {
  const newest = newestSnapshot();
  const { source, facts } = loadSnapshot(newest);
  const there = kernelFacts(source.version, ARM64_TARGET);
  const library = fetchPackage(LIBC_PACKAGE, loadLibc()?.source.version, 'arm64');
  const kernel = headerTree(fetchKernel(newest, ARM64_TARGET).file, ARM64_TARGET);
  const libc = parseLibc(libcTree(library), kernel, ARM64_TARGET);
  const differences = compareMachines(withLibc(facts), withLibc(there.facts, libc));
  const sources = [there.source, { package: library.name, version: library.version, sha256: library.sha256 }];
  const text = tableText({ schema: 1, kernel: ARM64, of: newest, sources, ...differences });
  return { kernel: ARM64, ...there.source, changed: writeSnapshotFile(tableFile, text) };
}

/** The tree of the very package that the headers came from, or of the nearest there is; undefined for a reason. */
function packagedTree({ kernel, source }: KernelFacts): KernelTree | { readonly missing: string } {
  try {
    return sourceTree(source.version, kernel, seriesOf(kernel));
  } catch (error) {
    if (error instanceof Problem && error.code === 'SOURCE_UNAVAILABLE') return { missing: error.what };
    throw error;
  }
}

function refreshContract(
  facts: KernelFacts,
  tree: KernelTree | { readonly missing: string },
): Refreshed['contract'] {
  if ('missing' in tree) return tree;
  const series = seriesOf(facts.kernel);
  const changed = writeSnapshotFile(contractFile(series), contractText(treeContract(tree)));
  return { kernel: series, ...tree.source, changed };
}

/** What a tree says of its kernel, and the tree. */
function fromTree(folder: string, version: string): { read: KernelFacts; tree: KernelTree } {
  const tree = readKernelTree(folder);
  checkTreeKernel(tree, version);
  const { facts, sha256 } = treeHeaders(tree);
  return { read: { kernel: tree.kernel ?? version, facts, source: { ...tree.source, sha256 } }, tree };
}

function fromPackages(version: string): { read: KernelFacts; tree: KernelTree | { missing: string } } {
  const read = kernelFacts(version);
  const tree = packagedTree(read);
  if (!('missing' in tree)) checkTreeKernel(tree, read.kernel);
  return { read, tree };
}

/** A series has one snapshot: an older release in its place would take away what is known of the newer. */
function checkNotOlder(kernel: string, force: boolean): void {
  const series = seriesOf(kernel);
  if (force || !snapshotVersions().includes(series)) return;
  const known = upstreamVersion(loadSnapshot(series).source.version);
  // A package that only carries headers has a version of its own.
  if (seriesOf(known) !== series || compareKernels(kernel, known) >= 0) return;
  throw new Problem({
    code: 'SNAPSHOT_OLDER',
    what: `the snapshot of ${series} is of Linux ${known}, and Linux ${kernel} is older`,
    consequence: 'nothing was written',
    remedy: `name ${known} or a later release, or replace the snapshot all the same with --force`,
  });
}

function refreshKernel(version: string, { source: folder, force = false }: RefreshOptions): Refreshed {
  const { read, tree } = folder === undefined ? fromPackages(version) : fromTree(folder, version);
  const { facts, source } = read;
  const series = seriesOf(read.kernel);
  checkNotOlder(read.kernel, force);
  // Read before anything is written: a tree that cannot be read leaves the snapshot as it was.
  const contract = refreshContract(read, tree);
  const text = snapshotText({ schema: 1, kernel: series, source, facts });
  return {
    kernel: series,
    ...source,
    changed: writeSnapshotFile(`${series}.json`, text),
    ...(contract === undefined ? {} : { contract }),
  };
}

export interface RefreshOptions {
  /** A kernel's tree, to read headers and contract from in place of a package's. */
  readonly source?: string;
  /** Take an older release of the series in place of a newer. */
  readonly force?: boolean;
}

/** Makes one snapshot, of a kernel's series or of `libc`, or the table of what differs on `arm64`. */
export function refreshSnapshot(what: string, options: RefreshOptions = {}): Refreshed {
  if (what === LIBC) return refreshLibc();
  return what === ARM64 ? refreshArm64() : refreshKernel(what, options);
}

/** Brings ringsmith's index in step with its snapshots; a project keeps none. @returns whether it changed */
export const refreshIndex = (): boolean =>
  snapshotFolder() === ownSnapshotFolder() && writeSnapshotFile(INDEX_FILE, indexText(indexOfSnapshots()));
