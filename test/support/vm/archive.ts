/**
 * The file system a guest starts with: two cpio archives one after the other, as the kernel takes them. The first (node,
 * busybox and their libraries, 100 MB) is the same for every run and cached; the second is what the run brings.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheEntry, fileDigest } from '../../../generator/kernels/cache.js';
import { lastError, runProgram } from '../../../generator/kernels/program.js';
import type { Architecture } from './architecture.js';
import { arm64Programs } from './arm64-programs.js';

const BASE_FILE = 'base.cpio';
const INIT = fileURLToPath(new URL('./init.sh', import.meta.url));
/** Where the kernel mounts things or init puts links. */
const FOLDERS = ['bin', 'dev', 'proc', 'sys', 'tmp', 'root'];

/** Files or folders of this machine, by their path in the guest. */
export type GuestFiles = Readonly<Record<string, string>>;

/** Writes a cpio archive with busybox, which the guest needs anyway. */
function writeArchive(target: string, files: GuestFiles, folders: readonly string[] = []): void {
  const staging = mkdtempSync(join(tmpdir(), 'ringsmith-guest-'));
  try {
    for (const folder of folders) mkdirSync(join(staging, folder));
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(join(staging, dirname(path)), { recursive: true });
      cpSync(source, join(staging, path), { recursive: true, dereference: true });
    }
    if (existsSync(join(staging, 'init'))) chmodSync(join(staging, 'init'), 0o755);
    const script = 'busybox find . | busybox cpio -o -H newc > "$0"';
    const result = runProgram('busybox', ['sh', '-c', script, target], {
      cwd: staging,
      remedy: 'install busybox (Debian package busybox-static)',
    });
    if (result.code !== 0) throw new Error(`busybox could not write ${target}: ${lastError(result)}`);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** What a machine of that architecture starts with: its Node, its busybox and their libraries. */
function baseFiles({ name }: Architecture): GuestFiles {
  return { init: INIT, ...(name === 'x64' ? ownPrograms() : arm64Programs()) };
}

/** The shared libraries of a program; none for a static one, which ldd refuses. */
function librariesOf(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

/** Programs of this machine. */
function ownPrograms(): GuestFiles {
  const busybox = execFileSync('busybox', ['which', 'busybox'], { encoding: 'utf8' }).trim();
  const libraries = [process.execPath, busybox].flatMap(librariesOf);
  return {
    'bin/busybox': busybox,
    'usr/bin/node': process.execPath,
    ...Object.fromEntries(libraries.map((path) => [path.slice(1), realpathSync(path)])),
  };
}

const bases = new Map<string, string>();

/** The archive that all guests of an architecture share. */
export function baseArchive(architecture: Architecture): string {
  const made = bases.get(architecture.name);
  if (made !== undefined) return made;
  const files = baseFiles(architecture);
  const digests = Object.entries(files).map(([path, source]) => `${path} ${fileDigest(source)}\n`);
  const key = createHash('sha256').update(digests.join('')).digest('hex').slice(0, 16);
  const make = (folder: string): void => writeArchive(join(folder, BASE_FILE), files, FOLDERS);
  const base = join(cacheEntry({ kind: 'guests', key, make }), BASE_FILE);
  bases.set(architecture.name, base);
  return base;
}

/** Writes the archive of one run. */
export const writeRunArchive = (target: string, files: GuestFiles): void => writeArchive(target, files);
