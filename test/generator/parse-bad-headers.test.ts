/**
 * Proves that a header with anything wrong in it yields a Problem with its place, and never facts: errors of C, unknown
 * types, declarations libclang gave up on, headers that are not io_uring's, opcodes that cannot be.
 */
import { expect, test } from 'vitest';
import type { Clang, Cursor, TranslationUnit } from '../../generator/clang/index.js';
import { opcodeFacts } from '../../generator/model/opcodes.js';
import { parseHeader } from '../../generator/parse/index.js';
import { clang, headerWith, parse, parseFile, problemFrom, problemOf, uapi, write } from './parse-support.js';

const SQE = 'struct io_uring_sqe { unsigned char opcode; };\n';

test('an error of C has its line, column and message', () => {
  expect(problemOf(headerWith('struct broken { __u32 a; }'))).toMatchObject({
    code: 'HEADER_SYNTAX',
    what: "ring.h does not parse: expected ';' after struct",
    where: { line: 2, column: 27 },
    consequence: 'nothing was written',
  });
  expect(problemOf(headerWith('#error not today'))).toMatchObject({
    code: 'HEADER_SYNTAX',
    where: { line: 2 },
  });
});

test('an unknown field type is an error, and the remedy is the include directory', () => {
  expect(problemOf(headerWith('struct s { __unknown_t a; };'))).toMatchObject({
    code: 'HEADER_SYNTAX',
    where: { line: 2 },
    remedy: expect.stringContaining('--include DIR'),
  });
});

test('an error in an included file is reported there', () => {
  const part = write('tree/linux/io_uring/bad.h', 'int ok;\nint = 3;\n');
  const header = write('tree/linux/io_uring.h', `#include <linux/io_uring/bad.h>\n${headerWith('')}`);
  expect(problemFrom(() => parseFile(header))).toMatchObject({
    code: 'HEADER_SYNTAX',
    where: { file: part, line: 2 },
  });
});

test('a declaration libclang calls invalid is refused even without a diagnostic', () => {
  const header = write('ring.h', headerWith('struct s { __u32 a; __unknown_t b; };'));
  const silent: Clang = { ...clang, parse: (options) => silenced(clang.parse(options)) };
  expect(problemFrom(() => parseHeader(silent, { header, includeDirs: [uapi] }))).toMatchObject({
    code: 'HEADER_INVALID_DECLARATION',
    where: { file: header, line: 2 },
  });
});

function silenced(unit: TranslationUnit): TranslationUnit {
  return new Proxy(unit, {
    get: (target, key) => {
      if (key === 'diagnostics') return [];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as () => Cursor).bind(target) : value;
    },
  });
}

test.each([
  ['__int128', 16],
  ['double', 8],
  ['float', 4],
])('a %s, which no integer holds, is its bytes', (type, bytes) => {
  const { records } = parse(`struct s { __u32 a;\n ${type} b; };`);
  const record = records.find(({ name }) => name === 's');
  expect(record?.members).toMatchObject([
    { name: 'a', offsetBits: 0 },
    { name: 'b', offsetBits: bytes * 8, type: { kind: 'array', length: bytes, valueAlign: bytes } },
  ]);
});

test('a header without opcodes is not an io_uring header, although libclang has nothing to say about it', () => {
  expect(problemOf(`int x;\n${SQE}`)).toMatchObject({ code: 'HEADER_NO_OPCODES' });
  expect(problemOf(`enum io_uring_op { IORING_OP_LAST };\n${SQE}`)).toMatchObject({
    code: 'HEADER_NO_OPCODES',
  });
  expect(problemOf('enum io_uring_op { IORING_OP_NOP };\n')).toMatchObject({ code: 'HEADER_NO_SQE' });
  expect(problemOf('enum io_uring_op { IORING_OP_NOP };\nstruct io_uring_sqe;\n')).toMatchObject({
    code: 'HEADER_NO_SQE',
  });
});

test('opcodes may be a named enum, an anonymous one, or macros', () => {
  for (const opcodes of [
    'enum io_uring_op { IORING_OP_NOP };',
    'enum { IORING_OP_NOP, IORING_OP_LAST };',
    '#define IORING_OP_NOP 0',
  ]) {
    expect(parseFile(write('ring.h', `${opcodes}\n${SQE}`)).records).toHaveLength(1);
  }
});

test.each([
  ['a value twice', 'IORING_OP_A,\nIORING_OP_B = 0,', ['IORING_OP_A', 'IORING_OP_B']],
  ['a value beyond a byte', 'IORING_OP_A,\nIORING_OP_B = 256,', ['IORING_OP_A']],
  ['a negative value', 'IORING_OP_A,\nIORING_OP_B = -1,', ['IORING_OP_A']],
])('a name like an opcode’s with %s is taken, as gcc does', (_, members, opcodes) => {
  const facts = parseFile(write('ring.h', `enum io_uring_op {\n${members}\nIORING_OP_LAST };\n${SQE}`));
  expect(facts.enums[0]?.members).toHaveLength(3);
  expect(
    opcodeFacts(facts)
      .map(({ constant }) => constant)
      .sort(),
  ).toEqual(opcodes);
});

test('the end marker is no opcode: it may share a value or lie beyond a byte', () => {
  const text = `enum io_uring_op { IORING_OP_A = 255, IORING_OP_LAST };\n${SQE}`;
  expect(parseFile(write('ring.h', text)).enums[0]?.members).toHaveLength(2);
  const shared = `enum io_uring_op { IORING_OP_A, IORING_OP_LAST = 0 };\n${SQE}`;
  expect(parseFile(write('ring.h', shared)).enums).toHaveLength(1);
});

test('warnings are no reason to refuse a header', () => {
  expect(parse('#define TWICE 1\n#define TWICE 2\n#warning old').macros).toHaveLength(1);
});
