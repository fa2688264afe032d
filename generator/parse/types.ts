/**
 * libclang types → type facts: what a field's bytes are, after all typedefs, beside how the header spells it.
 */
import type { Cursor, Type } from '../clang/api.js';
import { invalidDeclaration } from './diagnostics.js';
import type { TypeFact } from './facts.js';

export type IntBits = 8 | 16 | 32 | 64;

/** Canonical kinds with a sign; plain `char` has the target's. */
const SIGNED = new Set(['SChar', 'Char_S', 'Short', 'Int', 'Long', 'LongLong']);
const UNSIGNED = new Set(['Bool', 'UChar', 'Char_U', 'UShort', 'UInt', 'ULong', 'ULongLong']);

export function integerOf(type: Type): { readonly bits: IntBits; readonly signed: boolean } | undefined {
  const { kind, size } = type.canonical;
  const bits = size * 8;
  if (!SIGNED.has(kind) && !UNSIGNED.has(kind)) return undefined;
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) return undefined;
  return { bits, signed: SIGNED.has(kind) };
}

/** Names of records and enums. One without a tag is named after the typedef or the field it stands behind. */
export class TypeNames {
  readonly #given = new Map<string, string>();

  /** Names a declaration that has no tag. The first name stays. */
  give(declaration: Cursor, name: string): void {
    const key = keyOf(declaration);
    if (isUntagged(declaration) && !this.#given.has(key)) this.#given.set(key, name);
  }

  of(declaration: Cursor): string {
    return this.#given.get(keyOf(declaration)) ?? (isUntagged(declaration) ? '' : declaration.spelling);
  }

  /** A type's spelling; libclang spells an untagged record with the path of its file, which is no fact. */
  spell(type: Type): string {
    const spelling = type.spelling;
    if (!/\((?:unnamed|anonymous)\b/.test(spelling)) return spelling;
    const element = type.arrayElement;
    if (element) return `${this.spell(element)}[${type.arraySize < 0 ? '' : type.arraySize}]`;
    if (type.pointee) return `${this.spell(type.pointee)} *`;
    const declaration = type.declaration ?? type.canonical.declaration;
    const word = spelling.startsWith('union') ? 'union' : spelling.startsWith('enum') ? 'enum' : 'struct';
    return `${word} ${declaration ? this.of(declaration) : ''}`.trim();
  }
}

/** Clang 19 invents a spelling with a parenthesis, 14 leaves it empty. */
export function isUntagged(declaration: Cursor): boolean {
  return declaration.spelling === '' || declaration.spelling.includes('(');
}

/** The hash alone may collide; together with the place it does not. */
export function keyOf(cursor: Cursor): string {
  const node = cursor.definition ?? cursor;
  return `${node.hash}:${node.location.offset}:${node.location.file}`;
}

export function isRecordDeclaration(cursor: Cursor): boolean {
  return cursor.kind === 'StructDecl' || cursor.kind === 'UnionDecl';
}

/** @param field the declaration that has the type, for the case that it cannot be described */
export function typeFact(type: Type, names: TypeNames, field: Cursor): TypeFact {
  const spelling = names.spell(type);
  const canonical = type.canonical;
  const integer = integerOf(canonical);
  if (integer) return { kind: 'int', ...integer, spelling };
  const { declaration, arrayElement, pointee } = canonical;
  if (canonical.kind === 'Pointer' && pointee) {
    // The uncanonical type keeps the typedefs of what it points to.
    return {
      kind: 'pointer',
      pointee: names.spell(type.pointee ?? pointee),
      bits: canonical.size * 8,
      spelling,
    };
  }
  if (arrayElement && (canonical.kind === 'ConstantArray' || canonical.kind === 'IncompleteArray')) {
    const element = typeFact(type.arrayElement ?? arrayElement, names, field);
    const length = canonical.arraySize > 0 ? canonical.arraySize : 'flexible';
    return { kind: 'array', element, length, spelling };
  }
  if (canonical.kind === 'Record' && declaration) {
    const record = declaration.kind === 'UnionDecl' ? 'union' : 'struct';
    return { kind: 'record', name: names.of(declaration), record, spelling };
  }
  if (canonical.kind === 'Enum' && declaration) {
    const integerType = integerOf(declaration.enumIntegerType);
    if (integerType) return { kind: 'enum', name: names.of(declaration), ...integerType, spelling };
  }
  if (canonical.size > 0 && canonical.align > 0 && !declaration) {
    // Its bytes, so that one such field does not cost the header.
    const element: TypeFact = { kind: 'int', bits: 8, signed: false, spelling: 'unsigned char' };
    return { kind: 'array', element, length: canonical.size, spelling, valueAlign: canonical.align };
  }
  throw invalidDeclaration(
    field,
    `${field.spelling || 'a field'} has the type ${spelling}, which no binding can hold`,
  );
}
