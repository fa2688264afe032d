/**
 * Every header of io_uring that the machine's apt archive has in packages: the kernel's for programs, the kernel's own
 * tree, and liburing's copy. Through the generator's own cache, so that each package is fetched once.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type AptPackage, AptState } from '../../generator/kernels/apt.js';
import { cacheEntry } from '../../generator/kernels/cache.js';
import { compareKernels, seriesOf, upstreamVersion } from '../../generator/kernels/versions.js';

export interface PackagedHeader {
  /** For people: the packages that have this very header, e.g. `linux-libc-dev 6.12.118-1`. */
  readonly label: string;
  readonly header: string;
}

const LIBC_DEV = 'linux-libc-dev';
const LIBURING_DEV = 'liburing-dev';
/** Includes of io_uring.h live in neighbours of it, so that all of a tree's headers for programs are taken. */
const TREES = ['./usr/include', './usr/src/*/include/uapi'];
const HEADER =
  /^(?:usr\/include\/linux|usr\/src\/[^/]+\/include\/uapi\/linux|usr\/include\/liburing)\/io_uring\.h$/;

/** The headers of a package, unpacked in the cache. */
function unpacked(state: AptState, item: AptPackage): string {
  const make = (folder: string): void => {
    const archive = join(folder, 'all.tar');
    execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" > "$1"', state.download(item), archive]);
    const there = execFileSync('tar', ['tf', archive], { encoding: 'utf8', maxBuffer: 1 << 26 });
    const wanted = TREES.filter((tree) => new RegExp(`^${tree.replace('*', '[^/]+')}/`, 'm').test(there));
    if (wanted.length > 0)
      execFileSync('tar', [
        'xf',
        archive,
        '-C',
        folder,
        '--wildcards',
        '--no-anchored',
        ...wanted.map((tree) => `${tree.slice(2)}/*.h`),
      ]);
    rmSync(archive);
  };
  return cacheEntry({
    kind: 'packaged-headers',
    key: `${item.name}_${item.version}_${item.sha256.slice(0, 12)}`,
    make,
  });
}

function headerIn(folder: string): string | undefined {
  const path = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => HEADER.test(name));
  return path === undefined ? undefined : join(folder, path);
}

/** Of the header, and of those that it was split into. */
function digestOf(header: string): string {
  const parts = header.replace(/\.h$/, '');
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const hash = createHash('sha256');
  for (const file of [header, ...names.map((name) => join(parts, name))]) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/**
 * Kernel trees weigh ten megabytes each and have the header of their release's linux-libc-dev in another form: of a series
 * the oldest and the newest.
 */
function endsOfSeries(trees: readonly AptPackage[]): AptPackage[] {
  const ordered = trees
    .map((item) => ({ kernel: upstreamVersion(item.version), item }))
    .sort((a, b) => compareKernels(a.kernel, b.kernel));
  return ordered
    .filter(({ kernel }, index) =>
      [ordered[index - 1], ordered[index + 1]].some(
        (next) => next === undefined || seriesOf(next.kernel) !== seriesOf(kernel),
      ),
    )
    .map(({ item }) => item);
}

/** Each header once for each form that a package has it in. */
export function packagedHeaders(): PackagedHeader[] {
  const state = AptState.open('amd64');
  const trees = state.names('linux-headers-').filter((name) => /-common$/.test(name));
  const packages = [
    ...state.versions([LIBC_DEV, LIBURING_DEV]),
    ...endsOfSeries(state.versions(trees.sort())),
  ];
  const found = new Map<string, { labels: string[]; header: string }>();
  for (const item of packages) {
    const header = headerIn(unpacked(state, item));
    if (header === undefined) continue;
    const form = item.name.startsWith('linux-headers-') ? 'tree' : item.name;
    const key = `${form} ${digestOf(header)}`;
    const known = found.get(key) ?? { labels: [], header };
    known.labels.push(`${item.name} ${item.version}`);
    found.set(key, known);
  }
  return [...found.values()].map(({ labels, header }) => ({
    label: labels.length === 1 ? labels[0]! : `${labels[0]} and ${labels.length - 1} more`,
    header,
  }));
}
