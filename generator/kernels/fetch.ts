/**
 * Kernels by version, from Debian's packages: which there are, which of them answers a request, and its headers.
 */
import { DEFAULT_TARGET } from '../parse/index.js';
import { Problem } from '../problem.js';
import { type AptPackage, AptState } from './apt.js';
import { debianArchitecture, headerTree, type PackageFile } from './header-package.js';
import { snapshotVersions } from './snapshot.js';
import {
  answers,
  compareKernels,
  comparePackages,
  isCandidate,
  seriesOf,
  upstreamVersion,
} from './versions.js';

const LIBC_DEV = 'linux-libc-dev';

/** A kernel whose headers a package has. */
export interface AvailableKernel {
  readonly kernel: string;
  readonly package: AptPackage;
}

/** linux-libc-dev before the larger linux-headers of the same kernel. */
const rank = (name: string): number => (name === LIBC_DEV ? 0 : 1);

/** Oldest first; of packages for the same kernel the preferred one last. */
function inOrder(packages: readonly AptPackage[]): AvailableKernel[] {
  return packages
    .map((item) => ({ kernel: upstreamVersion(item.version), package: item }))
    .sort(
      (a, b) =>
        compareKernels(a.kernel, b.kernel) ||
        rank(b.package.name) - rank(a.package.name) ||
        comparePackages(a.package.version, b.package.version),
    );
}

/**
 * The package for a request: an exact release, or for a series its newest one that has a linux-libc-dev, or else its
 * newest one at all.
 */
export function choosePackage(packages: readonly AptPackage[], requested: string): AptPackage | undefined {
  const matching = inOrder(packages).filter(
    ({ kernel, package: item }) => answers(kernel, requested) || item.version === requested,
  );
  const preferred = matching.findLast(({ package: item }) => item.name === LIBC_DEV) ?? matching.at(-1);
  return preferred?.package;
}

/** Asking apt takes a second, so one run asks once. */
let catalog: { readonly folder: string; readonly packages: readonly AptPackage[] } | undefined;

/** Packages with kernel headers that the machine's mirror has. */
function headerPackages(state: AptState): readonly AptPackage[] {
  if (catalog?.folder === state.folder) return catalog.packages;
  const names = state.names('linux-headers-').filter((name) => /-common$/.test(name));
  const packages = state.versions([LIBC_DEV, ...names.sort()]);
  catalog = { folder: state.folder, packages };
  return packages;
}

/** Kernels that could be fetched now, oldest first, each once. */
export function availableKernels(target = DEFAULT_TARGET): AvailableKernel[] {
  const ordered = inOrder(headerPackages(AptState.open(debianArchitecture(target))));
  return [...new Map(ordered.map((item) => [item.kernel, item])).values()];
}

/** `6.1.176, 6.1.192` → `6.1.176 6.1.192`, a line of text for people. */
function listed(kernels: readonly AvailableKernel[]): string {
  const bySeries = new Map<string, string[]>();
  for (const { kernel } of kernels) {
    const series = isCandidate(kernel) ? kernel : seriesOf(kernel);
    bySeries.set(series, [...(bySeries.get(series) ?? []), kernel]);
  }
  return [...bySeries].map(([series, all]) => `${series} (${all.join(' ')})`).join(', ');
}

export interface FetchedHeaders {
  /** Folder with `linux/`, `asm/` and `asm-generic/`. */
  readonly folder: string;
  readonly kernel: string;
  readonly package: AptPackage;
}

function unavailable(version: string, available: string): Problem {
  return new Problem({
    code: 'KERNEL_UNAVAILABLE',
    what: `there is neither a snapshot nor a package of Linux ${version}`,
    consequence: 'nothing was generated',
    remedy: `snapshots: ${snapshotVersions().join(' ')}; packages: ${available}; or give the header with --header FILE or --tag`,
  });
}

/** Without apt the snapshots are all there is; the Problem says both. */
function openState(version: string, target: string): AptState {
  try {
    return AptState.open(debianArchitecture(target));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(
      {
        code: 'KERNEL_UNAVAILABLE',
        what: `there is no snapshot of Linux ${version}, and it cannot be fetched: ${error.what}`,
        consequence: 'nothing was generated',
        remedy: `use one of the snapshots (${snapshotVersions().join(' ')}), or ${error.remedy}`,
      },
      { cause: error },
    );
  }
}

/** The headers of a kernel, by series or exact version. */
export function fetchHeaders(version: string, target = DEFAULT_TARGET): FetchedHeaders {
  const state = openState(version, target);
  const packages = headerPackages(state);
  const chosen = choosePackage(packages, version);
  if (chosen === undefined) throw unavailable(version, listed(availableKernels(target)));
  const file: PackageFile = { ...chosen, path: state.download(chosen) };
  return { folder: headerTree(file, target), kernel: upstreamVersion(chosen.version), package: chosen };
}

/**
 * A package file, verified, by name and version: linux-source for the kernel's source, linux-image for a kernel to
 * boot. Without a version the one that apt would install.
 */
export function fetchPackage(name: string, version?: string, architecture = 'amd64'): PackageFile {
  const state = AptState.open(architecture);
  const versions = state.versions([name]);
  const wanted = version ?? state.candidate(name);
  const chosen = versions.find((item) => item.version === wanted);
  if (chosen !== undefined) return { ...chosen, path: state.download(chosen) };
  const known = versions.map((item) => item.version).sort(comparePackages);
  throw new Problem({
    code: 'PACKAGE_UNAVAILABLE',
    what: `Debian has no package ${name}${version === undefined ? '' : ` ${version}`} for ${architecture}`,
    consequence: 'it was not fetched',
    remedy: known.length === 0 ? 'check the name' : `it has ${known.join(', ')}`,
  });
}
