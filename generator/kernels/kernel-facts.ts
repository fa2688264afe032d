/**
 * Facts of a kernel by version: from its headers when a package has them, else from its image, its neighbours and what
 * the kernel itself answered.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TARGET, type HeaderFacts } from '../parse/index.js';
import { Problem } from '../problem.js';
import { cacheEntry } from './cache.js';
import { fetchKernel, isImagePackage } from './fetch.js';
import { parseHeaderTree } from './header-file.js';
import { headerTree, type PackageFile, unpack } from './header-package.js';
import { BtfTypes } from './image/btf.js';
import { composeFacts } from './image/compose.js';
import { measuredMacros } from './image/measured.js';
import { findImage, readBtfSection } from './image/vmlinux.js';
import { publishedHeaders, publishedTree } from './npm-headers.js';
import { loadSnapshot, type SnapshotSource, snapshotVersions } from './snapshot.js';
import { compareKernels, seriesOf } from './versions.js';

export interface KernelFacts {
  /** e.g. `6.12.95`. */
  readonly kernel: string;
  readonly facts: HeaderFacts;
  readonly source: SnapshotSource;
}

const TYPES_FILE = 'types.btf';

/** The types of the kernel in a package. */
function imageTypes(file: PackageFile): BtfTypes {
  const make = (folder: string): void => {
    const unpacked = join(folder, 'unpacked');
    unpack(file.path, unpacked);
    writeFileSync(join(folder, TYPES_FILE), readBtfSection(findImage(unpacked), folder));
    rmSync(unpacked, { recursive: true });
  };
  const key = `${file.name}_${file.version}_${file.sha256.slice(0, 12)}`;
  return new BtfTypes(readFileSync(join(cacheEntry({ kind: 'types', key, make }), TYPES_FILE)));
}

/** The nearest kernels around one whose headers are known. */
function neighbours(kernel: string): [older: string, newer: string] {
  const series = seriesOf(kernel);
  const known = snapshotVersions().filter(
    (version) => version !== series && loadSnapshot(version).source.between === undefined,
  );
  const older = known.findLast((version) => compareKernels(version, series) < 0);
  const newer = known.find((version) => compareKernels(version, series) > 0);
  if (older !== undefined && newer !== undefined) return [older, newer];
  throw new Problem({
    code: 'KERNEL_IMAGE_ALONE',
    what: `of Linux ${kernel} there is only an image, and no snapshot of an older and a newer kernel's headers`,
    consequence: 'its constants cannot be told',
    remedy: "give the kernel's headers with --package, --header or --tag",
  });
}

function fromImage(kernel: string, file: PackageFile): KernelFacts {
  const between = neighbours(kernel);
  const [older, newer] = between.map((version) => loadSnapshot(version).facts) as [HeaderFacts, HeaderFacts];
  const inOlder = new Set(older.macros.map(({ name }) => name));
  const asked = measuredMacros(seriesOf(kernel));
  const measured = newer.macros.flatMap(({ name }) => (asked.has(name) && !inOlder.has(name) ? [name] : []));
  return {
    kernel,
    facts: composeFacts({ older, newer, measured: new Set(measured) }, imageTypes(file)),
    source: {
      package: file.name,
      version: file.version,
      sha256: file.sha256,
      between,
      ...(measured.length === 0 ? {} : { measured }),
    },
  };
}

/** @param version a series, a release, or a package's version */
export function kernelFacts(version: string, target = DEFAULT_TARGET): KernelFacts {
  const published = publishedHeaders(version, target);
  if (published !== undefined) {
    const { kernel, package: name, version: from, sha256 } = published;
    const facts = parseHeaderTree(publishedTree(published), target, `Linux ${kernel}`);
    return { kernel, facts, source: { package: name, version: from, sha256 } };
  }
  const { kernel, file } = fetchKernel(version, target);
  if (isImagePackage(file.name)) return fromImage(kernel, file);
  return {
    kernel,
    facts: parseHeaderTree(headerTree(file, target), target, `Linux ${kernel}`),
    source: { package: file.name, version: file.version, sha256: file.sha256 },
  };
}
