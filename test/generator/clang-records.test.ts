/** Proves that records lay out as the compiler lays them out: nesting, bit fields, arrays without a length. */

import { expect, test } from 'vitest';
import type { Cursor, Type } from '../../generator/clang/index.js';
import { find, findAll, parse } from './clang-support.js';

const TEXT = `
struct s {
  unsigned char op;
  unsigned short prio;
  union {
    unsigned long long off;
    struct { unsigned lo; unsigned hi : 3, more : 5; };
  };
  struct { int n; } named;
  int cmd[0];
};
struct flex { int length; char bytes[]; };
struct packed { char c; long long l; } __attribute__((packed));
typedef struct { int a; } by_typedef;
struct incomplete;
`;

/** `name@bit` of each field, anonymous records replaced by their fields, offsets from the outermost record. */
function flatten(type: Type, base = 0): readonly string[] {
  return type.fields().flatMap((field) => {
    const offset = base + field.offsetOfField;
    if (field.type.declaration?.isAnonymousRecord) return flatten(field.type, offset);
    return [`${field.spelling}@${offset}${field.isBitField ? `:${field.bitFieldWidth}` : ''}`];
  });
}

function field(record: Cursor, name: string): Cursor {
  return find(record, 'FieldDecl', name);
}

test('bit offsets add up through nested anonymous unions and structs', () => {
  using unit = parse(TEXT);
  const { type } = find(unit.cursor, 'StructDecl', 's');
  expect(flatten(type)).toEqual([
    'op@0',
    'prio@16',
    'off@64',
    'lo@64',
    'hi@96:3',
    'more@99:5',
    'named@128',
    'cmd@160',
  ]);
  expect([type.size, type.align]).toEqual([24, 8]);
  const anonymous = type.fields()[2];
  expect([anonymous?.spelling, anonymous?.kind, anonymous?.isBitField, anonymous?.bitFieldWidth]).toEqual([
    '',
    'FieldDecl',
    false,
    -1,
  ]);
});

test('a record without a tag but with a declarator is anonymous, yet no anonymous record', () => {
  using unit = parse(TEXT);
  const declaration = field(find(unit.cursor, 'StructDecl', 's'), 'named').type.declaration;
  expect([declaration?.isAnonymous, declaration?.isAnonymousRecord, declaration?.spelling]).toEqual([
    true,
    false,
    '',
  ]);
});

test('an array of no elements and a flexible array are told apart', () => {
  using unit = parse(TEXT);
  const zero = field(find(unit.cursor, 'StructDecl', 's'), 'cmd').type;
  expect([zero.kind, zero.arraySize, zero.size, zero.arrayElement?.spelling]).toEqual([
    'ConstantArray',
    0,
    0,
    'int',
  ]);
  const flexible = field(find(unit.cursor, 'StructDecl', 'flex'), 'bytes').type;
  expect([flexible.kind, flexible.arraySize, flexible.size]).toEqual(['IncompleteArray', -1, -1]);
  expect(flexible.arrayElement?.kind).toBe('Char_S');
});

test('attributes have names, and packing counts', () => {
  using unit = parse(TEXT);
  const record = find(unit.cursor, 'StructDecl', 'packed');
  expect(record.children().map((child) => child.kind)).toEqual(['PackedAttr', 'FieldDecl', 'FieldDecl']);
  expect([record.type.size, field(record, 'l').offsetOfField]).toEqual([9, 8]);
});

test('a record that only a typedef names has the name of the typedef, and fields through it', () => {
  using unit = parse(TEXT);
  const typedef = find(unit.cursor, 'TypedefDecl', 'by_typedef');
  expect(typedef.type.fields().map((cursor) => cursor.spelling)).toEqual(['a']);
  expect(typedef.underlyingTypedefType.canonical.declaration?.spelling).toBe('by_typedef');
});

test('an incomplete record has neither size nor fields nor a definition', () => {
  using unit = parse(TEXT);
  const record = find(unit.cursor, 'StructDecl', 'incomplete');
  expect([record.type.size, record.type.align, record.type.fields().length]).toEqual([-1, -1, 0]);
  expect([record.isDefinition, record.definition]).toEqual([false, undefined]);
});

test('a field of an unknown type makes the declaration invalid', () => {
  using unit = parse('struct bad { unknown_t f; int g; };\nstruct good { int a; };\n');
  expect(find(unit.cursor, 'StructDecl', 'bad').isInvalidDeclaration).toBe(true);
  expect(find(unit.cursor, 'FieldDecl', 'f').isInvalidDeclaration).toBe(true);
  expect(find(unit.cursor, 'StructDecl', 'good').isInvalidDeclaration).toBe(false);
  expect(unit.diagnostics.map((d) => [d.severity, d.location.line])).toEqual([['error', 1]]);
});

test('layout follows the target', () => {
  const text = 'struct s { int a; long long b; void *p; };';
  using unit = parse(text, { args: ['-xc', '--target=i386-unknown-linux-gnu'] });
  expect([unit.targetTriple, unit.pointerBits]).toEqual(['i386-unknown-linux-gnu', 32]);
  expect(find(unit.cursor, 'StructDecl', 's').type.size).toBe(16);
  expect(findAll(unit.cursor, 'FieldDecl').map((c) => c.offsetOfField)).toEqual([0, 32, 96]);
});
