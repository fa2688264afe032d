/** Proves that diagnostics carry severity, text and place, and that a parse without a unit is a clear error. */

import { expect, test } from 'vitest';
import { clang, MAIN_FILE, parse } from './clang-support.js';

test('an error says file, line, column and offset', () => {
  using unit = parse('int a;\nint b = c;\n');
  expect(unit.diagnostics).toEqual([
    {
      severity: 'error',
      message: "use of undeclared identifier 'c'",
      location: { file: MAIN_FILE, line: 2, column: 9, offset: 15 },
    },
  ]);
});

test('notes follow the diagnostic they belong to', () => {
  using unit = parse('struct s { int a; };\nint x;\nstruct s { int b; };\nint y = z;\n');
  const lines = unit.diagnostics.map(({ severity, location }) => `${severity} ${location.line}`);
  expect(lines).toEqual(['error 3', 'note 1', 'error 4']);
});

test('a missing include is fatal, and just an error for keepGoing, which parses what follows', () => {
  const text = '#include "missing.h"\n#include "missing2.h"\nstruct s { int a; };\n';
  using stopped = parse(text);
  using kept = parse(text, { keepGoing: true });
  const places = (unit: typeof kept) =>
    unit.diagnostics.map((d) => `${d.severity} ${d.location.file}:${d.location.line}`);
  expect(places(stopped)).toEqual([`fatal ${MAIN_FILE}:1`]);
  expect(places(kept)).toEqual([`error ${MAIN_FILE}:1`, `error ${MAIN_FILE}:2`]);
  expect(kept.cursor.children().some((cursor) => cursor.spelling === 's')).toBe(true);
});

test('a diagnostic without a place has an empty file', () => {
  using unit = parse('int a;\n', { args: ['-xc', '-O9'] });
  const [diagnostic] = unit.diagnostics;
  expect(diagnostic?.severity).toBe('warning');
  expect(diagnostic?.location).toEqual({ file: '', line: 0, column: 0, offset: 0 });
});

test('a parse without a unit throws an Error with the CXErrorCode', () => {
  expect(() => clang.parse({ fileName: 'missing/main.c', args: ['-xc'] })).toThrow(
    'libclang could not parse missing/main.c: CXError_Failure',
  );
});
