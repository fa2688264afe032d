/** Proves that constant expressions of macros are computed from text, and that masks are told by the names in them. */
import { expect, test } from 'vitest';
import { evaluate, MacroTable } from '../../generator/contract/macros.js';
import { Names } from '../../generator/contract/names.js';

const none = (): undefined => undefined;

test.each([
  ['1', 1n],
  ['0x1fUL', 31n],
  ['00200000', 0o200000n],
  ['(1U << 3) | (1U << 1)', 10n],
  ['1 + 2 * 3', 7n],
  ['~0 & 0xff', 0xffn],
  ['-(4 - 6)', 2n],
  ['((__force __kernel_rwf_t)0x00000040)', 64n],
  ['8 >> 1 ^ 1', 5n],
])('%s', (text, value) => {
  expect(evaluate(text, none)).toBe(value);
});

test.each(['', '1 +', '(1', 'sizeof(int)', '"text"', 'f(1)', '1 << -1', '1 ? 2 : 3'])(
  '%j is nothing it knows',
  (text) => {
    expect(evaluate(text, none)).toBeUndefined();
  },
);

const HEADER = `
#define F_ONE	(1U << 0)
#define F_TWO	(1U << 1)	/* the second */
#define F_FOUR	(1U << 2)
#define F_BOTH	(F_ONE | \\
		 F_TWO)
#define F_ALIAS	F_FOUR
#define F_ALL	(F_BOTH | F_ALIAS)
#define F_LAST	(~0U)
#define F_LOOP	(F_LOOP2 | F_ONE)
#define F_LOOP2	(F_LOOP | F_TWO)
#define F_CALL(x)	(x)
`;

function table(): MacroTable {
  const macros = new MacroTable();
  macros.addFile('small.h', HEADER);
  macros.addEnumerator('F_NAMED', 8n);
  return macros;
}

test('a name is worth what its text says, and the names in it', () => {
  const macros = table();
  expect(['F_TWO', 'F_ALL', 'F_NAMED', 'F_ALIAS'].map((name) => macros.value(name))).toEqual([
    2n,
    7n,
    8n,
    4n,
  ]);
  expect(['F_LOOP', 'F_CALL', 'F_NONE'].map((name) => macros.value(name))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('a mask is told by its bits; a name for several stands for them, another name for one for itself', () => {
  const names = new Names(table());
  expect(names.of(7n, 'F_ALL')).toEqual(['F_ONE', 'F_TWO', 'F_ALIAS']);
  expect(names.of(11n, 'F_BOTH | F_NAMED')).toEqual(['F_ONE', 'F_TWO', 'F_NAMED']);
  expect(names.bits(3n, '~F_ALL')).toEqual(['F_ONE', 'F_TWO']);
});

test('names that do not add up to the value are not told', () => {
  const names = new Names(table());
  expect(names.of(5n, 'F_BOTH')).toEqual([]);
  expect(names.of(16n, 'frob(F_ONE)')).toEqual([]);
});

test('all ones are one name, in any width', () => {
  const names = new Names(table());
  expect(names.of(0xffff_ffffn, 'F_LAST')).toEqual(['F_LAST']);
  expect(names.complement(0xffff_fff8n, '~F_ALL')).toEqual({
    value: 7n,
    names: ['F_ONE', 'F_TWO', 'F_ALIAS'],
  });
});
