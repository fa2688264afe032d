/**
 * Proves `ringsmith generate` from the outside: a new opcode needs no change to ringsmith, bad input is a Problem that
 * writes nothing, drift is found, and nobody else's files are touched.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { INSTALLED_HEADER, MAIN, ROOT, ringsmith, temporaryFolder } from '../support/cli.js';

const header = readFileSync(INSTALLED_HEADER, 'utf8');

/** The installed header with a made-up opcode at the end. */
const frobnicated = header.replace('\tIORING_OP_LAST,', '\tIORING_OP_FROBNICATE,\n\tIORING_OP_LAST,');

function write(folder: string, name: string, text: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('the command', () => {
  it('can be run by its name from a checkout, as npx does', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    // Directly, by its first line and its permissions.
    expect(execFileSync(MAIN, ['--version'], { encoding: 'utf8' }).trim()).toBe(version);
  });
});

describe('a header with a made-up opcode', () => {
  it('yields a builder and a method for it, importable at once', async () => {
    expect(frobnicated).not.toBe(header);
    const folder = temporaryFolder();
    const out = join(folder, 'package');
    const file = write(folder, 'io_uring.h', frobnicated);
    const result = ringsmith(['generate', '--header', file, '--out', out]);
    expect(result.code, result.stderr).toBe(0);
    mkdirSync(join(out, 'node_modules'));
    symlinkSync(ROOT, join(out, 'node_modules', 'ringsmith'));
    const generated = (await import(
      pathToFileURL(join(out, 'index.js')).href
    )) as typeof import('../../generated/index.js');
    const { frobnicate, read } = generated.operations as unknown as Record<
      string,
      typeof generated.operations.read
    >;
    expect(frobnicate?.opcode).toBe(49);
    expect(read?.opcode).toBe(22);
    expect(generated.Ring.prototype).toBeDefined();
    expect('frobnicate' in generated.Ops.prototype).toBe(true);
    const words = new Uint32Array(16);
    frobnicate!.encode(words, 0, { fd: 7, len: 9, addr: 0x1234 } as never);
    expect([words[0], words[1], words[4], words[6]]).toEqual([49, 7, 0x1234, 9]);
  });

  it('makes the coverage of the committed package fail, and names it', () => {
    const file = write(temporaryFolder(), 'io_uring.h', frobnicated);
    const result = ringsmith(['coverage', '--header', file]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('not covered: IORING_OP_FROBNICATE');
    expect(result.stdout).toMatch(/IORING_OP_FROBNICATE\s+MISSING/);
  });
});

describe('bad input', () => {
  const cases: [name: string, make: (folder: string) => string, code: string, place: RegExp | undefined][] = [
    ['a missing header', (folder) => join(folder, 'nowhere.h'), 'HEADER_MISSING', undefined],
    ['an empty header', (folder) => write(folder, 'empty.h', ''), 'HEADER_', undefined],
    ['a folder', (folder) => folder, 'HEADER_', undefined],
    [
      'a header without opcodes',
      (folder) => write(folder, 'none.h', '#define A 1\nstruct x { int y; };\n'),
      'HEADER_NO_OPCODES',
      undefined,
    ],
    [
      'a truncated header',
      (folder) => write(folder, 'cut.h', header.slice(0, header.length / 2)),
      'HEADER_',
      /cut\.h:\d+/,
    ],
    [
      'a syntax error',
      (folder) =>
        write(folder, 'broken.h', header.replace('struct io_uring_cqe {', 'struct io_uring_cqe {{')),
      'HEADER_SYNTAX',
      /broken\.h:\d+/,
    ],
    [
      'an unknown type',
      (folder) => write(folder, 'type.h', header.replace('__u64\tuser_data;', '__u65\tuser_data;')),
      'HEADER_',
      /type\.h:\d+/,
    ],
    [
      'a missing include',
      (folder) => write(folder, 'include.h', `#include <linux/no_such_thing.h>\n${header}`),
      'HEADER_INCLUDE_MISSING',
      /include\.h:1/,
    ],
    [
      'a binary',
      (folder) =>
        write(
          folder,
          'binary.h',
          Uint8Array.from({ length: 4096 }, (_, i) => (i * 131) & 255),
        ),
      'HEADER_',
      undefined,
    ],
  ];

  it.each(cases)('%s: one Problem, exit 2, nothing written', (_, make, code, place) => {
    const folder = temporaryFolder();
    const out = join(folder, 'out');
    const result = ringsmith(['generate', '--header', make(folder), '--out', out]);
    expect(result.code, result.stderr).toBe(2);
    expect(result.stderr).toContain(`[${code}`);
    expect(result.stderr).toMatch(/consequence: .+\n {2}remedy: .+/);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    if (place !== undefined) expect(result.stderr).toMatch(place);
    expect(result.stdout).toBe('');
    expect(existsSync(out)).toBe(false);
  });

  it('an unknown kernel names those that are known', () => {
    const result = ringsmith(['generate', '--kernel', '99.1', '--out', join(temporaryFolder(), 'out')]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/\[KERNEL_UNAVAILABLE\][\s\S]*7\.3/);
  });

  it('bad usage exits 2', () => {
    expect(ringsmith(['generate', '--nonsense']).code).toBe(2);
    expect(ringsmith(['no-such-command']).code).toBe(2);
    expect(ringsmith(['generate', '--kernel', '7.3', '--header', INSTALLED_HEADER]).code).toBe(2);
  });

  it('a folder with somebody else’s files is left alone', () => {
    const out = temporaryFolder();
    write(out, 'precious.txt', 'mine');
    const result = ringsmith(['generate', '--kernel', '7.3', '--out', out]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('[OUT_NOT_OURS]');
    expect(readdirSync(out)).toEqual(['precious.txt']);
  });

  it('without libclang, a snapshot still generates and a header says which package is missing', () => {
    const folder = temporaryFolder();
    const env = { LIBCLANG_PATH: join(folder, 'no-such-folder') };
    expect(ringsmith(['generate', '--kernel', '7.3', '--out', join(folder, 'a')], env).code).toBe(0);
    const result = ringsmith(['generate', '--header', INSTALLED_HEADER, '--out', join(folder, 'b')], env);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/libclang/);
    expect(existsSync(join(folder, 'b'))).toBe(false);
  });
});

describe('the output folder', () => {
  it('is byte-identical on every run, and a check finds every kind of drift', () => {
    const out = join(temporaryFolder(), 'package');
    const generate = (...more: string[]): ReturnType<typeof ringsmith> =>
      ringsmith(['generate', '--kernel', '7.3', '--out', out, ...more]);
    expect(generate().code).toBe(0);
    expect(generate('--check').code).toBe(0);
    expect(generate().stderr).toContain('(0 files changed)');
    writeFileSync(join(out, 'ring.ts'), '// edited\n');
    writeFileSync(join(out, 'abi', 'leftover.ts'), 'export {};\n');
    const drift = generate('--check');
    expect(drift.code).toBe(1);
    expect(drift.stderr).toMatch(/changed: ring\.ts/);
    expect(drift.stderr).toMatch(/leftover: abi\/leftover\.ts/);
    expect(drift.stderr).toContain('npx ringsmith generate');
  });

  it('loses what an earlier kernel left behind', () => {
    const out = join(temporaryFolder(), 'package');
    expect(ringsmith(['generate', '--kernel', '7.3', '--out', out]).code).toBe(0);
    expect(ringsmith(['generate', '--kernel', '6.12', '--out', out]).code).toBe(0);
    expect(readFileSync(join(out, 'ops.ts'), 'utf8')).not.toContain('nop128');
    expect(ringsmith(['generate', '--kernel', '6.12', '--out', out, '--check']).code).toBe(0);
  });

  it('of ringsmith itself is what the newest snapshot generates', () => {
    const result = ringsmith(['generate', '--check']);
    expect(result.code, result.stderr).toBe(0);
  });
});
