/** Proves what is told of pointers: to what, for what, in which direction, how long, and under which condition. */
import { expect, test } from 'vitest';
import { fieldTexts } from '../support/contract-text.js';
import { frob, frobPrep } from '../support/contract-tree.js';

/** Without fd and buf_group, which the dispatcher reads. */
const fields = (body: string, members = ''): readonly string[] =>
  fieldTexts(frobPrep(body, members)).slice(2);

test('a pointer has the type it is kept in', () => {
  expect(
    fields('f->spec = u64_to_user_ptr(READ_ONCE(sqe->addr));', 'struct frob_spec __user *spec;'),
  ).toEqual(['addr=spec: *struct frob_spec']);
});

test('a path is what a getname function is given, any other text a string', () => {
  expect(
    fields(
      `const char __user *path = u64_to_user_ptr(READ_ONCE(sqe->addr));
	const char __user *label = u64_to_user_ptr(READ_ONCE(sqe->addr2));
	f->name = getname(path);
	f->label = frob_label(label);`,
      'void *name; void *label;',
    ),
  ).toEqual(['addr=path: *char path', 'addr2=label: *char']);
  const declared = frob(`struct io_frob { struct file *file; void *label; };
void *frob_label(const char __user *text);
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);

	f->label = frob_label(u64_to_user_ptr(READ_ONCE(sqe->addr)));
	return 0;
}`);
  expect(fieldTexts(declared).slice(2)).toEqual(['addr: *char in string']);
});

test.each([
  ['copy_from_user(&f->spec, u64_to_user_ptr(READ_ONCE(sqe->addr)), sizeof(f->spec))', 'in'],
  ['copy_to_user(u64_to_user_ptr(READ_ONCE(sqe->addr)), &f->spec, sizeof(f->spec))', 'out'],
])('%s tells the direction, and what is copied', (call, direction) => {
  expect(fields(`if (${call}) return -EFAULT;`, 'struct frob_spec spec;')).toEqual([
    `addr: *struct frob_spec ${direction}`,
  ]);
});

test.each([
  ['get_user(f->value, (u32 __user *)u64_to_user_ptr(READ_ONCE(sqe->addr)))', 'in'],
  ['put_user(f->value, (u32 __user *)u64_to_user_ptr(READ_ONCE(sqe->addr)))', 'out'],
])('%s tells the direction', (call, direction) => {
  expect(fields(`if (${call}) return -EFAULT;`, 'u32 value;')).toEqual([`addr: *u32 ${direction}`]);
});

const IMPORT = `struct io_frob { struct file *file; u64 addr; u32 len; };
int import_ubuf(int rw, void __user *buf, size_t len, void *iter);
int import_iovec(int rw, const struct iovec __user *uvec, unsigned nr_segs, void *iter);
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);
	const struct io_issue_def *def = &io_issue_defs[req->opcode];

	f->addr = READ_ONCE(sqe->addr);
	f->len = READ_ONCE(sqe->len);
	if (def->vectored)
		return import_iovec(ITER_SOURCE, u64_to_user_ptr(f->addr), f->len, f);
	return import_ubuf(ITER_DEST, u64_to_user_ptr(f->addr), f->len, f);
}`;

test('a buffer has the direction and the length that go with it into the import', () => {
  expect(fieldTexts(frob(IMPORT)).slice(2)).toEqual(['addr: *void out [len]', 'len: u32']);
});

test('the vectored operation that shares its function has iovecs', () => {
  expect(fieldTexts(frob(IMPORT, 'IORING_OP_FROBV'))).toContain('addr: *struct iovec in iovec [len]');
});

test('flags next to a pointer are no length', () => {
  const operation = frob(`struct io_frob { struct file *file; };
int frob_open(const char __user *name, unsigned int flags);
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	return frob_open(u64_to_user_ptr(READ_ONCE(sqe->addr)), READ_ONCE(sqe->rw_flags));
}`);
  expect(fieldTexts(operation).slice(2)[0]).toBe('addr: *char in string');
});

test('what is a pointer under a condition only says so, and has the type of the number', () => {
  expect(
    fields(
      `f->flags = READ_ONCE(sqe->frob_flags);
	f->arg = READ_ONCE(sqe->addr);
	if (!(f->flags & IORING_FROB_HARD)) {
		if (copy_from_user(&f->spec, u64_to_user_ptr(f->arg), sizeof(f->spec)))
			return -EFAULT;
	}`,
      'u32 flags; u64 arg; struct frob_spec spec;',
    ),
  ).toEqual([
    'frob_flags=flags: u32',
    'addr=arg: *struct frob_spec in when !(frob_flags:u32 & IORING_FROB_HARD): u64',
  ]);
});

test('of the views of a union, the one that is used names the pointer', () => {
  const operation =
    frob(`struct io_frob { struct file *file; union { struct frob_spec __user *spec; void __user *buf; }; u32 len; };
int import_ubuf(int rw, void __user *buf, size_t len);
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);

	f->spec = u64_to_user_ptr(READ_ONCE(sqe->addr));
	f->len = READ_ONCE(sqe->len);
	return import_ubuf(ITER_SOURCE, f->buf, f->len);
}`);
  expect(fieldTexts(operation).slice(2)).toEqual(['addr=buf: *void in [len]', 'len: u32']);
});

test('what only the issue function does with a pointer counts, too', () => {
  const operation =
    frob(`struct io_frob { struct file *file; struct frob_spec __user *spec; struct frob_spec result; };
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);

	f->spec = u64_to_user_ptr(READ_ONCE(sqe->addr));
	return 0;
}
int io_frob(struct io_kiocb *req, unsigned int issue_flags)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);

	if (copy_to_user(f->spec, &f->result, sizeof(f->result)))
		return -EFAULT;
	return 0;
}`);
  expect(fieldTexts(operation).slice(2)).toEqual(['addr=spec: *struct frob_spec out']);
});
