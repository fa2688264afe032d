/** Proves that misuse throws and never crashes: disposed units, bad indices, any question to any cursor. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Cursor, Type } from '../../generator/clang/index.js';
import { loadAddon } from '../../generator/clang/native.js';
import { all, clang, find, parse } from './clang-support.js';

const DISPOSED = 'the translation unit has been disposed of';

test('everything of a disposed unit throws, also what was read before', () => {
  const unit = parse('struct s { int a; } v;');
  const cursor = find(unit.cursor, 'StructDecl', 's');
  const { type } = cursor;
  const read = [cursor.spelling, cursor.kind, cursor.location, cursor.children(), type.spelling, unit.files];
  expect(read).toHaveLength(6);
  unit.dispose();
  unit.dispose();
  unit[Symbol.dispose]();
  const questions: readonly (() => unknown)[] = [
    () => unit.cursor,
    () => unit.diagnostics,
    () => unit.files,
    () => unit.targetTriple,
    () => unit.tokensOf('test.c'),
    () => unit.contentsOf('test.c'),
    ...questionsTo(cursor),
    ...questionsToType(type),
  ];
  for (const question of questions) expect(question, question.toString()).toThrow(DISPOSED);
});

test('every question may be asked of every cursor and type, also of broken code', () => {
  const text = `
    #define F(x) ((x) + 1)
    enum e : unknown { A = B, C = 1 / 0 }; struct s { unknown_t f; int b : 99; struct s t; int z[-1]; };
    int a[] = { F(1), [5] = 2 }; union u { int x; } __attribute__((transparent_union, aligned(64)));
    _Static_assert(sizeof(int) == 4, "int"); typedef int (*callback)(int, ...); __int128 big = 1;
    int f(int n) { switch (n) { case 1 ... 3: goto out; default: break; } out: asm volatile("nop"); undeclared(n);
      return ({ int i = n; i ? : 2; }) + __builtin_offsetof(struct s, q) + *"x" + (int){ 3 } + ; }
    double d = 1e400; float g = 0.5f; _Complex double c = 1; char *w = L"wide"; void v(void) { for (;;) while (1) do {} while (0); }
  `;
  using unit = parse(text, { detailedPreprocessing: true, keepGoing: true });
  const cursors = all(unit.cursor);
  expect(unit.diagnostics.length).toBeGreaterThan(3);
  for (const cursor of cursors) {
    for (const question of questionsTo(cursor)) question();
    for (const question of questionsToType(cursor.type)) question();
  }
});

test('indices out of range and calls with wrong arguments throw', () => {
  const addon = loadAddon();
  const { handle } = addon.open(clang.path);
  const native = new addon.TranslationUnit(handle, 'a.c', [], ['a.c'], ['int a;'], 0);
  for (const index of [0, 99, -1, Number.NaN, 2 ** 40])
    expect(() => native.cursorSpelling(index)).toThrow(RangeError);
  expect(() => native.typeSpelling(99)).toThrow(RangeError);
  expect(() => native.fileName(99)).toThrow(RangeError);
  expect(() => native.cursorExtent(native.root(), new Uint32Array(4))).toThrow(TypeError);
  expect(() => native.cursorSpelling.call({} as never, 1)).toThrow(TypeError);
  expect(() => new addon.TranslationUnit(99, 'a.c', [], [], [], 0)).toThrow('no such library');
  expect(() => new addon.TranslationUnit(handle, 'a.c', [], ['a.c'], [], 0)).toThrow(TypeError);
  expect(() => addon.open(7 as never)).toThrow(TypeError);
  expect(() => addon.cursorKindSpelling(99, 1)).toThrow('no such library');
  native.dispose();
  expect(() => native.root()).toThrow(DISPOSED);
});

test('parsing leaves the signal handlers of the process as they were', () => {
  const caught = () => /^SigCgt:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const before = caught();
  using unit = parse('int a;');
  expect(unit.diagnostics).toEqual([]);
  expect(before).toMatch(/^\w+$/);
  expect(caught()).toBe(before);
});

function questionsTo(cursor: Cursor): readonly (() => unknown)[] {
  return [
    () => cursor.kind,
    () => cursor.spelling,
    () => cursor.type,
    () => cursor.location,
    () => cursor.extent,
    () => cursor.isDefinition,
    () => cursor.isInvalidDeclaration,
    () => cursor.isAnonymousRecord,
    () => cursor.isAnonymous,
    () => cursor.isBitField,
    () => cursor.bitFieldWidth,
    () => cursor.offsetOfField,
    () => cursor.enumValue,
    () => cursor.enumValueUnsigned,
    () => cursor.enumIntegerType,
    () => cursor.underlyingTypedefType,
    () => cursor.isMacroFunctionLike,
    () => cursor.isMacroBuiltin,
    () => cursor.referenced,
    () => cursor.definition,
    () => cursor.semanticParent,
    () => cursor.binaryOperator,
    () => cursor.unaryOperator,
    () => cursor.hash,
    () => cursor.children(),
    () => cursor.evaluate(),
    () => cursor.tokens(),
  ];
}

function questionsToType(type: Type): readonly (() => unknown)[] {
  return [
    () => type.kind,
    () => type.spelling,
    () => type.canonical,
    () => type.size,
    () => type.align,
    () => type.arraySize,
    () => type.arrayElement,
    () => type.pointee,
    () => type.declaration,
    () => type.result,
    () => type.fields(),
  ];
}
