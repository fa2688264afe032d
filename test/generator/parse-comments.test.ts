/**
 * Proves that a comment becomes the doc of the entity it speaks about: behind it, above it or inside it, in every
 * style of comment, and of nothing else.
 */
import { expect, test } from 'vitest';
import { field, macro, parse, record } from './parse-support.js';

test('fields take the comment behind them, above them, or inside their declaration', () => {
  const facts = parse(`struct s {
  __u32 behind;	/* says behind */
  /* says above */
  __u32 above;
  __u64 /* says inside */ inside;
  __u32 bare;

  /* not about the next field */

  __u32 apart;
  __u32 many[2];	/*
			 * says many,
			 * twice
			 */
  // says line
  // by line
  __u32 lines;
  /* 0x20 */
  __u32 marked;
};`);
  const doc = (name: string): string | undefined => field(facts, 's', name).doc;
  expect(doc('behind')).toBe('says behind');
  expect(doc('above')).toBe('says above');
  expect(doc('inside')).toBe('says inside');
  expect(doc('bare')).toBeUndefined();
  expect(doc('apart')).toBeUndefined();
  expect(doc('many')).toBe('says many,\ntwice');
  expect(doc('lines')).toBe('says line\nby line');
  expect(doc('marked')).toBeUndefined();
});

test('a macro with a comment above and behind has both', () => {
  const facts = parse(`struct s { __u8 a; };
/* above */
#define ONE 1 /* behind */

#define TWO 2 /* two
		 lines */
#define THREE 3`);
  expect(macro(facts, 'ONE').doc).toBe('above\nbehind');
  expect(macro(facts, 'TWO').doc).toBe('two\nlines');
  expect(macro(facts, 'THREE').doc).toBeUndefined();
});

test('records and anonymous records take the comment above them, and paragraphs are kept', () => {
  const facts = parse(`/**
 * First paragraph
 * goes on.
 *
 * - a list
 *   with indentation
 */
struct s {
  /* about the union */
  union { __u8 a; __u8 b; };
};
struct undocumented { __u8 a; };`);
  expect(record(facts, 's').doc).toBe('First paragraph\ngoes on.\n\n- a list\n  with indentation');
  expect(record(facts, 's').members[0]?.doc).toBe('about the union');
  expect(record(facts, 'undocumented')).not.toHaveProperty('doc');
});

test('kernel-doc members become the docs of their fields', () => {
  const facts = parse(`/**
 * struct s - a thing
 * @first:	what first is
 * @second:	what second is,
 *		continued
 * and flags of it
 */
struct s {
  __u8 first;
  __u8 second;
  __u8 flags;
};`);
  expect(record(facts, 's').doc).toBe('struct s - a thing\nand flags of it');
  expect(field(facts, 's', 'first').doc).toBe('what first is');
  expect(field(facts, 's', 'second').doc).toBe('what second is,\ncontinued');
  expect(field(facts, 's', 'flags').doc).toBeUndefined();
});

test('what was taken out by a comment is not the doc of what follows', () => {
  const facts = parse(`struct s {
  /* __u32 old[2]; */
  __u32 next;
};
enum e {
  // OLD_ONE,
  FIRST_ONE,
  /* OLD_TWO = 1U << 3, */
  SECOND_ONE,
  /* reserved */
  THIRD_ONE,
};`);
  expect(field(facts, 's', 'next').doc).toBeUndefined();
  const members = facts.enums.find((fact) => fact.name === 'e')?.members;
  expect(members?.map((member) => member.doc)).toEqual([undefined, undefined, 'reserved']);
});
