/** Proves that each kind of test in a prep function becomes the rule that it is: what must hold, over which bits. */
import { expect, test } from 'vitest';
import { ownRules, ruleText } from '../support/contract-text.js';
import { frob, frobPrep } from '../support/contract-tree.js';

const rules = (body: string, members = ''): readonly string[] => ownRules(frobPrep(body, members));

test('fields that must be zero, together where they are refused together', () => {
  expect(
    rules('if (sqe->addr3 || sqe->__pad2[0] || sqe->len) return -EINVAL; if (sqe->off) return -EBADF;'),
  ).toEqual(['EINVAL: zero addr3 __pad2 len', 'EBADF: zero off']);
});

test('of a field that is cut off, only the bits that are looked at', () => {
  expect(rules('u32 low = READ_ONCE(sqe->off); if (low) return -EINVAL;')).toEqual([
    'EINVAL: mask off 0x0 within 0xffffffff ()',
  ]);
});

test('a field that must not be zero', () => {
  expect(rules('if (!sqe->len) return -EINVAL;')).toEqual(['EINVAL: nonzero len']);
  expect(rules('u32 low = READ_ONCE(sqe->off); if (!low) return -EINVAL;')).toEqual(['EINVAL: off:u32 != 0']);
});

test('a mask in the names of the interface, wherever the kernel spells it', () => {
  const names = 'IORING_FROB_HARD|IORING_FROB_TWICE';
  expect(rules('if (sqe->frob_flags & ~(IORING_FROB_HARD | IORING_FROB_TWICE)) return -EINVAL;')).toEqual([
    `EINVAL: mask frob_flags 0x3 (${names})`,
  ]);
  const spelled = frob(`#define FROB_BOTH (IORING_FROB_HARD | \\
		   IORING_FROB_TWICE)
struct io_frob { struct file *file; int flags; };
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);
	unsigned int valid = FROB_BOTH;

	f->flags = READ_ONCE(sqe->frob_flags);
	if (unlikely(f->flags & ~valid))
		return -EINVAL;
	return 0;
}`);
  expect(ownRules(spelled)).toEqual([`EINVAL: mask frob_flags 0x3 (${names})`]);
});

test('a mask of some bits of a field says which it looks at', () => {
  expect(
    rules(
      'f->type = READ_ONCE(sqe->off); f->flags = f->type & ~0xf; if (f->flags & ~(IORING_FROB_HARD << 8)) return -EINVAL;',
      'int type; int flags;',
    ),
  ).toEqual(['EINVAL: mask off 0x100 within 0xfffffff0 ()']);
});

test('bits that may not be set, by their names', () => {
  expect(rules('if (sqe->frob_flags & IORING_FROB_TWICE) return -EINVAL;')).toEqual([
    'EINVAL: mask frob_flags 0x0 within 0x2 (not IORING_FROB_TWICE)',
  ]);
});

test('comparisons, with the type that the kernel compares', () => {
  expect(rules('f->off = READ_ONCE(sqe->off); if (f->off < 0) return -EINVAL;', 'loff_t off;')).toEqual([
    'EINVAL: off:s64 >= 0',
  ]);
  expect(rules('u64 n = READ_ONCE(sqe->fd); if (!n || n > 100) return -E2BIG;')).toEqual([
    'E2BIG: nonzero fd',
    'E2BIG: fd:u64 <= 100',
  ]);
  expect(rules('if (sqe->len == IORING_FROB_MULTISHOT) return -EINVAL;')).toEqual([
    'EINVAL: len:u32 != IORING_FROB_MULTISHOT',
  ]);
});

test('a comparison that is always true or false is no rule', () => {
  expect(rules('u32 n = READ_ONCE(sqe->ioprio); if (n > 70000 || n < 0) return -EINVAL;')).toEqual([]);
});

test('one of several values, by a chain of tests or a switch', () => {
  expect(rules('if (sqe->len != 1 && sqe->len != IORING_FROB_MULTISHOT) return -EINVAL;')).toEqual([
    'EINVAL: len of 1, IORING_FROB_MULTISHOT',
  ]);
  expect(
    rules(
      'switch (sqe->len) { case 1: case 2: f->n = 1; break; case 5: f->n = 2; break; default: return -EINVAL; }',
      'int n;',
    ),
  ).toEqual(['EINVAL: len of 1, 2, 5']);
});

test('flags of the SQE, from the bits of the request that are copied from it', () => {
  expect(rules('if (req->flags & REQ_F_FIXED_FILE) return -EBADF;')).toEqual([
    'EBADF: flags -IOSQE_FIXED_FILE',
  ]);
  expect(rules('if (!(req->flags & REQ_F_BUFFER_SELECT)) return -EINVAL;')).toEqual([
    'EINVAL: flags +IOSQE_BUFFER_SELECT',
  ]);
});

test('flags that the kernel itself sets are not asked for', () => {
  expect(
    rules('req->flags |= REQ_F_NEED_CLEANUP; if (!(req->flags & REQ_F_NEED_CLEANUP)) return -EINVAL;'),
  ).toEqual([]);
  expect(rules('if (req->flags & REQ_F_APOLL_MULTISHOT) return -EINVAL;')).toEqual([]);
});

test('any other test, as an expression', () => {
  expect(rules('if (sqe->len + sqe->ioprio > 100) return -EINVAL;')).toEqual([
    'EINVAL: reject (((len:u32 + ioprio:u16) & 4294967295) > 100)',
  ]);
  expect(rules('if (!sqe->len != !sqe->addr) return -EINVAL;')).toEqual([
    'EINVAL: reject ((len:u32 == 0) != (addr:u64 == 0))',
  ]);
});

test('flags the ring was set up with', () => {
  expect(rules('if (req->ctx->flags & IORING_SETUP_IOPOLL) return -EINVAL;')).toEqual([
    'EINVAL: reject (setup & IORING_SETUP_IOPOLL)',
  ]);
});

test('an operation that is always refused, and only that', () => {
  expect(frobPrep('return -EOPNOTSUPP;').rules.map(ruleText).at(-1)).toBe('EOPNOTSUPP: reject 1');
  expect(rules('if (frob_busy(f)) return -EBUSY;')).toEqual([]);
});

test('rules stand in the order of the checks, each once', () => {
  expect(
    rules(
      'if (sqe->len) return -EINVAL;\nif (sqe->off) return -EINVAL;\nif (sqe->len || sqe->addr) return -EINVAL;',
    ),
  ).toEqual(['EINVAL: zero len', 'EINVAL: zero off', 'EINVAL: zero addr']);
});
