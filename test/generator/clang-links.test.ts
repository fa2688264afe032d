/** Proves the links between cursors and types: references, definitions, parents, identity, function types. */

import { expect, test } from 'vitest';
import { find, findAll, parse } from './clang-support.js';

const TEXT = `
struct node;
struct node { struct node *next; };
const char *pick(const struct node *n, int i);
const char *pick(const struct node *n, int i) { return n->next ? "a" : pick(n->next, i); }
`;

test('a call refers to the function, and the function to its definition', () => {
  using unit = parse(TEXT);
  const call = find(unit.cursor, 'CallExpr', 'pick');
  expect(call.referenced?.kind).toBe('FunctionDecl');
  const definition = call.referenced?.definition;
  expect([definition?.isDefinition, definition?.location.line]).toEqual([true, 5]);
  expect(find(unit.cursor, 'MemberRefExpr', 'next').referenced?.location.line).toBe(3);
});

test('a forward declaration knows its definition', () => {
  using unit = parse(TEXT);
  const [forward, full] = unit.cursor.children();
  expect([forward?.isDefinition, full?.isDefinition]).toEqual([false, true]);
  expect(forward?.definition?.hash).toBe(full?.hash);
});

test('hashes are equal for one node reached in two ways, and differ for two nodes', () => {
  using unit = parse(TEXT);
  const field = find(unit.cursor, 'FieldDecl', 'next');
  expect(field.semanticParent?.hash).toBe(field.type.pointee?.canonical.declaration?.hash);
  expect(field.semanticParent?.semanticParent?.hash).toBe(unit.cursor.hash);
  const functions = findAll(unit.cursor, 'FunctionDecl');
  expect(functions[0]?.hash).not.toBe(functions[1]?.hash);
  expect(unit.cursor.semanticParent).toBeUndefined();
});

test('types have results, pointees and canonical forms, or none', () => {
  using unit = parse(`${TEXT} typedef unsigned long word; static word w;`);
  const { type } = find(unit.cursor, 'FunctionDecl', 'pick');
  expect([type.kind, type.result?.spelling, type.result?.pointee?.spelling]).toEqual([
    'FunctionProto',
    'const char *',
    'const char',
  ]);
  const word = find(unit.cursor, 'VarDecl', 'w').type;
  expect([word.spelling, word.canonical.spelling, word.canonical.kind]).toEqual([
    'word',
    'unsigned long',
    'ULong',
  ]);
  const scalar = word.canonical;
  expect([scalar.pointee, scalar.result, scalar.arrayElement, scalar.declaration, scalar.arraySize]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    -1,
  ]);
  expect(scalar.fields()).toEqual([]);
});

test('skipFunctionBodies leaves bodies out', () => {
  using unit = parse(TEXT, { skipFunctionBodies: true });
  expect(findAll(unit.cursor, 'CallExpr')).toEqual([]);
});
