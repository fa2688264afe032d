/** Proves how fields are told: the kernel's own name and type, when they are read, and which are left out. */
import { expect, test } from 'vitest';
import { fieldTexts } from '../support/contract-text.js';
import { frob, frobPrep } from '../support/contract-tree.js';

test('a field has the name and type of what it is kept in', () => {
  const operation = frobPrep(
    'f->mask = READ_ONCE(sqe->len); f->offset = READ_ONCE(sqe->off); f->bits = READ_ONCE(sqe->rw_flags) | 8;',
    'unsigned int mask; loff_t offset; int bits;',
  );
  expect(fieldTexts(operation)).toEqual([
    'buf_group=buf_index: u16 when (flags:u8 & IOSQE_BUFFER_SELECT)',
    'fd: int',
    'len=mask: unsigned int',
    'off=offset: loff_t',
    'rw_flags=bits: int',
  ]);
});

test('a member of the command goes before a variable, and that before a parameter', () => {
  const operation = frob(`struct io_frob { struct file *file; u32 depth; };
void frob_log(int level, int where);
static int frob_two(struct io_frob *f, u32 width, u64 height)
{
	u64 above = height;
	f->depth = above;
	frob_log(width, 0);
	return 0;
}
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);
	u64 tall = READ_ONCE(sqe->off);

	return frob_two(f, READ_ONCE(sqe->len), tall);
}`);
  expect(fieldTexts(operation).slice(2)).toEqual(['off=depth: u32', 'len=width: u32']);
});

test('a field that is only tested for zero, or that must be one value, is not an argument', () => {
  const operation = frobPrep(
    'if (sqe->addr3 || sqe->len != 1) return -EINVAL; f->seen = READ_ONCE(sqe->len);',
    'u32 seen;',
  );
  expect(fieldTexts(operation).slice(2)).toEqual([]);
});

test('a field that is kept and then refused unless it is zero is not an argument either', () => {
  const operation = frobPrep(
    'f->flags = READ_ONCE(sqe->rw_flags); if (f->flags) return -EINVAL;',
    'u32 flags;',
  );
  expect(fieldTexts(operation).slice(2)).toEqual([]);
  expect(operation.rules.at(-1)).toMatchObject({ kind: 'zero', fields: ['rw_flags'], error: 'EINVAL' });
});

test('a field that is read under a condition says which', () => {
  const operation = frobPrep(
    `f->flags = READ_ONCE(sqe->frob_flags);
	if (f->flags & IORING_FROB_HARD)
		f->force = READ_ONCE(sqe->len);
	else if (f->flags & IORING_FROB_TWICE)
		f->second = READ_ONCE(sqe->addr3);`,
    'u32 flags; u32 force; u64 second;',
  );
  expect(fieldTexts(operation).slice(2)).toEqual([
    'frob_flags=flags: u32',
    'len=force: u32 when (frob_flags:u32 & IORING_FROB_HARD)',
    'addr3=second: u64 when !(frob_flags:u32 & IORING_FROB_HARD) and (frob_flags:u32 & IORING_FROB_TWICE)',
  ]);
});

test('what both ways read is read always', () => {
  const operation = frobPrep(
    'if (sqe->rw_flags & 1) f->low = READ_ONCE(sqe->len); else f->high = READ_ONCE(sqe->len);',
    'u32 low; u32 high;',
  );
  expect(fieldTexts(operation).slice(2)).toEqual(['len=low: u32']);
});

test('an SQE that is kept whole is open', () => {
  expect(frobPrep('f->sqe = sqe;', 'const struct io_uring_sqe *sqe;').open).toBe(true);
  expect(frobPrep('').open).toBeUndefined();
});
