/** Proves that a tree no contract can be read from is a Problem that says what is missing, and that an incomplete one is read. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { extractContract } from '../../generator/contract/index.js';
import { clang, contractAt, smallContract, treeWith } from '../support/contract-tree.js';

test('a folder without io_uring/', () => {
  const folder = treeWith({});
  rmSync(join(folder, 'io_uring'), { recursive: true });
  expect(() => contractAt(folder)).toThrow(
    expect.objectContaining({ code: 'SOURCE_NO_IO_URING', where: { file: folder } }),
  );
});

test('sources without a table', () => {
  const folder = treeWith({ 'io_uring/opdef.c': '#include "opdef.h"\n' });
  expect(() => contractAt(folder)).toThrow(expect.objectContaining({ code: 'SOURCE_NO_TABLE' }));
});

test('a table with an error in it', () => {
  // What another file declares is good enough: the files are read as one.
  const folder = treeWith({
    'io_uring/frob.h': '/* declares nothing */\n',
    'io_uring/frob.c': '#include "opdef.h"\n',
  });
  expect(() => contractAt(folder)).toThrow(
    expect.objectContaining({
      code: 'SOURCE_BAD_TABLE',
      where: { file: join(folder, 'io_uring/opdef.c'), line: 13 },
    }),
  );
});

test('a row whose functions are not there', () => {
  const folder = treeWith({ 'io_uring/frob.c': '#include "opdef.h"\n' });
  expect(() => contractAt(folder)).toThrow(
    expect.objectContaining({
      code: 'SOURCE_FUNCTION_MISSING',
      what: 'there is no definition of io_frob_prep, the prep function of IORING_OP_FROB, in io_uring/*.c',
    }),
  );
});

test('a row that names no function', () => {
  const folder = treeWith({
    'io_uring/opdef.c': `#include "opdef.h"
const struct io_issue_def io_issue_defs[] = { [IORING_OP_FROB] = { .needs_file = 1 } };
`,
  });
  expect(() => contractAt(folder)).toThrow(
    expect.objectContaining({ what: 'the row of IORING_OP_FROB names no prep function' }),
  );
});

test('a libclang that does not tell operators', () => {
  const old = { ...clang, major: 16 };
  const tree = { folder: treeWith({}), source: { package: 'small', version: '1' } };
  expect(() => extractContract(old, tree)).toThrow(expect.objectContaining({ code: 'LIBCLANG_TOO_OLD' }));
});

test('an include that is missing and a line that is no C lose nothing else', () => {
  const folder = treeWith({
    'io_uring/idle.c': `#include <linux/nowhere.h>
#include "opdef.h"
#include "idle.h"
this is not C;
int io_idle_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe) { return 0; }
int io_idle(struct io_kiocb *req, unsigned int issue_flags) { return frob_undeclared(req) + UNKNOWN_NAME; }
`,
  });
  const contracts = [contractAt(folder), smallContract()];
  const [broken, whole] = contracts.map(({ operations }) =>
    operations.map(({ opcode, rules }) => [opcode, rules]),
  );
  expect(broken).toEqual(whole);
});
