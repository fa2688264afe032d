/**
 * Makes the snapshots under generated/kernels/: of a kernel, or of the C library, from Debian's packages. The same
 * packages give the same bytes.
 */
import { DEFAULT_TARGET } from '../parse/index.js';
import { Problem } from '../problem.js';
import { fetchKernel, fetchPackage } from './fetch.js';
import { headerTree } from './header-package.js';
import { INDEX_FILE, indexOfSnapshots, indexText } from './history.js';
import { kernelFacts } from './kernel-facts.js';
import { LIBC, libcTree, parseLibc } from './libc.js';
import { snapshotText, snapshotVersions, writeSnapshotFile } from './snapshot.js';
import { seriesOf } from './versions.js';

const LIBC_PACKAGE = 'libc6-dev';

export interface Refreshed {
  readonly kernel: string;
  readonly package: string;
  readonly version: string;
  readonly changed: boolean;
}

function refreshLibc(): Refreshed {
  const newest = snapshotVersions().at(-1);
  if (newest === undefined) {
    throw new Problem({
      code: 'KERNEL_NONE',
      what: 'the C library includes kernel headers, and there is no snapshot of any kernel',
      consequence: 'the snapshot of the C library was not made',
      remedy: 'make the snapshot of a kernel first: ringsmith snapshot V',
    });
  }
  const file = fetchPackage(LIBC_PACKAGE);
  const facts = parseLibc(libcTree(file), headerTree(fetchKernel(newest).file, DEFAULT_TARGET));
  const source = { package: file.name, version: file.version, sha256: file.sha256 };
  const text = snapshotText({ schema: 1, kernel: LIBC, source, facts });
  return { kernel: LIBC, ...source, changed: writeSnapshotFile(`${LIBC}.json`, text) };
}

function refreshKernel(version: string): Refreshed {
  const { kernel, facts, source } = kernelFacts(version);
  const series = seriesOf(kernel);
  const text = snapshotText({ schema: 1, kernel: series, source, facts });
  return { kernel: series, ...source, changed: writeSnapshotFile(`${series}.json`, text) };
}

/** Makes one snapshot, of a kernel's series or of `libc`. */
export const refreshSnapshot = (what: string): Refreshed =>
  what === LIBC ? refreshLibc() : refreshKernel(what);

/** Brings the index in step with the snapshots. @returns whether it changed */
export const refreshIndex = (): boolean => writeSnapshotFile(INDEX_FILE, indexText(indexOfSnapshots()));
