/** Proves that the preprocessing record is there when asked for: definitions, their bodies, expansions, includes. */

import { expect, test } from 'vitest';
import { findAll, MAIN_FILE, parse } from './clang-support.js';

const TEXT = `#include "a.h"
#define EMPTY
#define VALUE (1U << 3) /* not part of it */
#define CALL(x, y) \\
  ((x) + (y))
int n = CALL(VALUE, 1);
`;

test('definitions have names, bodies and shapes', () => {
  using unit = parse(TEXT, { unsaved: { './a.h': '' }, detailedPreprocessing: true });
  const definitions = findAll(unit.cursor, 'MacroDefinition').filter((c) => c.location.file === MAIN_FILE);
  const spelled = definitions.map((c) => [
    c.spelling,
    c.isMacroFunctionLike,
    c
      .tokens()
      .map((t) => t.spelling)
      .join(' '),
  ]);
  expect(spelled).toEqual([
    ['EMPTY', false, 'EMPTY'],
    ['VALUE', false, 'VALUE ( 1U << 3 )'],
    ['CALL', true, 'CALL ( x , y ) ( ( x ) + ( y ) )'],
  ]);
  expect(definitions[2]?.extent.end.line).toBe(5);
});

test('predefined macros have no file, and builtin ones say so', () => {
  using unit = parse('', { detailedPreprocessing: true });
  const definitions = findAll(unit.cursor, 'MacroDefinition');
  const builtin = definitions.filter((cursor) => cursor.isMacroBuiltin).map((cursor) => cursor.spelling);
  expect(definitions.map((cursor) => cursor.spelling)).toContain('__x86_64__');
  expect(definitions.every((cursor) => cursor.location.file === '')).toBe(true);
  expect(builtin.every((name) => name.startsWith('__'))).toBe(true);
});

test('expansions and includes are cursors, and expansions refer to the definition', () => {
  using unit = parse(TEXT, { unsaved: { './a.h': '' }, detailedPreprocessing: true });
  expect(findAll(unit.cursor, 'InclusionDirective').map((cursor) => cursor.spelling)).toEqual(['a.h']);
  const expansions = findAll(unit.cursor, 'MacroExpansion');
  expect(expansions.map((cursor) => cursor.spelling)).toEqual(['CALL', 'VALUE']);
  expect(expansions[1]?.referenced?.location.line).toBe(3);
});

test('without the record there are no macros', () => {
  using unit = parse(TEXT, { unsaved: { './a.h': '' } });
  expect(findAll(unit.cursor, 'MacroDefinition')).toEqual([]);
});
