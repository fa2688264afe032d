/**
 * Proves kernel sources by version: which package answers, that no more of a tree is unpacked than contracts need, that
 * a later run needs no archive, and that what is missing or damaged is said and leaves nothing behind.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sourceTree } from '../../generator/kernels/source-tree.js';
import { temporaryFolder } from '../support/cli.js';
import { missingForArchive, type TestArchive, testArchive } from './apt-archive.js';
import { kernelTree, makeDeb, ownCache, problemOf, sourceDeb } from './kernels-support.js';

let archive: TestArchive;
let cache = '';
let folder = '';

beforeEach((context) => {
  const missing = missingForArchive('tar', 'xz');
  if (missing.length > 0) return context.skip(`the machine has no ${missing.join(', ')}`);
  cache = ownCache();
  folder = temporaryFolder();
  archive = testArchive();
});

afterEach(() => vi.unstubAllEnvs());

const deb = (version: string): string => sourceDeb(folder, version, kernelTree('9', '9', '1'));

const cached = (): string[] => {
  const sources = join(cache, 'sources');
  return existsSync(sources) ? readdirSync(sources) : [];
};

describe('an archive with sources', () => {
  it('gives a series its newest release, and a version exactly what it asks for', () => {
    archive.publish('bookworm', [deb('9.9.1-1'), deb('9.9.3-1')]);
    archive.publish('experimental', [deb('9.9.3-1~bpo1'), deb('9.10~rc7-1~exp1')]);
    const chosen = (...requests: [string, ...string[]]): string => sourceTree(...requests).source.version;
    expect(chosen('9.9')).toBe('9.9.3-1');
    expect(chosen('9.9.1')).toBe('9.9.1-1');
    expect(chosen('9.9.3-1~bpo1')).toBe('9.9.3-1~bpo1');
    expect(chosen('9.10-rc7')).toBe('9.10~rc7-1~exp1');
    // The first request that any source answers.
    expect(chosen('9.9.2-1', '9.9.2', '9.9')).toBe('9.9.3-1');
    expect(sourceTree('9.10-rc7')).toMatchObject({
      kernel: '9.10-rc7',
      source: { package: 'linux-source-9.10', version: '9.10~rc7-1~exp1' },
    });
  });

  it('gives what a contract needs of the tree, and nothing else', () => {
    archive.publish('sid', [deb('9.9.1-1')]);
    const tree = sourceTree('9.9').folder;
    expect(readdirSync(tree).sort()).toEqual(
      ['Makefile', 'arch', 'entry.json', 'fs', 'include', 'io_uring', 'kernel'].sort(),
    );
    const files = readdirSync(tree, { recursive: true }).map(String);
    for (const path of [
      'include/uapi/linux/io_uring.h',
      'arch/x86/include/asm/types.h',
      'kernel/futex/futex.h',
      'kernel/futex/waitwake.c',
      'fs/splice.c',
    ]) {
      expect(files).toContain(path);
    }
    expect(files.filter((path) => /ext4|sched|arm64|drivers/.test(path))).toEqual([]);
  });

  it('is not asked again for what the cache has', async () => {
    const file = deb('9.9.1-1');
    archive.publish('sid', [file]);
    const tree = sourceTree('9.9').folder;
    rmSync(archive.poolFile(file));
    rmSync(join(cache, 'packages'), { recursive: true });
    expect(sourceTree('9.9').folder).toBe(tree);
    rmSync(join(tree, 'io_uring', 'opdef.c'));
    expect((await problemOf(() => sourceTree('9.9'))).code).toBe('PACKAGE_NOT_FETCHED');
  });
});

describe('what cannot be had', () => {
  it('is said, with the sources there are', async () => {
    archive.publish('sid', [deb('9.9.1-1'), deb('9.9.3-1'), deb('9.10~rc7-1')]);
    const problem = await problemOf(() => sourceTree('9.8'));
    expect(problem.code).toBe('SOURCE_UNAVAILABLE');
    expect(problem.remedy).toMatch(/^sources: 9\.9 \(9\.9\.1 9\.9\.3\), 9\.10-rc7; or .*--source DIR$/);
  });

  it('is a kernel from before io_uring/, even where there is a package', async () => {
    archive.publish('sid', [deb('5.10.1-1'), deb('9.9.1-1')]);
    const problem = await problemOf(() => sourceTree('5.10'));
    expect([problem.code, problem.what]).toEqual([
      'SOURCE_UNAVAILABLE',
      expect.stringMatching(/before 6\.0/),
    ]);
    expect(problem.remedy).toMatch(/^sources: 9\.9 \(9\.9\.1\);/);
  });

  it('without xz is a tool that is missing', async () => {
    archive.publish('sid', [deb('9.9.1-1')]);
    // Once with all programs, for apt's lists: checking their signatures needs more of them.
    await problemOf(() => sourceTree('9.8'));
    const programs = join(folder, 'programs');
    mkdirSync(programs);
    for (const name of ['apt-config', 'apt-get', 'apt-cache', 'dpkg-deb', 'tar']) {
      const path = process.env['PATH']!.split(':').find((entry) => existsSync(join(entry, name)))!;
      symlinkSync(join(path, name), join(programs, name));
    }
    vi.stubEnv('PATH', programs);
    const problem = await problemOf(() => sourceTree('9.9'));
    expect([problem.code, problem.what]).toEqual(['TOOL_MISSING', 'xz is not on this machine']);
    expect(cached()).toEqual([]);
  });
});

describe('a damaged package', () => {
  const refusal = async (file: string): Promise<string> => {
    archive.publish('sid', [file]);
    const { code } = await problemOf(() => sourceTree('9.9'));
    expect(cached()).toEqual([]);
    return code;
  };

  it('whose tree ends early leaves nothing in the cache', async () => {
    const file = sourceDeb(folder, '9.9.1-1', kernelTree('9', '9', '1'), (bytes) =>
      bytes.subarray(0, bytes.length / 2),
    );
    expect(await refusal(file)).toBe('SOURCE_UNREADABLE');
  });

  it('without a tree is refused', async () => {
    const file = makeDeb(folder, { name: 'linux-source-9.9', version: '9.9.1-1', files: { 'usr/x': '' } });
    expect(await refusal(file)).toBe('SOURCE_UNREADABLE');
  });

  it.each(['Makefile', 'io_uring', 'include', 'arch/x86/include'])('without %s is refused', async (part) => {
    const files = Object.entries(kernelTree('9', '9', '1')).filter(([path]) => !path.startsWith(part));
    expect(await refusal(sourceDeb(folder, '9.9.1-1', Object.fromEntries(files)))).toBe('SOURCE_UNREADABLE');
  });

  it('that the mirror has only in part is not used', async () => {
    const file = deb('9.9.1-1');
    archive.publish('sid', [file]);
    truncateSync(archive.poolFile(file), 1000);
    expect((await problemOf(() => sourceTree('9.9'))).code).toBe('PACKAGE_NOT_FETCHED');
    expect(cached()).toEqual([]);
  });
});
