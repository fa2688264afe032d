/**
 * Proves kernels by version through apt, against an archive of the test's own: which package answers a request, that
 * only what the archive signs is used, that a suite the mirror lacks does no harm, and that the cache serves later runs.
 */
import { appendFileSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { availableKernels, fetchKernel, fetchPackage } from '../../generator/kernels/fetch.js';
import { kernelFacts } from '../../generator/kernels/kernel-facts.js';
import { ringsmith, temporaryFolder } from '../support/cli.js';
import { missingForArchive, type TestArchive, testArchive } from './apt-archive.js';
import { headersDeb, libcDevDeb, ownCache, problemOf } from './kernels-support.js';

let archive: TestArchive;
let cache = '';
let folder = '';

beforeEach((context) => {
  const missing = missingForArchive();
  if (missing.length > 0) return context.skip(`the machine has no ${missing.join(', ')}`);
  cache = ownCache();
  folder = temporaryFolder();
  archive = testArchive();
});

afterEach(() => vi.unstubAllEnvs());

const libcDev = (version: string): string => libcDevDeb(folder, version);

const opcodes = (version: string): number =>
  kernelFacts(version).facts.enums.flatMap((fact) => fact.members).length;

describe('an archive with kernels', () => {
  it('gives a series its newest linux-libc-dev, and a release exactly what it asks for', () => {
    archive.publish('bookworm', [libcDev('9.9.1-1'), headersDeb(folder, '9.9.3-1', '9.9.3')]);
    archive.publish('sid', [libcDev('9.9.2-1'), libcDev('9.10~rc7-1~exp1')]);
    expect(availableKernels().map(({ kernel }) => kernel)).toEqual(['9.9.1', '9.9.2', '9.9.3', '9.10-rc7']);
    const chosen = (version: string): string => {
      const { file } = fetchKernel(version);
      return `${file.name} ${file.version}`;
    };
    expect(chosen('9.9')).toBe('linux-libc-dev 9.9.2-1');
    expect(chosen('9.9.1')).toBe('linux-libc-dev 9.9.1-1');
    expect(chosen('9.9.3')).toBe('linux-headers-9.9.3-common 9.9.3-1');
    expect(chosen('9.10-rc7')).toBe('linux-libc-dev 9.10~rc7-1~exp1');
    expect(opcodes('9.9.3')).toBe(3);
    expect(fetchPackage('linux-libc-dev').version).toBe('9.10~rc7-1~exp1');
    expect(existsSync(join(archive.folder, 'hook-ran'))).toBe(false);
  });

  it('says which kernels can be had when one cannot', async () => {
    archive.publish('trixie', [libcDev('9.9.1-1'), libcDev('9.10~rc7-1')]);
    const problem = await problemOf(() => fetchKernel('9.10'));
    expect(problem.code).toBe('KERNEL_UNAVAILABLE');
    expect(problem.remedy).toMatch(
      /^give 9\.10-rc7 as packages have it, one of 5\.10 .*7\.3, .*kernels --available/,
    );
    const { remedy } = await problemOf(() => fetchKernel('9.8'));
    expect(remedy).not.toContain('9.9.1');
    expect(remedy.length).toBeLessThan(200);
    expect((await problemOf(() => fetchPackage('linux-libc-dev', '1-1'))).code).toBe('PACKAGE_UNAVAILABLE');
  });

  it('serves the command line, and names what is fetchable', () => {
    archive.publish('sid', [libcDev('9.9.2-1')]);
    const generated = ringsmith(['generate', '--kernel', '9.9', '--out', join(folder, 'package')]);
    expect(generated.stderr).toMatch(/^Linux 9\.9\.2: 2 opcodes/);
    const listed = ringsmith(['kernels', '--available', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      available: [{ kernel: '9.9.2', package: 'linux-libc-dev', version: '9.9.2-1' }],
    });
    expect(ringsmith(['kernels', '--available']).stdout).toMatch(
      /FETCHABLE[\s\S]*9\.9\.2 +linux-libc-dev 9\.9\.2-1/,
    );
  });
});

describe('what is not signed', () => {
  it('is not used: a suite without a signature', async () => {
    archive.publish('sid', [libcDev('9.9.2-1')], { unsigned: true });
    const problem = await problemOf(() => fetchKernel('9.9'));
    expect([problem.code, problem.what]).toEqual(['KERNEL_UNAVAILABLE', expect.stringMatching(/not signed/)]);
  });

  it('is not used: lists that were changed after they were signed', async () => {
    archive.publish('sid', [libcDev('9.9.2-1')]);
    const packages = join(archive.folder, 'archive', 'dists', 'sid', 'main', 'binary-amd64', 'Packages');
    appendFileSync(packages, '\n');
    expect((await problemOf(() => fetchKernel('9.9'))).code).toBe('KERNEL_UNAVAILABLE');
  });

  it('is not used: a package that was changed', async () => {
    const deb = libcDev('9.9.2-1');
    archive.publish('sid', [deb]);
    appendFileSync(archive.poolFile(deb), 'more');
    expect((await problemOf(() => fetchKernel('9.9'))).code).toBe('PACKAGE_NOT_FETCHED');
    expect(readdirSync(join(cache, 'packages'))).toEqual([]);
  });
});

describe('a later run', () => {
  it('needs no archive for what it has, and fetches again what was damaged', async () => {
    const deb = libcDev('9.9.2-1');
    archive.publish('sid', [deb]);
    expect(opcodes('9.9')).toBe(3);
    rmSync(archive.poolFile(deb));
    expect(opcodes('9.9')).toBe(3);
    const [tree] = readdirSync(join(cache, 'headers'));
    writeFileSync(join(cache, 'headers', tree!, 'linux', 'io_uring.h'), 'damaged');
    // The package itself is still in the cache.
    expect(opcodes('9.9')).toBe(3);
    const [entry] = readdirSync(join(cache, 'packages'));
    writeFileSync(join(cache, 'packages', entry!, 'package.deb'), 'damaged');
    expect((await problemOf(() => opcodes('9.9'))).code).toBe('PACKAGE_NOT_FETCHED');
    archive.publish('sid', [deb]);
    expect(opcodes('9.9')).toBe(3);
  });
});

describe('a machine without a Debian archive', () => {
  it('says so, and which snapshots there are', async () => {
    writeFileSync(
      join(archive.folder, 'machine.sources'),
      'Types: deb\nURIs: file:/x\nSuites: noble\nComponents: main\n',
    );
    const problem = await problemOf(() => fetchKernel('9.9'));
    expect(problem.what).toContain('no entry for the Debian archive');
    expect(problem.remedy).toMatch(/snapshots \(5\.10 .*--package/);
  });

  it('or without apt says that', async () => {
    vi.stubEnv('PATH', folder);
    const problem = await problemOf(() => fetchKernel('9.9'));
    expect(problem.what).toContain('apt-config is not on this machine');
  });
});
