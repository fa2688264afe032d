/**
 * Proves that a header from the future needs no change to ringsmith: new opcodes, a new flag in a known family, a new
 * field in a union, a new record and a renamed field appear in the package, `diff` reports them, and `coverage` is red
 * until the package is generated again.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INSTALLED_HEADER, ringsmith, temporaryFolder } from '../support/cli.js';

/** Each edit must match, so that a header of another shape cannot make the test vacuous. */
const EDITS: readonly (readonly [from: string, to: string])[] = [
  ['\tIORING_OP_LAST,', '\tIORING_OP_DEFRAG,\n\tIORING_OP_DEFRAG128,\n\tIORING_OP_WARP,\n\tIORING_OP_LAST,'],
  [
    '#define IORING_FSYNC_DATASYNC\t(1U << 0)',
    '#define IORING_FSYNC_DATASYNC\t(1U << 0)\n#define IORING_FSYNC_METAONLY\t(1U << 5)\t/* only the metadata */',
  ],
  ['\t\t__u32\t\tfsync_flags;', '\t\t__u32\t\tfsync_flags;\n\t\t__u32\t\twarp_flags;\t/* how to warp */'],
  [
    'struct io_uring_cqe {',
    'struct io_uring_warp {\n\t__u64\ttarget;\t/* where to */\n\t__u32\tspeed;\n\t__u32\tresv;\n};\n\nstruct io_uring_cqe {',
  ],
];

const RENAME = ['__u32 sq_thread_idle;', '__u32 sq_thread_idle_ms;'] as const;

function future(edits: readonly (readonly [string, string])[]): string {
  return edits.reduce(
    (text, [from, to]) => {
      expect(text).toContain(from);
      return text.replace(from, to);
    },
    readFileSync(INSTALLED_HEADER, 'utf8'),
  );
}

function written(text: string): string {
  const file = join(temporaryFolder(), 'io_uring.h');
  writeFileSync(file, text);
  return file;
}

describe('a header from the future', () => {
  it('gets builders, flags, fields and records without a change to the generator', () => {
    const header = written(future(EDITS));
    const out = join(temporaryFolder(), 'package');
    const result = ringsmith(['generate', '--header', header, '--out', out]);
    expect(result.code, result.stderr).toBe(0);
    const file = (name: string): string => readFileSync(join(out, name), 'utf8');
    for (const method of ['defrag(', 'defrag128(', 'warp(']) expect(file('ops.ts')).toContain(`  ${method}`);
    expect(file('operations.ts')).toMatch(/defrag128: Operation[\s\S]{0,200}?sqeBytes: 128/);
    expect(file('operations.ts')).toMatch(/how to warp[\s\S]{0,1600}?readonly warpFlags\?: number/);
    expect(file('abi/flags.ts')).toMatch(/enum FsyncFlags \{[\s\S]*?METAONLY = 32/);
    expect(file('abi/constants.ts')).toMatch(
      /only the metadata[\s\S]{0,120}IORING_FSYNC_METAONLY: FsyncFlags = 32/,
    );
    expect(file('abi/layouts.ts')).toMatch(
      /interface IoUringWarp \{[\s\S]*?readonly target: bigint[\s\S]*?readonly speed: number/,
    );
    expect(file('native/abi.h')).toMatch(/struct io_uring_warp \{/);
    expect(ringsmith(['coverage', '--header', header, '--package', out]).code).toBe(0);
  });

  it('is read as a whole, whatever headers it is split into', () => {
    const root = temporaryFolder();
    const put = (include: string, text: string): string => {
      const file = join(root, include);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `#pragma once\n${text}`);
      return file;
    };
    put('linux/io_uring/warp.h', '#define IORING_WARP_FAST 5\n');
    put('linux/io_uring/net/warp.h', 'struct io_uring_net_warp { int speed; };\n');
    put('linux/io_uring_warp.h', 'enum io_uring_warp { IORING_WARP_SLOW = 6 };\n');
    // Nothing includes this one.
    put('linux/io_uring/alone.h', '#define IORING_ALONE 7\n');
    const includes = ['io_uring/warp', 'io_uring/net/warp', 'io_uring_warp']
      .map((name) => `#include <linux/${name}.h>\n`)
      .join('');
    const header = put('linux/io_uring.h', includes + readFileSync(INSTALLED_HEADER, 'utf8'));
    const out = join(temporaryFolder(), 'package');
    const result = ringsmith(['generate', '--header', header, '--out', out]);
    expect(result.code, result.stderr).toBe(0);
    const constants = readFileSync(join(out, 'abi', 'constants.ts'), 'utf8');
    for (const constant of [
      /IORING_WARP_FAST(: \w+)? = 5/,
      /IORING_WARP_SLOW(: \w+)? = 6/,
      /IORING_ALONE(: \w+)? = 7/,
    ])
      expect(constants).toMatch(constant);
    expect(readFileSync(join(out, 'native', 'abi.h'), 'utf8')).toContain('struct io_uring_net_warp {');
    const coverage = ringsmith(['coverage', '--header', header]);
    expect(coverage.stderr).toMatch(/not covered: .*IORING_ALONE.*io_uring_net_warp\.speed/);
  });

  it('keeps an enum whose family gets a flag beyond 32 bits, which `|` would lose', () => {
    const flag = '#define IORING_FSYNC_DATASYNC\t(1U << 0)';
    const header = written(future([[flag, `${flag}\n#define IORING_FSYNC_FAR\t(1ULL << 40)`]]));
    const out = join(temporaryFolder(), 'package');
    const result = ringsmith(['generate', '--header', header, '--out', out]);
    expect(result.code, result.stderr).toBe(0);
    expect(readFileSync(join(out, 'abi', 'flags.ts'), 'utf8')).toMatch(
      /enum FsyncFlags \{[^}]*DATASYNC = 1\s*\}/,
    );
    expect(readFileSync(join(out, 'abi', 'constants.ts'), 'utf8')).toContain(
      'IORING_FSYNC_FAR = 1099511627776n',
    );
    expect(ringsmith(['coverage', '--header', header, '--package', out]).code).toBe(0);
  });

  it('may have any file name, no part of which becomes code', () => {
    const header = join(temporaryFolder(), 'x\u2028export const stray = 1;\u2028y.h');
    writeFileSync(header, future([]));
    const out = join(temporaryFolder(), 'package');
    const result = ringsmith(['generate', '--header', header, '--out', out]);
    expect(result.code, result.stderr).toBe(0);
    expect(readFileSync(join(out, 'index.ts'), 'utf8')).toMatch(/^\/\/ .*stray = 1; y\.h/);
  });

  it('keeps the older name of a renamed opcode as an operation of its own', () => {
    const header = written(
      future([['enum io_uring_op {', '#define IORING_OP_SLURP\tIORING_OP_READ\nenum io_uring_op {']]),
    );
    const out = join(temporaryFolder(), 'package');
    const result = ringsmith(['generate', '--header', header, '--out', out]);
    expect(result.code, result.stderr).toBe(0);
    expect(readFileSync(join(out, 'operations.ts'), 'utf8')).toMatch(
      /export const slurp: .*'IORING_OP_SLURP', 22>/,
    );
    expect(ringsmith(['coverage', '--header', header, '--package', out]).code).toBe(0);
  });

  it('turns coverage of an older package red, naming every kind of gap', () => {
    const result = ringsmith(['coverage', '--header', written(future(EDITS))]);
    expect(result.code).toBe(1);
    for (const gap of [
      'IORING_OP_DEFRAG',
      'IORING_OP_WARP',
      'IORING_FSYNC_METAONLY',
      'io_uring_sqe.warp_flags',
      'io_uring_warp.target',
    ]) {
      expect(result.stderr).toContain(gap);
    }
  });

  it('shows in diff as additions, which break nothing', () => {
    const result = ringsmith(['diff', INSTALLED_HEADER, written(future(EDITS))]);
    expect(result.code, result.stdout).toBe(0);
    expect(result.stdout).toMatch(/new +added +IORING_OP_DEFRAG128/);
    expect(result.stdout).toMatch(/new +added +struct io_uring_warp /);
    expect(result.stdout).toMatch(/new +added +struct io_uring_sqe\.warp_flags/);
    expect(result.stdout).toMatch(/note +value +IORING_OP_LAST/);
  });

  it('shows in diff as breaking where a member is renamed, moved or retyped, or a value changes', () => {
    const renamed = ringsmith(['diff', INSTALLED_HEADER, written(future([RENAME]))]);
    expect(renamed.code).toBe(1);
    expect(renamed.stdout.split('\n')[0]).toMatch(
      /^BREAKING +renamed +struct io_uring_params\.sq_thread_idle +now sq_thread_idle_ms/,
    );
    const moved = ringsmith([
      'diff',
      INSTALLED_HEADER,
      written(future([['__u32 sq_thread_cpu;', '__u32 sq_extra;\n\t__u32 sq_thread_cpu;']])),
    ]);
    expect(moved.code).toBe(1);
    expect(moved.stdout).toMatch(/BREAKING +layout +struct io_uring_params +120 bytes/);
    expect(moved.stdout).toMatch(
      /BREAKING +layout +struct io_uring_params\.sq_thread_cpu +moved from byte 12 to 16/,
    );
    const retyped = ringsmith(['diff', INSTALLED_HEADER, written(future([['__s32\tres;', '__s64\tres;']]))]);
    expect(retyped.stdout).toMatch(/BREAKING +type +struct io_uring_cqe\.res +s32 -> s64/);
    const value = ringsmith([
      'diff',
      INSTALLED_HEADER,
      written(
        future([['#define IORING_SETUP_SQPOLL\t(1U << 1)', '#define IORING_SETUP_SQPOLL\t(1U << 30)']]),
      ),
    ]);
    expect(value.stdout).toMatch(/BREAKING +value +IORING_SETUP_SQPOLL +2 -> 1073741824/);
    const gone = ringsmith([
      'diff',
      INSTALLED_HEADER,
      written(future([['\tIORING_OP_TEE,\n', '\tIORING_OP_HOLE,\n']])),
    ]);
    expect(gone.stdout).toMatch(/BREAKING +renamed +IORING_OP_TEE +now IORING_OP_HOLE/);
  });
});
