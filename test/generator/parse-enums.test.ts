/**
 * Proves that enums become facts: values as their integer type sees them, comments where they belong, and enums that
 * have no name or stand inside a record.
 */
import { expect, test } from 'vitest';
import type { EnumFact } from '../../generator/parse/index.js';
import { parse } from './parse-support.js';

function firstEnum(text: string): EnumFact {
  return parse(text).enums[0]!;
}

test('values are decimal text with the sign of the integer type', () => {
  expect(firstEnum('enum high { A = 1U << 31, B = 7 };')).toMatchObject({
    name: 'high',
    bits: 32,
    signed: false,
    members: [
      { name: 'A', value: '2147483648' },
      { name: 'B', value: '7' },
    ],
  });
  expect(firstEnum('enum low { A = -2, B };')).toMatchObject({
    signed: true,
    members: [{ value: '-2' }, { value: '-1' }],
  });
  expect(firstEnum('enum wide { A = 0xffffffffffffffffULL };')).toMatchObject({
    bits: 64,
    signed: false,
    members: [{ value: '18446744073709551615' }],
  });
});

test('an enumerator has the comment behind it or above it, and never its neighbour’s', () => {
  const { members } = firstEnum(`enum e {
  A,	/* of A */
  B,
  /* of C */
  C = 5,
  D	/* of D */
};`);
  expect(members.map((member) => member.doc)).toEqual(['of A', undefined, 'of C', 'of D']);
  expect(members.map((member) => member.location.line)).toEqual([3, 4, 6, 7]);
});

test('entries in the comment above an enum go to the enumerators without a comment', () => {
  const fact = firstEnum(`/*
 * Flags for a thing.
 *
 * FLAG_ONE:	first line
 *		second line
 * FLAG_TWO:	not used
 */
enum flags {
  FLAG_ONE = 1,
  FLAG_TWO = 2, /* its own */
};`);
  expect(fact.members.map((member) => member.doc)).toEqual(['first line\nsecond line', 'its own']);
  expect(fact.doc).toBe('Flags for a thing.\n\nFLAG_TWO: not used');
});

test('anonymous enums have no name, and enums inside records are found', () => {
  const facts = parse('enum { LONELY = 3 };\nstruct holder { enum inside { IN_A } what; };');
  expect(facts.enums[0]).not.toHaveProperty('name');
  expect(facts.enums.map((fact) => fact.members[0]?.name)).toEqual(['LONELY', 'IN_A', 'IORING_OP_NOP']);
});
