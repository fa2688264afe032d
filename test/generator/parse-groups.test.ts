/**
 * Proves that the comments that speak for a run of macros are told from a macro's own doc, that the run has the right
 * ends, and that the entries of a group's comment reach the macros they name.
 */
import { expect, test } from 'vitest';
import { groupOf, macro, parse } from './parse-support.js';

/** Each stands directly above the first macro of its family, as headers write them. */
test.each([
  ['sqe->fsync_flags', ['sqe->fsync_flags']],
  ['cq_ring->flags', ['cq_ring->flags']],
  ['io_uring_params->features flags', ['io_uring_params->features']],
  ['sqe->splice_flags\n * extends splice(2) flags', ['sqe->splice_flags']],
  ['cqe.res for one kind of completion', ['cqe.res']],
  ['io_uring_setup() flags', []],
  ['accept flags stored in sqe->ioprio', ['sqe->ioprio']],
  ['send/sendmsg and recv/recvmsg flags (sqe->ioprio)', ['sqe->ioprio']],
  ['ADD flags. Note that since sqe->events is taken,\n * they are in sqe->len.', ['sqe->events', 'sqe->len']],
  ['Flags for the second kind.', []],
])('%j is a group header', (comment, mentions) => {
  const facts = parse(`struct s { __u8 a; };\n\n/*\n * ${comment}\n */\n#define IORING_X_ONE 1`);
  expect(facts.groups).toMatchObject([
    { doc: comment.replace('\n * ', '\n'), mentions, location: { line: 4 } },
  ]);
  expect(macro(facts, 'IORING_X_ONE')).toMatchObject({ group: 0 });
  expect(macro(facts, 'IORING_X_ONE')).not.toHaveProperty('doc');
});

test.each([
  'If sqe->index is set to this, one is allocated',
  'sqe->len is ignored with this',
  'Pass the flags from sqe->index to cqe->flags',
  'Only one task may do this',
])('%j is the doc of its macro', (comment) => {
  const facts = parse(`struct s { __u8 a; };\n\n/* ${comment} */\n#define IORING_X_ONE 1`);
  expect(facts.groups).toEqual([]);
  expect(macro(facts, 'IORING_X_ONE').doc).toBe(comment);
});

test('of stacked comments the upper is the header, also across a blank line', () => {
  const facts = parse(`/* first kind */
/* doc of one */
#define ONE 1
struct s { __u8 a; };
/* second kind */

/* doc of two */
#define TWO 2
struct t { __u8 a; };
/* third kind */

#define THREE 3`);
  expect(groupOf(facts, 'ONE')?.doc).toBe('first kind');
  expect(macro(facts, 'ONE').doc).toBe('doc of one');
  expect(groupOf(facts, 'TWO')?.doc).toBe('second kind');
  expect(macro(facts, 'TWO').doc).toBe('doc of two');
  expect(groupOf(facts, 'THREE')?.doc).toBe('third kind');
});

test('a comment above several undocumented macros speaks for all of them', () => {
  const facts = parse(`struct s { __u8 a; };

/* Where to map things */
#define OFF_SQ 0
#define OFF_CQ 1

struct t { __u8 a; };
/* about one macro */
#define ALONE 1`);
  expect(groupOf(facts, 'OFF_CQ')?.doc).toBe('Where to map things');
  expect(macro(facts, 'OFF_SQ')).not.toHaveProperty('doc');
  expect(macro(facts, 'ALONE')).toMatchObject({ doc: 'about one macro' });
  expect(groupOf(facts, 'ALONE')).toBeUndefined();
});

test('a group ends at the next header, at a declaration, and where another family begins', () => {
  const facts = parse(`/* sqe->a_flags */
#define IORING_A_ONE 1
#define IORING_A_TWO 2

/*
 * A paragraph about the third.
 */
#define IORING_A_THREE 4
/* sqe->b_flags */
#define IORING_B_ONE 1

#define IORING_OTHER_SHIFT 16
/* sqe->c_flags */
#define IORING_C_ONE 1
struct s { __u8 a; };
#define IORING_C_TWO 2`);
  expect(groupOf(facts, 'IORING_A_THREE')?.mentions).toEqual(['sqe->a_flags']);
  expect(macro(facts, 'IORING_A_THREE').doc).toBe('A paragraph about the third.');
  expect(groupOf(facts, 'IORING_B_ONE')?.mentions).toEqual(['sqe->b_flags']);
  expect(groupOf(facts, 'IORING_OTHER_SHIFT')).toBeUndefined();
  expect(groupOf(facts, 'IORING_C_ONE')?.mentions).toEqual(['sqe->c_flags']);
  expect(groupOf(facts, 'IORING_C_TWO')).toBeUndefined();
});

test('entries of a header go to the macros they name; their mentions are not the group’s', () => {
  const facts = parse(`/*
 * sqe->x_flags	only the low half is yours
 * IORING_X_TABBED	first line, see sqe->other
 *			second line
 *
 * IORING_X_ALONE
 *			text on the next line
 * IORING_X_SPACED If one space is all there is
 * IORING_X_GONE	an entry that has no macro, sqe->gone
 */
#define IORING_X_TABBED 1
#define IORING_X_ALONE 2
#define IORING_X_SPACED 4
#define IORING_X_OWN 8 /* its own */`);
  expect(facts.groups).toMatchObject([
    {
      mentions: ['sqe->x_flags'],
      doc: 'sqe->x_flags only the low half is yours\n\nIORING_X_GONE an entry that has no macro, sqe->gone',
    },
  ]);
  expect(facts.macros.map((fact) => fact.doc)).toEqual([
    'first line, see sqe->other\nsecond line',
    'text on the next line',
    'If one space is all there is',
    'its own',
  ]);
  expect(facts.macros.every((fact) => fact.group === 0)).toBe(true);
});
