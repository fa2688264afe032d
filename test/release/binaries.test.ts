/**
 * Proves that the binaries that are published are for the machines they are named for: that they ask of them nothing but an
 * old C library, show nothing but Node-API's entry points, know nothing of the machine they were made on, and are made
 * again byte by byte from another folder; and that the rings are read and written with acquire and release on arm64.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import { needPackages, PACKAGES } from '../support/release/packages.js';
import { ROOT } from '../support/repository.js';

const BINARIES = join(ROOT, 'dist', 'binaries');
const PLATFORMS = ['linux-x64-glibc', 'linux-arm64-glibc', 'linux-x64-musl', 'linux-arm64-musl'];
const ADDONS = ['ringsmith', 'ringsmith_clang', 'ringsmith_exchange'];
/** Of the ELF header. */
const MACHINES = { x64: 62, arm64: 183 } as const;
const NEWEST_GLIBC = [2, 17] as const;
const MOST_BYTES = 500_000;
const LIBRARIES = {
  glibc: /^(lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux-.*)$/,
  musl: /^libc\.so$/,
} as const;
const BUILD_MS = 1_900_000;

needPackages();

const tool = (name: string, ...args: string[]): string =>
  execFileSync(name, args, { encoding: 'utf8', maxBuffer: 1 << 28 });

/** The dynamic symbols that readelf lists: name, version, and whether they are defined. */
function symbols(file: string): { name: string; version: string; defined: boolean }[] {
  return tool('readelf', '--dyn-syms', '--wide', file)
    .split('\n')
    .flatMap((line) => {
      const [, , , , bind, , section, full] = line.trim().split(/\s+/);
      if (full === undefined || !/GLOBAL|WEAK/.test(bind ?? '')) return [];
      const [name, version] = full.split(/@+/);
      return [{ name: name!, version: version ?? '', defined: section !== 'UND' }];
    });
}

describe.each(PLATFORMS.flatMap((platform) => ADDONS.map((addon) => ({ platform, addon }))))(
  '$addon for $platform',
  ({ platform, addon }) => {
    const file = join(BINARIES, platform, `${addon}.node`);
    const [, cpu, libc] = platform.split('-') as ['linux', 'x64' | 'arm64', 'glibc' | 'musl'];

    it('is a small library for that machine', () => {
      const bytes = readFileSync(file);
      expect(bytes.readUInt16LE(18)).toBe(MACHINES[cpu]);
      expect(bytes.length).toBeLessThan(MOST_BYTES);
    });

    it('needs the C library alone, and no new one', () => {
      const needed = [...tool('readelf', '--dynamic', file).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(
        ([, name]) => name,
      );
      expect(needed.length).toBeGreaterThan(0);
      expect(needed.filter((name) => !LIBRARIES[libc].test(name!))).toEqual([]);
      const versions = symbols(file).flatMap(
        ({ version }) => /^GLIBC_(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [],
      );
      for (let index = 0; index < versions.length; index += 2) {
        const [major, minor] = [versions[index]!, versions[index + 1]!];
        expect(major * 1000 + minor).toBeLessThanOrEqual(NEWEST_GLIBC[0] * 1000 + NEWEST_GLIBC[1]);
      }
      expect(versions.length > 0).toBe(libc === 'glibc');
    });

    it("shows Node-API's entry points alone", () => {
      const shown = symbols(file).flatMap(({ name, defined }) => (defined ? [name] : []));
      expect(shown.sort()).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
    });

    it('knows nothing of where it was made', () => {
      const text = readFileSync(file, 'latin1');
      for (const word of [ROOT, homedir(), 'node_modules', '.cache'])
        expect(text.includes(word), word).toBe(false);
    });
  },
);

describe('a second build', () => {
  it('from another folder makes the same bytes', { timeout: BUILD_MS }, () => {
    const copy = temporaryFolder();
    for (const part of [
      'runtime/native',
      'generated/native',
      'generator/clang/native',
      'generator/emit/native',
      '.ci',
      'package.json',
    ])
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    execFileSync(
      process.execPath,
      [join(copy, '.ci', 'release', 'binaries.mjs'), 'linux-x64-glibc', 'linux-arm64-musl'],
      { stdio: 'pipe' },
    );
    for (const platform of ['linux-x64-glibc', 'linux-arm64-musl'])
      for (const addon of ADDONS) {
        const name = join(platform, `${addon}.node`);
        expect(
          readFileSync(join(copy, 'dist', 'binaries', name)).equals(readFileSync(join(BINARIES, name))),
          name,
        ).toBe(true);
      }
  });

  it('of the packages makes the same tarballs', { timeout: BUILD_MS }, () => {
    const again = temporaryFolder();
    execFileSync(process.execPath, [join(ROOT, '.ci', 'release', 'packages.mjs'), '--out', again], {
      stdio: 'pipe',
    });
    const tarballs = readdirSync(PACKAGES).filter((name) => name.endsWith('.tgz'));
    for (const name of tarballs)
      expect(readFileSync(join(again, name)).equals(readFileSync(join(PACKAGES, name))), name).toBe(true);
  });
});

describe('the x64 binary', () => {
  it('runs a ring in this Node', ({ skip }) => {
    skip(process.arch !== 'x64', `this is ${process.arch}`);
    const script = `const { Ring } = await import('ringsmith'); const ring = new Ring(); console.log(await ring.ops.nop({})); await ring.close();`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, RINGSMITH_ADDON: join(BINARIES, 'linux-x64-glibc', 'ringsmith.node') },
    });
    expect(output.trim()).toBe('0');
  });
});

const OBJDUMP = '/usr/bin/aarch64-linux-gnu-objdump';

describe('the arm64 binary', () => {
  it('loads and stores the rings with acquire and release', ({ skip }) => {
    skip(!existsSync(OBJDUMP), `there is no ${OBJDUMP} (Debian package binutils-aarch64-linux-gnu)`);
    const text = tool(
      OBJDUMP,
      '--disassemble',
      '--no-show-raw-insn',
      join(BINARIES, 'linux-arm64-glibc', 'ringsmith.node'),
    );
    const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
    // Heads and tails of both queues, and the control block that both languages share.
    expect(count(/\t(ldar|ldapr)[bh]?\t/g)).toBeGreaterThan(3);
    expect(count(/\tstlr[bh]?\t/g)).toBeGreaterThan(3);
  });
});
