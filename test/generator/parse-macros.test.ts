/**
 * Proves that every object-like macro gets the value, width and sign the compiler gives it, that one that is not an
 * expression is recorded with the reason, and that it spoils none of the others.
 */
import { expect, test } from 'vitest';
import { macro, parse } from './parse-support.js';

test('values have the width and sign of their C type', () => {
  const facts = parse(`#define SHIFTED (1U << 31)
#define NEGATIVE (-2)
#define BIG 0xffffffffffffffffULL
#define CAST ((__u8)300)
#define OF_ANOTHER (SHIFTED | 1)
#define OF_ENUM (1U << IORING_OP_LAST)
#define LETTER 'A'
#define SIZE sizeof(struct io_uring_sqe)
#define TEXT "uring"
#define RATIO 1.5`);
  const value = (name: string): unknown => macro(facts, name).value;
  expect(value('SHIFTED')).toEqual({ kind: 'int', value: '2147483648', bits: 32, signed: false });
  expect(value('NEGATIVE')).toEqual({ kind: 'int', value: '-2', bits: 32, signed: true });
  expect(value('BIG')).toEqual({ kind: 'int', value: '18446744073709551615', bits: 64, signed: false });
  expect(value('CAST')).toEqual({ kind: 'int', value: '44', bits: 8, signed: false });
  expect(value('OF_ANOTHER')).toMatchObject({ value: '2147483649' });
  expect(value('OF_ENUM')).toMatchObject({ value: '2' });
  expect(value('LETTER')).toMatchObject({ value: '65', bits: 32 });
  expect(value('SIZE')).toMatchObject({ value: '1', bits: 64 });
  expect(value('TEXT')).toEqual({ kind: 'string', value: 'uring' });
  expect(value('RATIO')).toEqual({ kind: 'float', value: 1.5 });
});

test('the expression is the macro’s own text, single-spaced and without comments', () => {
  const facts = parse(`#define SPREAD	(1U   << /* inner */ 3) /* trailing */
#define CONTINUED (1 | \\
	2)`);
  expect(macro(facts, 'SPREAD').expression).toBe('(1U << 3)');
  expect(macro(facts, 'CONTINUED').expression).toBe('(1 | 2)');
});

test('what has no value is recorded with the reason', () => {
  const facts = parse(`#define EMPTY
#define CALL(x) ((x) + 1)
#define TYPE unsigned int
#define UNKNOWN some_name_nobody_declared
#define POINTER ((void *)1)
#define PAIR 1, 2
#define UNDONE 5
#undef UNDONE`);
  expect(facts.macros).toEqual([]);
  expect(facts.otherMacros.map(({ name, reason }) => [name, reason])).toEqual([
    ['EMPTY', 'empty'],
    ['CALL', 'function-like'],
    ['TYPE', 'not-constant'],
    ['UNKNOWN', 'not-constant'],
    ['POINTER', 'not-constant'],
    ['PAIR', 'not-constant'],
    ['UNDONE', 'not-constant'],
  ]);
  expect(facts.otherMacros[1]?.expression).toBe('(x) ((x) + 1)');
});

test('a macro that is no expression swallows none of the others', () => {
  const facts = parse(`#define UNBALANCED (1
#define BEHIND_IT UNBALANCED
#define CLOSING 1)
#define STATEMENT do { } while (0)
#define ENDS_IT 1; int x
#define BEGINS = 3
#define SELF SELF
#define FINE 42`);
  expect(facts.macros.map((fact) => fact.name)).toEqual(['FINE']);
  expect(facts.otherMacros).toHaveLength(7);
});

test('header guards and the compiler’s own macros are left out', () => {
  const facts = parse('#ifndef INNER\n#define INNER\n#endif');
  expect(facts.otherMacros.map((fact) => fact.name)).toEqual(['INNER']);
  const guarded = parse('').otherMacros.concat(parse('#define ONE 1').otherMacros);
  expect(guarded).toEqual([]);
});

test('the last definition of a macro counts', () => {
  const facts = parse('#define TWICE 1\n#undef TWICE\n#define TWICE 2');
  expect(facts.macros).toMatchObject([{ name: 'TWICE', value: { value: '2' }, location: { line: 4 } }]);
});
