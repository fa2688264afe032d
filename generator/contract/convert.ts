/** Expressions of a function body: libclang's cursors → the small tree of `ast.ts`. */
import type { Cursor } from '../clang/index.js';
import type { CType, Node, Place, Statement } from './ast.js';
import { recordOf, type TypeReader } from './types.js';

/** What the conversion of expressions and that of statements need of each other. */
export interface Conversion {
  readonly types: TypeReader;
  place(cursor: Cursor): Place;
  expression(cursor: Cursor): Node;
  statement(cursor: Cursor): Statement;
  /** Told of every function that is called, so that its definition can be converted while the unit is alive. */
  called(declaration: Cursor): void;
}

/** Kinds that stand among an expression's children and say nothing about its value. */
const NOISE = /(Ref|Attr)$/;
const NOISE_EXCEPTIONS: ReadonlySet<string> = new Set(['MemberRef']);

export const isNoise = (cursor: Cursor): boolean =>
  NOISE.test(cursor.kind) && !NOISE_EXCEPTIONS.has(cursor.kind);

const children = (cursor: Cursor): Cursor[] => cursor.children().filter((child) => !isNoise(child));

export function convertExpression(cursor: Cursor, conversion: Conversion): Node {
  const at = conversion.place(cursor);
  const type = conversion.types.read(cursor.type);
  const base = { at, type };
  const parts = children(cursor);
  const [first, second, third] = parts;
  const opaque = (): Node => ({ ...base, kind: 'opaque', parts: parts.map(conversion.expression) });
  switch (cursor.kind) {
    case 'IntegerLiteral':
    case 'CharacterLiteral':
    case 'UnaryExpr': {
      const value = cursor.evaluate();
      return value?.kind === 'int' ? { ...base, kind: 'constant', value: value.value } : opaque();
    }
    case 'StringLiteral':
      return { ...base, kind: 'string' };
    case 'ParenExpr':
      return first === undefined ? opaque() : conversion.expression(first);
    case 'DeclRefExpr':
      return convertReference(cursor, base);
    case 'MemberRefExpr':
      return first === undefined ? opaque() : convertMember(cursor, first, base, conversion);
    case 'ArraySubscriptExpr':
      if (first === undefined || second === undefined) return opaque();
      return {
        ...base,
        kind: 'index',
        base: conversion.expression(first),
        index: conversion.expression(second),
      };
    case 'UnaryOperator': {
      const operator = cursor.unaryOperator;
      if (first === undefined || operator === undefined) return opaque();
      return { ...base, kind: 'unary', operator, of: conversion.expression(first) };
    }
    case 'BinaryOperator':
    case 'CompoundAssignOperator':
      return first && second ? convertBinary(cursor, first, second, base, conversion) : opaque();
    case 'ConditionalOperator':
      if (!first || !second || !third) return opaque();
      return {
        ...base,
        kind: 'conditional',
        if: conversion.expression(first),
        yes: conversion.expression(second),
        no: conversion.expression(third),
      };
    case 'CallExpr':
      return convertCall(cursor, parts, base, conversion);
    case 'CStyleCastExpr': {
      const of = parts.at(-1);
      return of === undefined
        ? opaque()
        : { ...base, kind: 'cast', implicit: false, of: conversion.expression(of) };
    }
    case 'UnexposedExpr':
      if (parts.length !== 1 || first === undefined) return opaque();
      return { ...base, kind: 'cast', implicit: true, of: conversion.expression(first) };
    case 'StmtExpr':
      return first === undefined
        ? opaque()
        : { ...base, kind: 'statements', body: conversion.statement(first) };
    case 'CompoundLiteralExpr': {
      const list = parts.at(-1);
      return list === undefined ? opaque() : conversion.expression(list);
    }
    case 'InitListExpr':
      return { ...base, kind: 'list', entries: parts.map((part) => convertEntry(part, conversion)) };
    default:
      return opaque();
  }
}

type Base = { readonly at: Place; readonly type: CType };

function convertReference(cursor: Cursor, base: Base): Node {
  const declaration = cursor.referenced;
  switch (declaration?.kind) {
    case 'EnumConstantDecl':
      return { ...base, kind: 'constant', value: declaration.enumValue };
    case 'FunctionDecl':
      return { ...base, kind: 'function', name: cursor.spelling };
    case 'VarDecl':
    case 'ParmDecl': {
      const isGlobal = declaration.semanticParent?.kind === 'TranslationUnit';
      return {
        ...base,
        kind: 'variable',
        name: cursor.spelling,
        id: isGlobal ? '' : String(declaration.hash),
      };
    }
    default:
      return { ...base, kind: 'opaque', parts: [] };
  }
}

function convertMember(cursor: Cursor, of: Cursor, base: Base, conversion: Conversion): Node {
  const field = cursor.referenced;
  const name = field?.kind === 'FieldDecl' ? field.spelling : cursor.spelling;
  // An anonymous struct or union on the way to a member is no step of its own.
  if (name === '') return conversion.expression(of);
  let holder = of;
  while (holder.kind === 'MemberRefExpr' && holder.referenced?.spelling === '') {
    const inner = holder.children()[0];
    if (inner === undefined) break;
    holder = inner;
  }
  return {
    ...base,
    kind: 'member',
    record: recordOf(holder.type),
    member: name,
    cell: cellName(field, name),
    inUnion: unionOf(field) !== undefined,
    arrow: holder.type.canonical.kind === 'Pointer',
    base: conversion.expression(holder),
  };
}

/** Members of an anonymous union share memory: the first one names it. */
function cellName(field: Cursor | undefined, name: string): string {
  const members = unionOf(field)?.children() ?? [];
  return members.find((child) => child.kind === 'FieldDecl' && child.spelling !== '')?.spelling ?? name;
}

function unionOf(field: Cursor | undefined): Cursor | undefined {
  const parent = field?.semanticParent;
  return parent?.kind === 'UnionDecl' && parent.isAnonymousRecord ? parent : undefined;
}

function convertBinary(
  cursor: Cursor,
  left: Cursor,
  right: Cursor,
  base: Base,
  conversion: Conversion,
): Node {
  const operator = cursor.binaryOperator ?? '';
  const sides = { left: conversion.expression(left), right: conversion.expression(right) };
  if (operator === '=') return { ...base, kind: 'assign', to: sides.left, value: sides.right };
  if (cursor.kind === 'CompoundAssignOperator') {
    return {
      ...base,
      kind: 'assign',
      operator: operator.slice(0, -1),
      to: sides.left,
      value: sides.right,
    };
  }
  return { ...base, kind: 'binary', operator, ...sides };
}

function convertCall(cursor: Cursor, parts: readonly Cursor[], base: Base, conversion: Conversion): Node {
  const [callee, ...rest] = parts;
  if (callee === undefined) return { ...base, kind: 'opaque', parts: [] };
  const declaration = cursor.referenced;
  if (declaration?.kind === 'FunctionDecl') conversion.called(declaration);
  return {
    ...base,
    kind: 'call',
    callee: conversion.expression(callee),
    arguments: rest.map(conversion.expression),
  };
}

/** `.member = value` comes as a node with the member and the value as its children. */
function convertEntry(cursor: Cursor, conversion: Conversion): { designator?: string; value: Node } {
  const parts = cursor.kind === 'UnexposedExpr' ? cursor.children() : [];
  const [member, ...values] = parts;
  const value = values.at(-1);
  if (member?.kind === 'MemberRef' && value !== undefined) {
    return { designator: member.spelling, value: conversion.expression(value) };
  }
  return { value: conversion.expression(cursor) };
}
