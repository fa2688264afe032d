/**
 * Proves that an input that is no header at all ends in a Problem before anything else happens: no file, a directory,
 * a pipe, a binary, nothing in it, an include that is nowhere, a target nobody knows.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { headerWith, parseFile, problemFrom, problemOf, uapi, write } from './parse-support.js';

const scratch = dirname(write('marker', ''));

test('a missing file', () => {
  const header = join(scratch, 'none/io_uring.h');
  expect(problemFrom(() => parseFile(header))).toMatchObject({
    code: 'HEADER_MISSING',
    where: { file: header },
    consequence: 'nothing was written',
    remedy: expect.stringContaining('kernel headers package'),
  });
  expect(problemFrom(() => parseFile(join(scratch, 'marker', 'below')))).toMatchObject({
    code: 'HEADER_MISSING',
  });
});

test('a directory, a pipe, a path no #include can spell', () => {
  expect(problemFrom(() => parseFile(scratch))).toMatchObject({
    code: 'HEADER_UNREADABLE',
    what: 'the header is a directory, not a file',
  });
  const pipe = join(scratch, 'pipe');
  execFileSync('mkfifo', [pipe]);
  expect(problemFrom(() => parseFile(pipe))).toMatchObject({ code: 'HEADER_UNREADABLE' });
  expect(problemFrom(() => parseFile(write('a\nb.h', headerWith(''))))).toMatchObject({
    code: 'HEADER_UNREADABLE',
  });
});

test('a file without permission', () => {
  const header = write('secret.h', headerWith(''));
  chmodSync(scratch, 0o755);
  chmodSync(header, 0);
  // Root reads anything, so for a moment the test is somebody else.
  const root = process.getuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    expect(problemFrom(() => parseFile(header))).toMatchObject({ code: 'HEADER_UNREADABLE' });
  } finally {
    if (root) process.seteuid?.(0);
  }
});

test('a quote or a space in the path is no obstacle', () => {
  expect(parseFile(write('it "is" here/ring.h', headerWith(''))).records).toHaveLength(1);
  expect(parseFile(write('it > is here/ring.h', headerWith(''))).records).toHaveLength(1);
});

test.each([
  ['no bytes', ''],
  ['only blank lines', '\n\n \t\n'],
])('%s', (_, text) => {
  expect(problemOf(text)).toMatchObject({
    code: 'HEADER_NO_OPCODES',
    what: 'ring.h is empty',
    where: { line: 1 },
  });
});

test('a binary', () => {
  const bytes = Buffer.concat([Buffer.from('int a;\nint b;\n'), Buffer.from([0x7f, 0, 1, 2])]);
  expect(problemOf(bytes)).toMatchObject({ code: 'HEADER_SYNTAX', where: { line: 3 } });
  expect(problemOf(Buffer.alloc(5000))).toMatchObject({ code: 'HEADER_SYNTAX', where: { line: 1 } });
});

test('an include that is in no include directory', () => {
  const problem = problemOf(`#include <linux/nowhere.h>\n${headerWith('')}`);
  expect(problem).toMatchObject({
    code: 'HEADER_INCLUDE_MISSING',
    what: 'ring.h needs <linux/nowhere.h>, which is in none of the include directories',
    where: { line: 1 },
    remedy: expect.stringContaining('--include DIR'),
  });
  expect(problem.where?.file).toMatch(/ring\.h$/);
});

test('the asm headers of another target', () => {
  expect(problemOf(headerWith(''), { target: 'riscv64-linux-gnu' })).toMatchObject({
    code: 'HEADER_INCLUDE_MISSING',
    what: expect.stringContaining('<asm/types.h>'),
    where: { file: join(uapi, 'linux/types.h'), line: 3 },
    remedy: expect.stringContaining('riscv64-linux-gnu'),
  });
});

test('a target nobody knows', () => {
  const problem = problemOf('enum { IORING_OP_NOP };\n', { target: 'no-such-target' });
  expect(problem.code).toMatch(/^HEADER_(UNPARSABLE|SYNTAX)$/);
});

test('the label is how messages call the header', () => {
  expect(problemOf('', { label: 'linux 9.9' }).what).toBe('linux 9.9 is empty');
});
