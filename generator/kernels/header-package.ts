/**
 * Packages of kernel headers (linux-libc-dev, linux-headers-*-common) → a folder of headers that can be parsed.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Problem } from '../problem.js';
import { cacheEntry, fileDigest } from './cache.js';
import { copyTree, exportTree } from './export-headers.js';
import { lastError, runProgram } from './program.js';

const HEADER = 'linux/io_uring.h';
const DPKG_REMEDY = 'unpack the package another way and give its header with --header FILE --include DIR';

/** Debian's name of an architecture, by target triple. */
const DEBIAN_ARCHITECTURES: Readonly<Record<string, string>> = {
  'x86_64-linux-gnu': 'amd64',
  'aarch64-linux-gnu': 'arm64',
  'riscv64-linux-gnu': 'riscv64',
  's390x-linux-gnu': 's390x',
  'arm-linux-gnueabihf': 'armhf',
  'powerpc64le-linux-gnu': 'ppc64el',
  'loongarch64-linux-gnu': 'loong64',
};

export const debianArchitecture = (target: string): string => DEBIAN_ARCHITECTURES[target] ?? 'amd64';

const tripleOf = (architecture: string): string | undefined =>
  Object.entries(DEBIAN_ARCHITECTURES).find(([, name]) => name === architecture)?.[0];

export interface PackageFile {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
}

function badPackage(code: string, path: string, what: string, remedy: string): Problem {
  return new Problem({ code, what, where: { file: path }, consequence: 'nothing was written', remedy });
}

/** A .deb of the user's: what it says of itself. @throws Problem when it is no package */
export function readPackageFile(file: string): PackageFile {
  const path = resolve(file);
  const remedy = 'give a linux-libc-dev or linux-headers-*-common package (.deb)';
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw badPackage('PACKAGE_MISSING', path, 'there is no such package', remedy);
  if (!stats.isFile()) throw badPackage('PACKAGE_UNREADABLE', path, 'the package is not a file', remedy);
  const format = ['Package', 'Version', 'Architecture'].map((field) => `\${${field}}`).join('\n');
  const result = runProgram('dpkg-deb', ['--show', `--showformat=${format}`, path], { remedy: DPKG_REMEDY });
  const [name = '', version = '', architecture = ''] = result.stdout.split('\n');
  if (result.code !== 0 || name === '') {
    const what = `this is not a Debian package that can be read: ${lastError(result)}`;
    throw badPackage('PACKAGE_UNREADABLE', path, what, remedy);
  }
  return { path, name, version, architecture, sha256: fileDigest(path) };
}

/** Unpacks a .deb into a folder. */
export function unpack(path: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const result = runProgram('dpkg-deb', ['--extract', path, folder], { remedy: DPKG_REMEDY });
  if (result.code === 0) return;
  const what = `the package cannot be unpacked: ${lastError(result)}`;
  throw badPackage('PACKAGE_UNREADABLE', path, what, 'fetch the package again');
}

/** Where a linux-headers package has the kernel's tree. */
function kernelTree(unpacked: string): string | undefined {
  const sources = join(unpacked, 'usr', 'src');
  if (!existsSync(sources)) return undefined;
  return readdirSync(sources)
    .map((name) => join(sources, name))
    .find((tree) => existsSync(join(tree, 'include', 'uapi', HEADER)));
}

function fill(file: PackageFile, folder: string, target: string): void {
  const unpacked = join(folder, 'unpacked');
  unpack(file.path, unpacked);
  const include = join(unpacked, 'usr', 'include');
  const tree = kernelTree(unpacked);
  if (existsSync(join(include, HEADER))) copyTree(include, folder, target);
  else if (tree !== undefined) exportTree(tree, folder, target);
  else {
    const remedy = /^linux-headers-/.test(file.name)
      ? 'the headers are in the linux-headers-*-common package of the same version'
      : 'give a linux-libc-dev or linux-headers-*-common package of Linux 5.1 or later';
    throw badPackage('PACKAGE_NO_HEADER', file.path, `${file.name} ${file.version} has no ${HEADER}`, remedy);
  }
  if (!existsSync(join(folder, 'asm', 'types.h'))) {
    const what = `${file.name} ${file.version} (${file.architecture}) has no headers for ${target}`;
    const own = tripleOf(file.architecture);
    const remedy = `give the package of the target's architecture${own === undefined ? '' : `, or --target ${own}`}`;
    throw badPackage('PACKAGE_OTHER_TARGET', file.path, what, remedy);
  }
  rmSync(unpacked, { recursive: true });
}

/** The target a package is for when nobody says: its own architecture's, or ours when it is for all. */
export const targetOf = (file: PackageFile, fallback: string): string =>
  tripleOf(file.architecture) ?? fallback;

/** A folder with `linux/`, `asm/` and `asm-generic/` of a package, from the cache or made now. */
export function headerTree(file: PackageFile, target: string): string {
  const key = `${file.name}_${file.version}_${file.sha256.slice(0, 12)}_${target}`;
  return cacheEntry({ kind: 'headers', key, make: (folder) => fill(file, folder, target) });
}
