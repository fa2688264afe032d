/** Statements of a function body: libclang's cursors → the small tree of `ast.ts`. */
import type { Cursor } from '../clang/index.js';
import type { Statement } from './ast.js';
import { type Conversion, isNoise } from './convert.js';

const EXPRESSION = /(Expr|Operator|Literal)$/;

export function convertStatement(cursor: Cursor, conversion: Conversion): Statement {
  const at = conversion.place(cursor);
  const parts = cursor.children();
  const [first, second, third] = parts;
  const empty: Statement = { at, kind: 'empty' };
  const body = (child: Cursor | undefined): Statement =>
    child === undefined ? empty : conversion.statement(child);
  switch (cursor.kind) {
    case 'CompoundStmt':
      return { at, kind: 'block', statements: parts.map(conversion.statement) };
    case 'DeclStmt':
      return { at, kind: 'block', statements: parts.map((part) => convertDeclaration(part, conversion)) };
    case 'IfStmt':
      if (first === undefined) return empty;
      return {
        at,
        kind: 'if',
        if: conversion.expression(first),
        yes: body(second),
        ...(third === undefined ? {} : { no: conversion.statement(third) }),
      };
    case 'ReturnStmt':
      return {
        at,
        kind: 'return',
        ...(first === undefined ? {} : { value: conversion.expression(first) }),
      };
    case 'GotoStmt':
      return { at, kind: 'goto', label: first?.spelling ?? '' };
    case 'LabelStmt':
      return { at, kind: 'label', label: cursor.spelling, statement: body(parts.at(-1)) };
    case 'SwitchStmt':
      if (first === undefined) return empty;
      return { at, kind: 'switch', on: conversion.expression(first), body: body(parts.at(-1)) };
    case 'CaseStmt':
      if (first === undefined) return empty;
      return { at, kind: 'case', value: conversion.expression(first), statement: body(parts.at(-1)) };
    case 'DefaultStmt':
      return { at, kind: 'case', statement: body(parts.at(-1)) };
    case 'ForStmt':
    case 'WhileStmt':
      return {
        at,
        kind: 'loop',
        parts: parts.slice(0, -1).map(conversion.statement),
        body: body(parts.at(-1)),
        once: false,
      };
    case 'DoStmt':
      return convertDo(cursor, conversion);
    case 'BreakStmt':
      return { at, kind: 'leave', how: 'break' };
    case 'ContinueStmt':
      return { at, kind: 'leave', how: 'continue' };
    case 'NullStmt':
    case 'AsmStmt':
      return empty;
    case 'UnexposedStmt':
      return body(parts.at(-1));
    default:
      return EXPRESSION.test(cursor.kind)
        ? { at, kind: 'expression', expression: conversion.expression(cursor) }
        : empty;
  }
}

function convertDo(cursor: Cursor, conversion: Conversion): Statement {
  const at = conversion.place(cursor);
  const [body, condition] = cursor.children();
  if (body === undefined || condition === undefined) return { at, kind: 'empty' };
  const tested = conversion.expression(condition);
  const once = tested.kind === 'constant' && tested.value === 0n;
  return {
    at,
    kind: 'loop',
    parts: once ? [] : [{ at: tested.at, kind: 'expression', expression: tested }],
    body: conversion.statement(body),
    once,
  };
}

function convertDeclaration(cursor: Cursor, conversion: Conversion): Statement {
  const at = conversion.place(cursor);
  if (cursor.kind !== 'VarDecl') return { at, kind: 'empty' };
  const type = conversion.types.read(cursor.type);
  const last = cursor
    .children()
    .filter((child) => !isNoise(child))
    .at(-1);
  // The number of elements of an array is a child, too, and no initialiser.
  const isValue =
    last !== undefined &&
    EXPRESSION.test(last.kind) &&
    (type.kind !== 'array' || last.kind === 'InitListExpr' || last.kind === 'StringLiteral');
  return {
    at,
    kind: 'declare',
    name: cursor.spelling,
    id: String(cursor.hash),
    type,
    ...(isValue ? { value: conversion.expression(last) } : {}),
  };
}
