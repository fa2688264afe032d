/**
 * Proves that one generated package serves x86-64 and arm64: what differs is chosen when it is loaded, in constants,
 * enums, names, layouts, builders and rules alike, and other machines are refused by name.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../support/cli.js';

const PRELOAD = pathToFileURL(join(ROOT, 'test', 'support', 'on-machine.mjs')).href;
const ABI = pathToFileURL(join(ROOT, 'dist', 'generated', 'abi', 'index.js')).href;
const PACKAGE = pathToFileURL(join(ROOT, 'dist', 'generated', 'index.js')).href;

/** What a program prints that believes to run on another machine. */
function on(arch: string, program: string): unknown {
  const args = ['--import', PRELOAD, '--input-type=module', '-e', program];
  const env = { ...process.env, RINGSMITH_TEST_ARCH: arch };
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env, timeout: 60_000 });
  return JSON.parse(stdout === '' ? JSON.stringify({ stderr }) : stdout);
}

const own = process.arch;
const believe = (arch: string): void => {
  Object.defineProperty(process, 'arch', { value: arch, configurable: true });
  vi.resetModules();
};
afterEach(() => believe(own));

const FLAGS = {
  x64: { DIRECT: 0o40000, LARGEFILE: 0o100000, DIRECTORY: 0o200000, NOFOLLOW: 0o400000, TMPFILE: 0o20200000 },
  arm64: {
    DIRECT: 0o200000,
    LARGEFILE: 0o400000,
    DIRECTORY: 0o40000,
    NOFOLLOW: 0o100000,
    TMPFILE: 0o20040000,
  },
};
const EVENT = { x64: { bytes: 12, data: 4 }, arm64: { bytes: 16, data: 8 } };

describe.each(['x64', 'arm64'] as const)('on %s', (arch) => {
  const named = Object.fromEntries(Object.entries(FLAGS[arch]).map(([key, value]) => [`O_${key}`, value]));

  it('constants, enums and names have the values of that machine', async () => {
    believe(arch);
    const constants = await import('../../generated/abi/constants.js');
    const { OpenFlags } = await import('../../generated/abi/flags.js');
    const { constantsByName, membersOf } = await import('../../generated/abi/names.js');
    expect(constants).toMatchObject(named);
    expect(OpenFlags).toMatchObject(FLAGS[arch]);
    expect(OpenFlags[FLAGS[arch].DIRECT]).toBe('DIRECT');
    expect(constantsByName()).toMatchObject(named);
    expect(membersOf('OpenFlags')).toMatchObject(FLAGS[arch]);
  });

  it('records have the layout of that machine', async () => {
    believe(arch);
    const { epollEventLayout } = await import('../../generated/abi/layouts.js');
    const { encodeRecord } = await import('../../generated/index.js');
    expect(epollEventLayout.byteLength).toBe(EVENT[arch].bytes);
    const bytes = encodeRecord(epollEventLayout, { events: 1, data: 0x1234n });
    expect(bytes.byteLength).toBe(EVENT[arch].bytes);
    expect(Buffer.from(bytes).readUInt16LE(EVENT[arch].data)).toBe(0x1234);
  });

  it('builders count records of that size', async () => {
    believe(arch);
    const { epollWait } = await import('../../generated/operations.js');
    const { RingBuffer } = await import('../../runtime/memory/memory.js');
    const words = new Uint32Array(32);
    epollWait.encode(words, 0, { fd: 1, events: RingBuffer.allocate(48), maxEvents: 3 } as never);
    expect(words[6]).toBe(48 / EVENT[arch].bytes);
  });

  it('the rules of the kernel speak of its values', async () => {
    believe(arch);
    const { epollWait, pipe } = await import('../../generated/contract.js');
    const allowed = pipe().rules.find((rule) => rule.kind === 'mask' && rule.names.includes('O_DIRECT'));
    expect(allowed).toMatchObject({ allowed: String(FLAGS[arch].DIRECT | 0o2004200) });
    const most = Math.floor((2 ** 31 - 1) / EVENT[arch].bytes);
    const other = Math.floor((2 ** 31 - 1) / (28 - EVENT[arch].bytes));
    expect(JSON.stringify(epollWait())).toContain(`"${most}"`);
    expect(JSON.stringify(epollWait())).not.toContain(`"${other}"`);
  });

  it('the built package has the same', () => {
    const program = `import * as abi from ${JSON.stringify(ABI)}; import ${JSON.stringify(PACKAGE)};
      const { O_DIRECT, O_LARGEFILE, O_DIRECTORY, O_NOFOLLOW, O_TMPFILE, OpenFlags, epollEventLayout } = abi;
      console.log(JSON.stringify({ named: { O_DIRECT, O_LARGEFILE, O_DIRECTORY, O_NOFOLLOW, O_TMPFILE },
        flags: OpenFlags, bytes: epollEventLayout.byteLength }));`;
    expect(on(arch, program)).toMatchObject({ named, flags: FLAGS[arch], bytes: EVENT[arch].bytes });
  });
});

describe.each([
  ['riscv64', /riscv64.*built or tested/],
  ['loong64', /loong64.*built or tested/],
  ['s390x', /s390x.*big-endian/],
  ['ppc64', /ppc64.*big-endian/],
])('on %s', (arch, why) => {
  const told = (work: string): string =>
    `import { Ring } from ${JSON.stringify(PACKAGE)};
     try { ${work}; console.log('"nothing"'); }
     catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`;

  it('the package can be imported, and a ring is refused for the machine', () => {
    const error = { code: 'ERR_RING_ARCHITECTURE', message: expect.stringMatching(why) };
    expect(on(arch, told('new Ring()'))).toEqual(error);
  });

  it('the constants are refused, whose values may be others', () => {
    const error = { code: 'ERR_RING_ARCHITECTURE', message: expect.stringContaining(`is of ${arch}`) };
    expect(on(arch, told(`await import(${JSON.stringify(ABI)})`))).toEqual(error);
  });
});
