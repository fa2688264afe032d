/** Proves that tokens and comments come with their places, for a cursor's extent and for whole files. */

import { expect, test } from 'vitest';
import { find, MAIN_FILE, parse } from './clang-support.js';

const TEXT = `#include "flags.h"
/* leading,
 * two lines */
enum e {
  A = 1, /* é trailing */
  B, // last
};
#define TWICE(n) ((n) * 2)
int y = TWICE(A + B);
`;
const UNSAVED = { './flags.h': '#define FLAG 1 /* of the header */\n', './unread.h': 'int z;\n' };

test('all tokens of a file, comments included', () => {
  using unit = parse(TEXT, { unsaved: UNSAVED });
  const tokens = unit.tokensOf(MAIN_FILE);
  const comments = tokens.filter((token) => token.kind === 'comment');
  expect(comments.map((token) => token.spelling)).toEqual([
    '/* leading,\n * two lines */',
    '/* é trailing */',
    '// last',
  ]);
  const start = TEXT.indexOf('/*');
  expect(comments[0]).toMatchObject({
    startLine: 2,
    startColumn: 1,
    startOffset: start,
    endLine: 3,
    endOffset: TEXT.indexOf('*/') + 2,
  });
  const contents = Buffer.from(TEXT);
  for (const token of tokens) {
    expect(contents.subarray(token.startOffset, token.endOffset).toString()).toBe(token.spelling);
  }
});

test('files are listed in order of inclusion, with the contents the unit read', () => {
  using unit = parse(TEXT, { unsaved: UNSAVED });
  expect(unit.files).toHaveLength(2);
  expect(unit.files[0]).toBe(MAIN_FILE);
  const header = unit.files[1] ?? '';
  expect(header).toMatch(/flags\.h$/);
  expect(Buffer.from(unit.contentsOf(header) ?? []).toString()).toBe(UNSAVED['./flags.h']);
  expect(unit.tokensOf(header).map((token) => token.spelling)).toEqual([
    '#',
    'define',
    'FLAG',
    '1',
    '/* of the header */',
  ]);
});

test('a file the unit did not read has no tokens and no contents', () => {
  using unit = parse(TEXT, { unsaved: UNSAVED });
  for (const file of ['./unread.h', 'no/such/file.h', 'package.json', '']) {
    expect(unit.tokensOf(file)).toEqual([]);
    expect(unit.contentsOf(file)).toBeUndefined();
  }
});

test("a cursor's tokens are those of its extent", () => {
  using unit = parse(TEXT, { unsaved: UNSAVED });
  const a = find(unit.cursor, 'EnumConstantDecl', 'A');
  expect(a.tokens().map(({ kind, spelling }) => [kind, spelling])).toEqual([
    ['identifier', 'A'],
    ['punctuation', '='],
    ['literal', '1'],
  ]);
  expect(a.location).toMatchObject({ file: MAIN_FILE, line: 5, column: 3 });
  expect(a.extent.start.offset).toBe(a.location.offset);
  expect(a.extent.end.column).toBe(8);
});

test('what comes out of a macro has the tokens of its use', () => {
  using unit = parse(TEXT, { unsaved: UNSAVED });
  const expansion = find(find(unit.cursor, 'VarDecl', 'y'), 'BinaryOperator');
  expect(expansion.location).toMatchObject({ line: 9, column: 9 });
  expect(expansion.tokens().map((token) => token.spelling)).toEqual(['TWICE', '(', 'A', '+', 'B', ')']);
});
