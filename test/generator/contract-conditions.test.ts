/** Proves that a rule stands under the conditions that lead to it and no others, through calls, jumps and results. */
import { expect, test } from 'vitest';
import { ownRules } from '../support/contract-text.js';
import { frob, frobPrep } from '../support/contract-tree.js';

const rules = (body: string, members = ''): readonly string[] => ownRules(frobPrep(body, members));

test('tests around a refusal are its conditions', () => {
  expect(
    rules(`if (sqe->frob_flags & IORING_FROB_HARD) {
		if (sqe->len)
			return -EINVAL;
	} else if (sqe->addr3) {
		return -E2BIG;
	}`),
  ).toEqual([
    'EINVAL: zero len when (frob_flags:u32 & IORING_FROB_HARD)',
    'E2BIG: zero addr3 when !(frob_flags:u32 & IORING_FROB_HARD)',
  ]);
});

test('of tests joined by and, the last is the rule', () => {
  expect(rules('if ((sqe->frob_flags & IORING_FROB_HARD) && sqe->len) return -EINVAL;')).toEqual([
    'EINVAL: zero len when (frob_flags:u32 & IORING_FROB_HARD)',
  ]);
});

test('whoever gets past a refusal has passed it: that is no condition', () => {
  expect(
    rules('if (sqe->len) return -EINVAL;\nif (frob_busy(f)) return -EBUSY;\nif (sqe->off) return -EINVAL;'),
  ).toEqual(['EINVAL: zero len', 'EINVAL: zero off']);
});

test('an early success is a condition of what follows', () => {
  expect(rules('if (!sqe->len) return 0;\nif (sqe->off) return -EINVAL;')).toEqual([
    'EINVAL: zero off when len:u32',
  ]);
});

test('what cannot be told of is a condition that cannot be told', () => {
  expect(rules('if (frob_mode(f)) { if (sqe->len) return -EINVAL; }')).toEqual([
    'EINVAL: zero len when unknown',
  ]);
});

test('a test that cannot be told is no rule, whatever stands around it', () => {
  expect(
    rules(`if (sqe->frob_flags & IORING_FROB_HARD) {
		if (READ_ONCE(sqe->buf_index) >= frob_count(f))
			return -EFAULT;
	}
	while (frob_next(f)) {
		if (frob_full(f))
			return -ENFILE;
	}`),
  ).toEqual([]);
});

test('a refusal inside a loop may not be reached', () => {
  expect(rules('int i; for (i = 0; i < frob_count(f); i++) { if (sqe->len) return -EINVAL; }')).toEqual([
    'EINVAL: zero len when unknown',
  ]);
});

test('what a loop finds or not is no certainty behind it', () => {
  expect(
    ownRules(
      frob(`struct io_frob { struct file *file; };
void *frob_first(void);
void *frob_after(void *);
static void *frob_find(struct io_kiocb *req)
{
	void *item;

	for (item = frob_first(); item; item = frob_after(item)) {
		if (frob_fits(item))
			return item;
	}
	return NULL;
}
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	return 0;
}
int io_frob(struct io_kiocb *req, unsigned int issue_flags)
{
	if (!frob_find(req))
		return -ENOENT;
	return 0;
}`),
    ),
  ).toEqual([]);
});

const CALLED = `struct io_frob { struct file *file; u32 len; };
static int frob_check(struct io_frob *f, const struct io_uring_sqe *sqe, int most)
{
	f->len = READ_ONCE(sqe->len);
	if (f->len > most)
		return -E2BIG;
	if (sqe->addr3)
		return -EINVAL;
	return frob_ready(f);
}
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);
	int ret;

	ret = frob_check(f, sqe, 16);
	if (unlikely(ret < 0))
		RETURN;
	if (sqe->off)
		return -EINVAL;
	return 0;
}`;

test('refusals of a function that is called are those of its caller, if it passes them on', () => {
  expect(ownRules(frob(CALLED.replace('RETURN', 'return ret')))).toEqual([
    'E2BIG: len:u32 <= 16',
    'EINVAL: zero addr3',
    'EINVAL: zero off',
  ]);
});

test('an error that the caller replaces is told as the caller tells it', () => {
  expect(ownRules(frob(CALLED.replace('RETURN', 'return -EPERM')))).toEqual([
    'EPERM: len:u32 <= 16',
    'EPERM: zero addr3',
    'EINVAL: zero off',
  ]);
});

test('an error that the caller swallows is no rule', () => {
  expect(ownRules(frob(CALLED.replace('RETURN', 'ret = 0')))).toEqual(['EINVAL: zero off']);
});

test('a jump to the end of a function keeps what it was made for', () => {
  expect(
    rules(`int ret = -EINVAL;
	if (sqe->len)
		goto out;
	ret = -EBADF;
	if (sqe->off)
		goto out;
	return 0;
out:
	frob_clean(f);
	return ret;`),
  ).toEqual(['EINVAL: zero len', 'EBADF: zero off']);
});

test('operations that share a function come apart by opcode, attribute and constant argument', () => {
  const shared = `struct io_frob { struct file *file; };
static int frob_shared(struct io_kiocb *req, const struct io_uring_sqe *sqe, bool strict)
{
	const struct io_issue_def *def = &io_issue_defs[req->opcode];

	if (strict && sqe->len)
		return -EINVAL;
	if (def->vectored && sqe->off)
		return -EINVAL;
	return 0;
}
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	if (req->opcode == IORING_OP_FROB)
		return frob_shared(req, sqe, true);
	return frob_shared(req, sqe, false);
}`;
  expect(ownRules(frob(shared))).toEqual(['EINVAL: zero len']);
  expect(ownRules(frob(shared, 'IORING_OP_FROBV'))).toEqual(['EINVAL: zero off']);
});

const ISSUED = `struct io_frob { struct file *file; u32 flags; u32 len; };
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);

	f->flags = READ_ONCE(sqe->frob_flags);
	f->len = READ_ONCE(sqe->len);
	return 0;
}
`;

test('what the issue function refuses for the SQE alone is a rule, through its result or its completion', () => {
  expect(
    ownRules(
      frob(`${ISSUED}
int io_frob(struct io_kiocb *req, unsigned int issue_flags)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);
	int ret;

	if (!frob_able(req->file))
		return -EBADF;
	if (f->flags & ~IORING_FROB_HARD)
		return -EOPNOTSUPP;
	if (issue_flags & 1)
		return -EAGAIN;
	ret = -EINVAL;
	if (f->len > 4)
		goto done;
	ret = frob_do(req->file);
done:
	req->cqe.res = ret;
	return 0;
}`),
    ),
  ).toEqual(['EOPNOTSUPP: mask frob_flags 0x1 (IORING_FROB_HARD)', 'EINVAL: len:u32 <= 4']);
});

test('what the issue function refuses for a file as well may be refused, and is never certain', () => {
  expect(
    ownRules(
      frob(`${ISSUED}
int io_frob(struct io_kiocb *req, unsigned int issue_flags)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);

	if (frob_able(req->file)) {
		if (f->len)
			return -EINVAL;
	}
	return 0;
}`),
    ),
  ).toEqual(['EINVAL: zero len when unknown']);
});

test('ways to complete more than once: a mark on the request, or a flag of that name', () => {
  const marked = frobPrep(
    'f->flags = READ_ONCE(sqe->frob_flags); if (f->flags & IORING_FROB_TWICE) req->flags |= REQ_F_APOLL_MULTISHOT;',
    'u32 flags;',
  );
  expect(marked.multishot.map(({ when }) => when.map(({ text }) => text))).toEqual([
    ['f->flags & IORING_FROB_TWICE'],
  ]);
  expect(frobPrep('req->flags |= REQ_F_APOLL_MULTISHOT;').multishot).toEqual([{ when: [] }]);
  const named = 'if (sqe->frob_flags & ~(IORING_FROB_HARD | IORING_FROB_MULTISHOT)) return -EINVAL;';
  expect(frobPrep(named).multishot.map(({ when }) => when.map(({ text }) => text))).toEqual([
    ['frob_flags & IORING_FROB_MULTISHOT'],
  ]);
  expect(frobPrep('').multishot).toEqual([]);
});
