/**
 * Proves that a header which is not ringsmith's own kernel's generates whatever it lacks, renames or adds: rows lose what
 * does not fit, operations fall back to the SQE's fields, and one line per opcode says so. Old headers, aliases, and
 * headers that clash with the vocabulary are among them. What is generated type-checks (the generator sees to it) and runs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INSTALLED_HEADER, ringsmith, temporaryFolder } from '../support/cli.js';
import { runNop } from '../support/generated-package.js';

const installed = readFileSync(INSTALLED_HEADER, 'utf8');
const START = installed.indexOf('struct io_uring_sqe {');
const END = installed.indexOf('\n};', START);

/** @param before headers that its includer includes first */
function generated(text: string, before: readonly string[] = []): { out: string; said: string } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'linux'));
  const header = join(folder, 'linux', 'io_uring.h');
  writeFileSync(header, text);
  const gcc = spawnSync(
    'gcc',
    ['-fsyntax-only', ...before.flatMap((name) => ['-include', name]), '-xc', header],
    { encoding: 'utf8' },
  );
  expect(gcc.status, gcc.stderr).toBe(0);
  const out = join(folder, 'out');
  const { code, stderr } = ringsmith(['generate', '--header', header, '--out', out]);
  expect(code, stderr).toBe(0);
  return { out, said: stderr };
}

function replaced(...edits: readonly (readonly [from: string, to: string])[]): string {
  return edits.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replaceAll(from, to);
  }, installed);
}

function renamed(member: string): string {
  const sqe = installed.slice(START, END).replace(new RegExp(`\\b${member}(?=;|\\[)`), `my_${member}`);
  expect(sqe).toContain(`my_${member}`);
  return installed.slice(0, START) + sqe + installed.slice(END);
}

function nop(out: string): void {
  expect(runNop(out)).toBe('result 0');
}

const operations = (out: string): string => readFileSync(join(out, 'operations.ts'), 'utf8');

describe('a header of somebody else', () => {
  it('generates with any member of its SQE renamed, and says what each opcode lost', {
    timeout: 300_000,
  }, () => {
    const names = [
      'opcode',
      'flags',
      'ioprio',
      'fd',
      'off',
      'addr',
      'len',
      'splice_flags',
      'user_data',
    ].concat(['buf_index', 'buf_group', 'personality', 'file_index', 'addr_len', 'addr3', 'cmd']);
    for (const name of names) {
      const { out, said } = generated(renamed(name));
      expect(operations(out), name).toMatch(/export const nop: Operation</);
      const lines = said.split('\n').filter((line) => line.startsWith('IORING_OP_'));
      const opcodes = lines.map((line) => line.split(':')[0]);
      expect(new Set(opcodes).size, 'one line per opcode').toBe(opcodes.length);
      if (name === 'addr')
        expect(said).toMatch(/^IORING_OP_READ: over the fields of the SQE .*the header has no addr$/m);
      if (name === 'addr_len')
        expect(said).toMatch(/^IORING_OP_SEND: without .*\(the header has no addr_len\)/m);
    }
  });

  it('keeps what a moved member leaves possible', () => {
    const { out } = generated(
      replaced(
        ['\t__u16\tioprio;\t\t/* ioprio for the request */\n', ''],
        ['\t__u16\tpersonality;\n', '\t__u16\tioprio;\n'],
        ['\t__u8\tflags;\t\t/* IOSQE_ flags */\n', '\t__u8\tflags;\n\t__u16\tpersonality;\n'],
      ),
    );
    expect(operations(out)).toMatch(/export const read: Operation<ReadArgs/);
    expect(operations(out)).toMatch(/words\[at\] = [^;]*personality[^;]*<< 16/);
  });

  it('may give an opcode two names, add some, and have a marker under such a name', () => {
    const { out, said } = generated(
      replaced(
        ['\tIORING_OP_READ,\n', '\tIORING_OP_READ,\n\tIORING_OP_SLURP = IORING_OP_READ,\n'],
        ['\tIORING_OP_LAST,', '\tIORING_OP_FLOCKED,\n\tIORING_OP_LAST,\n\tIORING_OP_NONE = 300,\n'],
      ),
    );
    expect(operations(out)).toMatch(/export const slurp: .*'IORING_OP_SLURP', 22>/);
    expect(operations(out)).toMatch(/export const write: .*'IORING_OP_WRITE', 23>/);
    expect(operations(out)).not.toContain('IORING_OP_NONE');
    expect(readFileSync(join(out, 'abi', 'constants.ts'), 'utf8')).toMatch(/IORING_OP_NONE(: \w+)? = 300/);
    expect(said).toMatch(/^IORING_OP_FLOCKED: over the fields of the SQE as the header names them/m);
    nop(out);
  });

  it('may be older than buffer groups', () => {
    const { out } = generated(
      replaced(
        ['\t\t/* for grouped buffer selection */\n\t\t__u16\tbuf_group;\n', ''],
        ['\tIOSQE_BUFFER_SELECT_BIT,\n', ''],
        ['#define IOSQE_BUFFER_SELECT\t(1U << IOSQE_BUFFER_SELECT_BIT)\n', ''],
      ),
    );
    expect(operations(out)).not.toContain('bufGroup');
    nop(out);
  });

  it('may be the first there was: opcodes as macros, a few members', () => {
    const opcodes = 'NOP READV WRITEV FSYNC READ_FIXED WRITE_FIXED POLL_ADD POLL_REMOVE'.split(' ');
    const { out } = generated(`#include <linux/fs.h>
struct io_uring_sqe {
  __u8 opcode; __u8 flags; __u16 ioprio; __s32 fd; __u64 off; __u64 addr; __u32 len;
  union { __kernel_rwf_t rw_flags; __u32 fsync_flags; __u16 poll_events; };
  __u64 user_data; union { __u16 buf_index; __u64 __pad2[3]; };
};
struct io_uring_cqe { __u64 user_data; __s32 res; __u32 flags; };
#define IOSQE_FIXED_FILE (1U << 0)
${opcodes.map((name, value) => `#define IORING_OP_${name} ${value}`).join('\n')}
`);
    expect(operations(out)).toMatch(/export const readv: Operation<ReadvArgs/);
    nop(out);
  });

  it('may leave it to its includer to include what it uses', () => {
    const text = installed
      .replace(/^#include <linux\/time_types\.h>$/m, '')
      .replace(/^#include <linux\/fs\.h>$/m, '');
    const record = 'struct io_uring_late { struct __kernel_timespec timeout; __kernel_rwf_t flags; };\n';
    const { out } = generated(text.replace(/#endif\s*$/, `${record}#endif\n`), [
      'linux/fs.h',
      'linux/time_types.h',
    ]);
    expect(readFileSync(join(out, 'abi', 'layouts.ts'), 'utf8')).toContain('ioUringLateLayout');
    nop(out);
  });

  it('may declare by itself what the vocabulary declares', () => {
    const includes = ['io_uring', 'stat', 'openat2', 'time_types', 'futex'].map(
      (name) => `#include <linux/${name}.h>\n`,
    );
    const flat = spawnSync('gcc', ['-E', '-P', '-xc', '-'], { encoding: 'utf8', input: includes.join('') });
    const { out } = generated(flat.stdout);
    expect(operations(out)).toMatch(/export const read: Operation<ReadArgs/);
    expect(existsSync(join(out, 'abi', 'layouts.ts'))).toBe(true);
  });

  it('is told where its target is big-endian, and nothing is written', () => {
    const out = join(temporaryFolder(), 'out');
    const machine = spawnSync('gcc', ['-print-multiarch'], { encoding: 'utf8' }).stdout.trim();
    const from = [
      'generate',
      '--header',
      INSTALLED_HEADER,
      '--include',
      `/usr/include/${machine}`,
      '--out',
      out,
    ];
    for (const target of [
      's390x-linux-gnu',
      'powerpc64-linux-gnu',
      'aarch64_be-linux-gnu',
      'mips-linux-gnu',
    ]) {
      const { code, stderr } = ringsmith([...from, '--target', target]);
      expect(code).toBe(2);
      expect(stderr).toContain(`${target} is a big-endian machine`);
      expect(existsSync(out)).toBe(false);
    }
  });
});
