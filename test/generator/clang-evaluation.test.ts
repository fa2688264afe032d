/** Proves that initialisers and expressions evaluate, with signedness, to integers, floats and strings. */

import { expect, test } from 'vitest';
import { find, parse } from './clang-support.js';

const TEXT = `
#define FLAG (1ULL << 63)
static const unsigned long long top = FLAG;
static const int negative = -4;
static const unsigned small = 0xfffffffe;
static const long long least = -0x7fffffffffffffffLL - 1;
static const double half = 1.0 / 2;
static const char *text = "a" "b\\xc3\\xa9";
extern int somewhere;
int unknown(int n) { return n + 1; }
static const unsigned long size = sizeof(struct { int a; char b; });
`;

test.each([
  ['top', { kind: 'int', value: 1n << 63n, unsigned: true }],
  ['negative', { kind: 'int', value: -4n, unsigned: false }],
  ['small', { kind: 'int', value: 0xfffffffen, unsigned: true }],
  ['least', { kind: 'int', value: -(1n << 63n), unsigned: false }],
  ['half', { kind: 'float', value: 0.5 }],
  ['text', { kind: 'string', value: 'abé' }],
  ['size', { kind: 'int', value: 8n, unsigned: true }],
  ['somewhere', undefined],
])('%s', (name, expected) => {
  using unit = parse(TEXT);
  expect(find(unit.cursor, 'VarDecl', name).evaluate()).toEqual(expected);
});

test('an expression evaluates, unless it depends on run time', () => {
  using unit = parse(`int f(int n) { return n + (6 * 7); }`);
  const [outer, inner] = [find(unit.cursor, 'BinaryOperator'), find(unit.cursor, 'ParenExpr')];
  expect(inner.evaluate()).toEqual({ kind: 'int', value: 42n, unsigned: false });
  expect(outer.evaluate()).toBeUndefined();
});
