/**
 * Proves that functions outside of io_uring/ which operations are handed to are followed: what they refuse of an argument
 * is a rule of the operation where their answer becomes the operation's, and nowhere else; what they call it is no fact.
 */
import { expect, test } from 'vitest';
import { ruleText } from '../support/contract-text.js';
import { contractAt, operationOf, treeWith } from '../support/contract-tree.js';

const HEADER = `#ifndef FS_H
#define FS_H
int do_frob(struct file *file, unsigned int how, int flags);
int check_frob(int mode);
#endif
`;

const ELSEWHERE = `#include "../io_uring/opdef.h"
#include "fs.h"
#define FROB_WAYS 3

static int frob_way(unsigned int how)
{
	if (how > FROB_WAYS)
		return -EINVAL;
	return 0;
}

int do_frob(struct file *file, unsigned int how, int flags)
{
	int error = frob_way(how);

	if (error)
		return error;
	return 7;
}

int check_frob(int mode)
{
	switch (mode) {
	case 1:
	case 2:
		return 0;
	}
	return -EPERM;
}
`;

const prep = (checks: string): string => `#include "opdef.h"
#include "frob.h"
#include "../fs/fs.h"

struct io_frob { struct file *file; u32 mode; int flags; };

int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *frob = io_kiocb_to_cmd(req, struct io_frob);
	int ret = 0;

	frob->mode = READ_ONCE(sqe->len);
	frob->flags = READ_ONCE(sqe->frob_flags);
	${checks}
	return 0;
}
`;

const issue = (body: string): string => `
int io_frob(struct io_kiocb *req, unsigned int issue_flags)
{
	struct io_frob *frob = io_kiocb_to_cmd(req, struct io_frob);
	int ret;

	${body}
}
`;

function rulesWith(frob: string): string[] {
  const folder = treeWith({ 'fs/fs.h': HEADER, 'fs/frob.c': ELSEWHERE, 'io_uring/frob.c': frob });
  return operationOf(contractAt(folder), 'IORING_OP_FROB')
    .rules.map(ruleText)
    .filter((text) => !text.includes('ioprio'));
}

test('what is handed on when an operation is issued is refused there', () => {
  const rules = rulesWith(
    prep('') + issue('ret = do_frob(frob->file, frob->mode, frob->flags); return ret;'),
  );
  expect(rules).toEqual(['EINVAL: len:u32 <= FROB_WAYS']);
});

test('and when it is prepared', () => {
  const rules = rulesWith(prep('ret = check_frob(frob->flags); if (ret) return ret;') + issue('return 0;'));
  expect(rules.join('\n')).toMatch(/^EPERM: .*frob_flags/);
});

test('an answer that nobody passes on refuses nothing', () => {
  expect(rulesWith(prep('check_frob(frob->flags);') + issue('return 0;'))).toEqual([]);
});

test('names and types elsewhere are no facts about the operation', () => {
  const folder = treeWith({
    'fs/fs.h': HEADER,
    'fs/frob.c': ELSEWHERE,
    'io_uring/frob.c': prep('') + issue('ret = do_frob(frob->file, frob->mode, frob->flags); return ret;'),
  });
  const { fields } = operationOf(contractAt(folder), 'IORING_OP_FROB');
  expect(fields.find(({ field }) => field === 'len')?.name).toBe('mode');
});
