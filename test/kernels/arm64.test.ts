/**
 * Proves that the table of what differs on arm64 is right and whole: against the newest kernel's headers of both machines
 * name by name, and against what C compilers of both see in them. Where headers do not allow one package for both, one for
 * their own machine is made, and a line says why.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelInput } from '../../generator/commands/input.js';
import { nativeFiles } from '../../generator/emit/native.js';
import {
  ARM64_TARGET,
  compareMachines,
  loadDifferences,
  onBothMachines,
} from '../../generator/kernels/arm64.js';
import { fetchPackage } from '../../generator/kernels/fetch.js';
import { parseHeaderTree } from '../../generator/kernels/header-file.js';
import { headerTree } from '../../generator/kernels/header-package.js';
import { loadHistory } from '../../generator/kernels/history.js';
import { libcTree, loadLibc, parseLibc, withLibc } from '../../generator/kernels/libc.js';
import { loadSnapshot, snapshotVersions } from '../../generator/kernels/snapshot.js';
import { DEFAULT_TARGET, type HeaderFacts } from '../../generator/parse/index.js';
import { modelOf } from '../../generator/pipeline.js';
import { Problem } from '../../generator/problem.js';
import { ringsmith, temporaryFolder } from '../support/cli.js';

const table = loadDifferences()!;
const newest = snapshotVersions().at(-1)!;

/** Folders of headers: the kernel's and the C library's; or why there are none. */
function headersFor(target: string): { kernel: string; libc: string } | string {
  try {
    const { source } = loadSnapshot(newest);
    const architecture = target === ARM64_TARGET ? 'arm64' : 'amd64';
    return {
      kernel: headerTree(fetchPackage(source.package, source.version), target),
      libc: libcTree(fetchPackage('libc6-dev', loadLibc()!.source.version, architecture)),
    };
  } catch (error) {
    if (error instanceof Problem) return error.what;
    throw error;
  }
}

const hasCompiler = (compiler: string): boolean => {
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe('the table of what differs', () => {
  it('has these names, and a new one wants a look at what it is used for', () => {
    expect(Object.keys(table.constants)).toEqual([
      'O_DIRECT',
      'O_DIRECTORY',
      'O_LARGEFILE',
      'O_NOFOLLOW',
      'O_TMPFILE',
    ]);
    expect(Object.keys(table.records)).toEqual(['epoll_event']);
  });

  it('is of the newest kernel: `npm run snapshot arm64` makes it again', () => {
    expect(table.of).toBe(newest);
  });

  it('is what the headers of both machines say', { timeout: 300_000 }, (context) => {
    const headers = headersFor(ARM64_TARGET);
    if (typeof headers === 'string') return context.skip(headers);
    const kernel = parseHeaderTree(headers.kernel, ARM64_TARGET, `Linux ${newest}`);
    const arm64 = withLibc(kernel, parseLibc(headers.libc, headers.kernel, ARM64_TARGET));
    const { constants, records } = compareMachines(withLibc(loadSnapshot(newest).facts), arm64);
    const isNow = (name: string): boolean => arm64.macros.some((macro) => macro.name === name);
    const known = Object.entries(table.constants).filter(([name]) => isNow(name));
    expect(constants, 'constants that differ; `npm run snapshot arm64` takes them up').toEqual(
      Object.fromEntries(known),
    );
    expect(records, 'records that differ; `npm run snapshot arm64` takes them up').toEqual(table.records);
  });

  it.each(snapshotVersions())('makes one package for both of Linux %s', (version) => {
    const { arm64, facts, alone } = kernelInput({ kernel: version });
    expect(alone).toBeUndefined();
    expect(arm64!.target.triple).toBe(ARM64_TARGET);
    expect(
      modelOf({ facts, arm64: arm64!, label: version, source: 'snapshot' }, loadHistory()).architectures,
    ).toEqual(['x64', 'arm64']);
  });

  it('carries over to what older headers make of those names', () => {
    const { arm64 } = kernelInput({ kernel: '5.10' });
    const mask = arm64!.macros.find(({ name }) => name === 'O_TMPFILE_MASK')!;
    expect(mask.value).toMatchObject({ value: String(0o20000000 | 0o40000 | 0o100) });
  });

  it('goes both ways: from headers of arm64 come those of x86-64', () => {
    const x64 = withLibc(loadSnapshot(newest).facts);
    const there = onBothMachines(x64) as { arm64: HeaderFacts };
    expect(onBothMachines(there.arm64)).toEqual({ x64, arm64: there.arm64 });
  });
});

/** Assertions about what only the C library has. */
function libcCheck(facts: HeaderFacts): string {
  const { enums, macros, records } = facts;
  const constants = [
    ...enums.flatMap(({ members }) => members.map(({ name, value }) => [name, value] as const)),
    ...macros.flatMap(({ name, value }) => (value.kind === 'int' ? [[name, value.value] as const] : [])),
  ];
  return [
    '#define _GNU_SOURCE\n#include <sys/socket.h>\n#include <fcntl.h>',
    ...constants.map(([name, value]) => `_Static_assert(${name} == ${value}, "${name}");`),
    ...records.map(
      ({ name, sizeBits }) => `_Static_assert(sizeof(struct ${name}) == ${sizeBits / 8}, "${name}");`,
    ),
  ].join('\n');
}

describe.each([
  [DEFAULT_TARGET, process.arch === 'x64' ? 'gcc' : 'x86_64-linux-gnu-gcc'],
  [ARM64_TARGET, 'aarch64-linux-gnu-gcc'],
])('the C compiler for %s', (target, compiler) => {
  const compile = (text: string, include: readonly string[]): void => {
    const file = join(temporaryFolder(), 'check.c');
    writeFileSync(file, text);
    const args = ['-std=gnu11', '-nostdinc', '-fsyntax-only', ...include.map((path) => `-I${path}`), file];
    execFileSync(compiler, args, { stdio: 'pipe', timeout: 60_000 });
  };

  it('agrees with every constant and record', { timeout: 300_000 }, (context) => {
    if (!hasCompiler(compiler)) return context.skip(`there is no ${compiler}`);
    const headers = headersFor(target);
    if (typeof headers === 'string') return context.skip(headers);
    const model = modelOf(kernelInput({ kernel: newest }), loadHistory());
    const check = nativeFiles(model).find(({ path }) => path === 'native/abi_check.c')!.text;
    const kernel = [headers.kernel, join(headers.kernel, target)];
    compile(check, kernel);
    compile(libcCheck(loadLibc()!.facts), [join(headers.libc, target), headers.libc, ...kernel]);
    expect(check.match(/_Static_assert/g)!.length).toBeGreaterThan(900);
    // The guard itself: no value of the other machine passes.
    const swapped = check.replaceAll(/OF_MACHINE\((\d+u?), (\d+u?)\)/g, 'OF_MACHINE($2, $1)');
    expect(() => compile(swapped, kernel)).toThrow(/O_DIRECT[\s\S]*O_TMPFILE[\s\S]*epoll_event/);
  });
});

describe('headers that do not allow a package for both', () => {
  const facts = withLibc(loadSnapshot(newest).facts);
  const asmFile = facts.files.findIndex(({ include }) => include === 'asm-generic/fcntl.h');
  const withMacro = (name: string, value: string): HeaderFacts => ({
    ...facts,
    macros: [
      {
        name,
        value: { kind: 'int', value, bits: 32, signed: true },
        expression: value,
        location: { file: asmFile, line: 1 },
      } as HeaderFacts['macros'][number],
      ...facts.macros.filter((macro) => macro.name !== name),
    ],
  });

  it('have a constant of a machine whose value on the other is not known', () => {
    expect(onBothMachines(withMacro('O_BRANDNEW', '1073741824'))).toEqual({
      alone: expect.stringContaining('O_BRANDNEW'),
    });
  });

  it('have another value than the table', () => {
    expect(onBothMachines(withMacro('O_DIRECT', '1'))).toEqual({
      alone: expect.stringContaining('O_DIRECT is 1'),
    });
  });

  it('are of a machine of which nothing is known', () => {
    const target = { ...facts.target, triple: 'riscv64-linux-gnu' };
    expect(onBothMachines({ ...facts, target })).toEqual({
      alone: expect.stringContaining('riscv64-linux-gnu'),
    });
  });
});

describe('the command line', () => {
  const text = (folder: string, path: string): string => readFileSync(join(folder, path), 'utf8');

  it('makes one package for both, and for one machine where a target is named', { timeout: 120_000 }, () => {
    const folder = temporaryFolder();
    const [both, one] = ['both', 'one'].map((name) => join(folder, name)) as [string, string];
    mkdirSync(folder, { recursive: true });
    expect(ringsmith(['generate', '--kernel', '6.12', '--out', both]).stderr).not.toContain('only');
    expect(text(both, 'abi/constants.js')).toMatch(/O_DIRECT = .*65536 : 16384/);
    expect(text(both, 'abi/flags.d.ts')).toMatch(/\bDIRECT,?\n|\bDIRECT = /);
    expect(text(both, 'native/abi.h')).toContain('__aarch64__');
    expect(ringsmith(['generate', '--kernel', '6.12', '--target', DEFAULT_TARGET, '--out', one]).code).toBe(
      0,
    );
    expect(text(one, 'abi/constants.js')).toMatch(/O_DIRECT = 16384;/);
    expect(text(one, 'abi/index.js')).toContain("['x64']");
  });
});
