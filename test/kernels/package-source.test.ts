/**
 * Proves `--package`: a package of kernel headers is as good as the headers themselves, in both of its forms, and a
 * file that is none, or has none, is a Problem.
 */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { exportHeader } from '../../generator/kernels/export-headers.js';
import { parseHeaderTree } from '../../generator/kernels/header-file.js';
import { headerTree, readPackageFile } from '../../generator/kernels/header-package.js';
import { DEFAULT_TARGET } from '../../generator/parse/index.js';
import { ringsmith, temporaryFolder } from '../support/cli.js';
import { hasProgram } from '../support/programs.js';
import { headersDeb, makeDeb, ownCache, problemOf, SOURCE } from './kernels-support.js';

beforeEach((context) => {
  if (!hasProgram('dpkg-deb')) context.skip('the machine has no dpkg-deb');
  ownCache();
});

/** As linux-libc-dev has them: exported, with `asm/` below the target's name. */
function libcDev(folder: string, architecture = 'amd64', triple = 'x86_64-linux-gnu'): string {
  const files = Object.entries(SOURCE).map(([path, text]): [string, string] => [
    path.replace('include/uapi', 'usr/include'),
    exportHeader(text),
  ]);
  return makeDeb(folder, {
    name: 'linux-libc-dev',
    version: '9.9.1-1',
    architecture,
    files: {
      ...Object.fromEntries(files),
      [`usr/include/${triple}/asm/types.h`]: '#include <asm-generic/types.h>\n',
    },
  });
}

const factsOf = (file: string) =>
  parseHeaderTree(headerTree(readPackageFile(file), DEFAULT_TARGET), DEFAULT_TARGET, 'Linux 9.9');

describe('a package of kernel headers', () => {
  it('says the same as linux-libc-dev and as linux-headers', () => {
    const folder = temporaryFolder();
    const exported = factsOf(libcDev(folder));
    expect(exported.enums).toHaveLength(1);
    expect(factsOf(headersDeb(folder, '9.9.1-1', '9.9.1'))).toEqual(exported);
  });

  it('can be generated from, and knows its version and its architecture', () => {
    const folder = temporaryFolder();
    const deb = libcDev(folder, 'arm64', 'aarch64-linux-gnu');
    const out = join(folder, 'package');
    const result = ringsmith(['generate', '--package', deb, '--out', out]);
    expect(result.stderr).toMatch(/^Linux 9\.9\.1: 2 opcodes/);
    expect(readFileSync(join(out, 'abi', 'constants.ts'), 'utf8')).toContain('linux-libc-dev 9.9.1-1');
  });
});

describe('a file that is no such package', () => {
  const cases: [name: string, code: string, make: (folder: string) => string][] = [
    ['is not there', 'PACKAGE_MISSING', (folder) => join(folder, 'nowhere.deb')],
    ['is a folder', 'PACKAGE_UNREADABLE', (folder) => folder],
    [
      'is text',
      'PACKAGE_UNREADABLE',
      (folder) => {
        writeFileSync(join(folder, 'text.deb'), 'hello');
        return join(folder, 'text.deb');
      },
    ],
    [
      'is cut off',
      'PACKAGE_UNREADABLE',
      (folder) => {
        const file = libcDev(folder);
        truncateSync(file, 900);
        return file;
      },
    ],
    [
      'has no io_uring header',
      'PACKAGE_NO_HEADER',
      (folder) => makeDeb(folder, { name: 'hello', version: '1-1', files: { 'usr/share/doc/hello/x': 'x' } }),
    ],
    [
      'is for another architecture',
      'PACKAGE_OTHER_TARGET',
      (folder) => libcDev(folder, 'arm64', 'aarch64-linux-gnu'),
    ],
  ];

  it.each(cases)('%s: %s', async (_, code, make) => {
    const file = make(temporaryFolder());
    const problem = await problemOf(() => factsOf(file));
    expect(problem.code).toBe(code);
    expect(problem.where?.file).toBe(file);
  });

  it('is refused by the command line with exit code 2, and so are two sources at once', () => {
    const folder = temporaryFolder();
    const missing = ringsmith([
      'generate',
      '--package',
      join(folder, 'no.deb'),
      '--out',
      join(folder, 'out'),
    ]);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('[PACKAGE_MISSING]')]);
    const both = ringsmith(['generate', '--package', 'a.deb', '--kernel', '7.3']);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('--kernel and --package')]);
  });

  it('says which of the linux-headers packages has the headers', async () => {
    const file = makeDeb(temporaryFolder(), {
      name: 'linux-headers-9.9.1-amd64',
      version: '9.9.1-1',
      files: {},
    });
    expect((await problemOf(() => factsOf(file))).remedy).toContain('-common');
  });
});
