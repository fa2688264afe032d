/**
 * Proves that a header may call things what it likes: names that TypeScript, C++ or the runtime has already, names that
 * become one in camelCase, and odd records give a package that type-checks, compiles and is covered; an SQE of another
 * shape is one Problem and nothing is written.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INSTALLED_HEADER, ROOT, ringsmith, temporaryFolder } from '../support/cli.js';

const OPCODES =
  'DELETE CONSTRUCTOR TO_STRING 3DNOW EVAL ARGUMENTS UNDEFINED LOW READ_RECORD ENCODE_FIELDS STATX_LAYOUT THEN A_B A__B FOO_1 FOO1 DELETE_'
    .split(' ')
    .map((name) => `\tIORING_OP_${name},\n`)
    .join('');

const DECLARATIONS = `
struct operation { __u32 a; };
struct promise { struct operation in; struct operation grid[2][2]; };
struct Held { __u32 a; };
struct record_layout { __u8 cube[2][3][4]; };
struct read_args { __u32 class, new, delete, template, a_b, aB, constructor, _3d; };
struct bits { __u32 low:3; __u32 high:29; __u32 rest; };
struct empty { };
struct holds_empty { struct empty e; __u32 value; };
typedef struct { __u32 q; } behind_typedef;
enum U64 { KEY_A, KEY_3, KEY__3, KEY_NaN, KEY_constructor };
enum shadowed { SHADOWED = 1 };
#define SHADOWED 2
#define Opcode 3
#define delete 4
#define uint32_t_ 5
`;

function edited(...edits: readonly (readonly [from: string, to: string])[]): { header: string; out: string } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'linux'));
  const header = join(folder, 'linux', 'io_uring.h');
  let text = readFileSync(INSTALLED_HEADER, 'utf8');
  for (const [from, to] of edits) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  writeFileSync(header, text);
  return { header, out: join(folder, 'out') };
}

describe('awkward names', () => {
  it('give a package that type-checks, compiles and is covered', () => {
    const { header, out } = edited(
      ['\tIORING_OP_LAST,', `${OPCODES}\tIORING_OP_LAST,`],
      [
        '\t\t__u32\t\tfsync_flags;',
        '\t\t__u32\t\tfsync_flags;\n__s16 constructor;\n__u32 sqe_flags;\n__u32 Len;',
      ],
      ['struct io_uring_cqe {', `${DECLARATIONS}struct io_uring_cqe {`],
    );
    const result = ringsmith(['generate', '--header', header, '--out', out]);
    expect(result.code, result.stderr).toBe(0);
    const operations = readFileSync(join(out, 'operations.ts'), 'utf8');
    for (const name of ['delete_', 'constructor_', '_3Dnow', 'lowOp', 'statxLayoutOp', 'aB2', 'foo12'])
      expect(operations).toContain(`export const ${name}: Operation<`);
    expect(operations).toMatch(/readonly sqeFlags2\?: number[\s\S]*readonly len2\?: number/);
    expect(readFileSync(join(out, 'abi/constants.ts'), 'utf8')).toContain('export const SHADOWED = 2;');
    const node = join(process.execPath, '..', '..', 'include', 'node');
    const includes = [
      join(out, 'native'),
      join(ROOT, 'runtime', 'native'),
      join(ROOT, 'node_modules', 'node-addon-api'),
      existsSync(node) ? node : '/usr/include/node',
    ].map((folder) => `-I${folder}`);
    const flags = ['-fsyntax-only', '-std=c++17', '-DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS', ...includes];
    const cxx = spawnSync('g++', [...flags, join(out, 'native/encoders.cc')], { encoding: 'utf8' });
    expect(cxx.status, cxx.stderr).toBe(0);
    const check = ['-fsyntax-only', `-I${join(header, '../..')}`, join(out, 'native/abi_check.c')];
    const c = spawnSync('gcc', check, { encoding: 'utf8' });
    expect(c.status, c.stderr).toBe(0);
    const covered = ringsmith(['coverage', '--header', header, '--package', out]);
    expect(covered.code, covered.stdout.replaceAll(/^.* covered\b.*\n/gm, '')).toBe(0);
  });

  it.each([
    ['HEADER_BAD_SQE', '\t__u8\topcode;', '\t__u16\topcode;'],
    ['HEADER_BAD_SQE', '__u64\t__pad2[1];', '__u64\t__pad2[9];'],
  ])('%s, and nothing is written', (code, from, to) => {
    const { header, out } = edited([from, to]);
    const result = ringsmith(['generate', '--header', header, '--out', out]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`[${code}]`);
    expect(existsSync(out)).toBe(false);
  });
});
