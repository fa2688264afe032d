/** Proves that operators are spelled where libclang knows them (from 17 on), and undefined everywhere else. */

import { expect, test } from 'vitest';
import { clang, find, findAll, parse } from './clang-support.js';

const TEXT = `int f(int a, int *p) {
  a = a & 1; a |= 3; a <<= 1; a++; --a;
  return !a && ~a == -a || *p != *&a;
}`;

/** From 17 on the operators are as given; before, libclang does not tell. */
function known(operators: readonly string[]): readonly (string | undefined)[] {
  return clang.major >= 17 ? operators : operators.map(() => undefined);
}

test('binary and compound assignment operators', () => {
  using unit = parse(TEXT);
  expect(findAll(unit.cursor, 'BinaryOperator').map((c) => c.binaryOperator)).toEqual(
    known(['=', '&', '||', '&&', '==', '!=']),
  );
  expect(findAll(unit.cursor, 'CompoundAssignOperator').map((c) => c.binaryOperator)).toEqual(
    known(['|=', '<<=']),
  );
});

test('unary operators, postfix and prefix alike', () => {
  using unit = parse(TEXT);
  expect(findAll(unit.cursor, 'UnaryOperator').map((c) => c.unaryOperator)).toEqual(
    known(['++', '--', '!', '~', '-', '*', '*', '&']),
  );
});

test('other cursors have no operator', () => {
  using unit = parse(TEXT);
  const call = find(unit.cursor, 'FunctionDecl', 'f');
  expect([call.binaryOperator, call.unaryOperator]).toEqual([undefined, undefined]);
  expect(find(unit.cursor, 'UnaryOperator').binaryOperator).toBeUndefined();
});
