/**
 * Kernels by version, from Debian's packages: which there are, and which of them answers a request.
 */
import { DEFAULT_TARGET } from '../parse/index.js';
import { Problem } from '../problem.js';
import { type AptPackage, AptState } from './apt.js';
import { debianArchitecture, type PackageFile } from './header-package.js';
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
/** The small kernel for virtual machines, which Debian keeps longer than the headers it was built with. */
const IMAGE = /^linux-(image|binary)-\d[\d.]*(-\d+)?(\+deb\d+(\.\d+)?)?-cloud-amd64$/;

/** A kernel that a package can tell about. */
export interface AvailableKernel {
  readonly kernel: string;
  readonly package: AptPackage;
}

/** Whether a package has a kernel itself instead of its headers. */
export const isImagePackage = (name: string): boolean => IMAGE.test(name);

/** Headers before images; of each the smaller package first. */
function rank(name: string): number {
  if (name === LIBC_DEV) return 0;
  if (!isImagePackage(name)) return 1;
  return name.startsWith('linux-binary-') ? 2 : 3;
}

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
 * The package for a request: of the kernels that answer it, the newest that has a linux-libc-dev, or else other
 * headers, or else an image.
 */
export function choosePackage(packages: readonly AptPackage[], requested: string): AptPackage | undefined {
  const matching = inOrder(packages).filter(
    ({ kernel, package: item }) => answers(kernel, requested) || item.version === requested,
  );
  const kinds = [LIBC_DEV, /^linux-headers-/, IMAGE].map((kind) =>
    matching.findLast(({ package: item }) =>
      typeof kind === 'string' ? item.name === kind : kind.test(item.name),
    ),
  );
  return kinds.find((found) => found !== undefined)?.package;
}

/** Asking apt takes a second, so one run asks once. */
let catalog: { readonly folder: string; readonly packages: readonly AptPackage[] } | undefined;

/** Packages of kernels that the machine's mirror has. */
function catalogOf(state: AptState): readonly AptPackage[] {
  if (catalog?.folder === state.folder) return catalog.packages;
  const headers = state.names('linux-headers-').filter((name) => /-common$/.test(name));
  const images = ['linux-image-', 'linux-binary-']
    .flatMap((prefix) => state.names(prefix))
    .filter(isImagePackage);
  const packages = state.versions([LIBC_DEV, ...headers.sort(), ...images.sort()]);
  catalog = { folder: state.folder, packages };
  return packages;
}

/** Every package that tells of a kernel, in the order of kernels, the preferred one of each last. */
export const kernelPackages = (target = DEFAULT_TARGET): AvailableKernel[] =>
  inOrder(catalogOf(AptState.open(debianArchitecture(target))));

/** Kernels that could be fetched now, oldest first, each once. */
export const availableKernels = (target = DEFAULT_TARGET): AvailableKernel[] => [
  ...new Map(kernelPackages(target).map((item) => [item.kernel, item])).values(),
];

/** `6.1 (6.1.176 6.1.192), 7.3-rc7`, for people. */
export function listed(kernels: readonly AvailableKernel[]): string {
  const bySeries = new Map<string, string[]>();
  for (const kernel of new Set(kernels.map((item) => item.kernel))) {
    const series = isCandidate(kernel) ? kernel : seriesOf(kernel);
    bySeries.set(series, [...(bySeries.get(series) ?? []), kernel]);
  }
  return [...bySeries]
    .map(([series, all]) => (all[0] === series ? series : `${series} (${all.join(' ')})`))
    .join(', ');
}

export interface FetchedKernel {
  readonly kernel: string;
  readonly file: PackageFile;
}

function unavailable(version: string, available: readonly AvailableKernel[]): Problem {
  // All that an archive has is a screenful; what is close to the request is what helps.
  const close = available.filter(({ kernel }) => seriesOf(kernel) === seriesOf(version));
  const offered = close.length === 0 ? '' : `${listed(close)} as packages have it, `;
  return new Problem({
    code: 'KERNEL_UNAVAILABLE',
    what: `there is neither a snapshot nor a package of Linux ${version}`,
    consequence: 'nothing was generated',
    remedy: `give ${offered}one of ${snapshotVersions().join(' ')}, a release that \`ringsmith kernels --available\` lists, or the header with --header FILE or --tag`,
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

/** The best package for a kernel, by series or exact version: headers, or else an image. */
export function fetchKernel(version: string, target = DEFAULT_TARGET): FetchedKernel {
  const state = openState(version, target);
  const chosen = choosePackage(catalogOf(state), version);
  if (chosen === undefined) throw unavailable(version, availableKernels(target));
  return { kernel: upstreamVersion(chosen.version), file: { ...chosen, path: state.download(chosen) } };
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
