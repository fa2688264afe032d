/**
 * Proves that a refusal whose reason no submission tells is a rule where the submission asks for it: one that may be
 * broken, never one that is.
 */
import { expect, test } from 'vitest';
import { breaks } from '../../runtime/contract/offence.js';
import { contractAt, operationOf, treeWith } from '../support/contract-tree.js';

const FROB = `#include "opdef.h"
#include "frob.h"

struct io_frob { struct file *file; u32 mode; };
void *find_frob(unsigned int mode);
int is_frobbed(struct io_kiocb *req);

int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *frob = io_kiocb_to_cmd(req, struct io_frob);

	frob->mode = READ_ONCE(sqe->len);
	if (frob->mode) {
		if (!find_frob(frob->mode))
			return -EINVAL;
	}
	if (is_frobbed(req))
		return -EPERM;
	return 0;
}

int io_frob(struct io_kiocb *req, unsigned int issue_flags) { return 0; }
`;

const LAYOUT = new Map([
  ['flags', { bitOffset: 8, bits: 8, signed: false }],
  ['len', { bitOffset: 192, bits: 32, signed: false }],
] as const);

const submission = (len: number) => {
  const words = new Uint32Array(16);
  words[6] = len;
  return { words, layout: LAYOUT, setupFlags: 0 };
};

test('it may be broken where the submission asks for it, and is not otherwise', () => {
  const { rules } = operationOf(contractAt(treeWith({ 'io_uring/frob.c': FROB })), 'IORING_OP_FROB');
  const found = rules.filter((rule) => rule.kind === 'reject');
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ error: 'EINVAL', text: '!find_frob(frob->mode)' });
  expect(breaks(found[0]!, submission(7))).toBeUndefined();
  expect(breaks(found[0]!, submission(0))).toBe(false);
});

test('what has nothing to do with the submission is no rule', () => {
  const { rules } = operationOf(contractAt(treeWith({ 'io_uring/frob.c': FROB })), 'IORING_OP_FROB');
  expect(rules.filter(({ error }) => error === 'EPERM')).toEqual([]);
});
