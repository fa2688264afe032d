/** Proves that enumerators have their exact 64-bit values, negative and above 2^63 included. */

import { expect, test } from 'vitest';
import { find, findAll, parse } from './clang-support.js';

test('values are exact, signed and unsigned', () => {
  using unit = parse(`
    enum small { ZERO, ONE, MINUS = -1, FIVE = 5, SIX };
    enum wide { TOP = 1U << 31 };
    enum huge { ALL = 0xffffffffffffffffULL, HIGH = 1ULL << 63, LOW = 1 };
    enum below { LEAST = -0x7fffffffffffffffLL - 1 };
  `);
  const values = Object.fromEntries(
    findAll(unit.cursor, 'EnumConstantDecl').map((c) => [c.spelling, [c.enumValue, c.enumValueUnsigned]]),
  );
  const top = 1n << 63n;
  expect(unit.diagnostics).toEqual([]);
  expect(values).toEqual({
    ZERO: [0n, 0n],
    ONE: [1n, 1n],
    MINUS: [-1n, 2n * top - 1n],
    FIVE: [5n, 5n],
    SIX: [6n, 6n],
    TOP: [1n << 31n, 1n << 31n],
    ALL: [-1n, 2n * top - 1n],
    HIGH: [-top, top],
    LOW: [1n, 1n],
    LEAST: [-top, top],
  });
});

test('an enumerator evaluates with the signedness of its type', () => {
  using unit = parse('enum e { A = -3 }; enum h { B = 0xffffffffffffffffULL };');
  expect(find(unit.cursor, 'EnumConstantDecl', 'A').evaluate()).toEqual({
    kind: 'int',
    value: -3n,
    unsigned: false,
  });
  expect(find(unit.cursor, 'EnumConstantDecl', 'B').evaluate()).toEqual({
    kind: 'int',
    value: 0xffffffffffffffffn,
    unsigned: true,
  });
});

test('an enum knows its integer type and whether it has a name', () => {
  using unit = parse('enum named { A }; enum { B = -1 }; typedef enum { C } by_typedef;');
  const enums = unit.cursor.children().filter((cursor) => cursor.kind === 'EnumDecl');
  expect(enums.map((c) => [c.spelling, c.isAnonymous, c.enumIntegerType.spelling])).toEqual([
    ['named', false, 'unsigned int'],
    ['', true, 'int'],
    ['by_typedef', false, 'unsigned int'],
  ]);
});
