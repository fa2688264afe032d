/** Proves that operations come from the tables that IORING_OP_* index: all rows, their attributes and functions. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contractAt, operationOf, smallContract, treeWith } from '../support/contract-tree.js';

test('every row is an operation, by number, with its functions and where they stand', () => {
  const { operations } = smallContract();
  expect(operations.map(({ opcode, prep, issue, at }) => [opcode, prep, issue, at])).toEqual([
    ['IORING_OP_IDLE', 'io_idle_prep', 'io_idle', 'io_uring/idle.c:4'],
    ['IORING_OP_FROB', 'io_frob_prep', 'io_frob', 'io_uring/frob.c:10'],
    ['IORING_OP_FROBV', 'io_frob_prep', 'io_frob', 'io_uring/frob.c:10'],
  ]);
});

test('attributes are those that a row sets', () => {
  const contract = smallContract();
  expect(operationOf(contract, 'IORING_OP_IDLE').attributes).toEqual({});
  expect(operationOf(contract, 'IORING_OP_FROBV').attributes).toEqual({
    needs_file: 1,
    ioprio: 1,
    vectored: 1,
  });
});

const OPCODE = 'IORING_OP_FROBV,';
const ROW = `[IORING_OP_FROBV] = {`;

function edit(folder: string, name: string, from: string, to: string): void {
  const path = join(folder, name);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

/** The small tree with one more opcode, in files of its own. */
function withTwirl(row: string): string {
  const small = treeWith({
    'io_uring/twirl.h': `int io_twirl_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe);
int io_twirl(struct io_kiocb *req, unsigned int issue_flags);
`,
    'io_uring/twirl.c': `#include "opdef.h"
#include "twirl.h"
struct io_twirl { struct file *file; u32 speed; const char __user *label; };
int io_twirl_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_twirl *twirl = io_kiocb_to_cmd(req, struct io_twirl);

	if (sqe->addr3)
		return -EINVAL;
	twirl->speed = READ_ONCE(sqe->len);
	return 0;
}
int io_twirl(struct io_kiocb *req, unsigned int issue_flags) { return 0; }
`,
  });
  edit(small, 'include/uapi/linux/io_uring.h', OPCODE, `${OPCODE}\n\tIORING_OP_TWIRL,`);
  edit(small, 'io_uring/opdef.c', '#include "frob.h"', '#include "frob.h"\n#include "twirl.h"');
  edit(small, 'io_uring/opdef.c', ROW, `${row}\n\t${ROW}`);
  return small;
}

test('an opcode that is added to a tree has its contract, with nothing else changed', () => {
  const before = smallContract();
  const after = contractAt(
    withTwirl('[IORING_OP_TWIRL] = { .ioprio = 1, .prep = io_twirl_prep, .issue = io_twirl },'),
  );
  const twirl = operationOf(after, 'IORING_OP_TWIRL');
  expect(twirl.at).toBe('io_uring/twirl.c:4');
  expect(twirl.fields).toEqual([{ field: 'len', name: 'speed', type: 'u32', when: [] }]);
  expect(after.operations.filter((operation) => operation !== twirl)).toEqual(before.operations);
});

test('rows that a kernel option turns on are there', () => {
  const row = `#if defined(CONFIG_TWIRL)
	[IORING_OP_TWIRL] = { .prep = io_twirl_prep, .issue = io_twirl },
#endif`;
  expect(contractAt(withTwirl(row)).operations.map(({ opcode }) => opcode)).toContain('IORING_OP_TWIRL');
});
