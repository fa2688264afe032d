/**
 * Structs and unions → record facts: every member with its offset in bits. Members of an anonymous record are members
 * of the outer one, so offsets add up on the way down and the nesting is kept, because unions need it.
 */
import type { Cursor, Type } from '../clang/api.js';
import { docText, spanOf, withDoc } from './comments.js';
import { invalidDeclaration } from './diagnostics.js';
import { divideDoc } from './doc-entries.js';
import type { AnonymousFact, DocText, FieldFact, MemberFact, RecordFact } from './facts.js';
import type { Scope } from './scope.js';
import { isRecordDeclaration, isUntagged, keyOf, type TypeNames, typeFact } from './types.js';

type Docs = ReadonlyMap<string, DocText>;

export class RecordReader {
  readonly #scope: Scope;
  readonly #names: TypeNames;
  readonly #records = new Map<string, RecordFact>();

  constructor(scope: Scope, names: TypeNames) {
    this.#scope = scope;
    this.#names = names;
  }

  /** Records read so far, in no particular order. */
  get records(): readonly RecordFact[] {
    return [...this.#records.values()];
  }

  /** Reads a definition and the definitions inside it. */
  read(cursor: Cursor): void {
    const key = keyOf(cursor);
    const name = this.#names.of(cursor);
    if (this.#records.has(key) || name === '') return;
    const type = cursor.type;
    refuseInvalid(cursor, `${cursor.kind === 'UnionDecl' ? 'union' : 'struct'} ${name}`);
    const fields = new Set(type.fields().map((field) => field.spelling));
    const { doc, entries } = divideDoc(
      this.#scope.sourceOf(cursor).words(spanOf(cursor.extent)),
      fields,
      fields,
    );
    this.#records.set(key, {
      kind: cursor.kind === 'UnionDecl' ? 'union' : 'struct',
      name,
      // C spells a type with a tag after the word, and one that has only a typedef by that alone.
      ...(/^(struct|union)\b/.test(type.spelling) ? {} : { typedef: true }),
      sizeBits: type.size * 8,
      alignBits: type.align * 8,
      ...packed(cursor, type),
      members: this.#members(type, 0, name, entries),
      ...withDoc(doc),
      location: this.#scope.locate(cursor),
    });
    this.#readNested(cursor);
  }

  /** C puts a tag declared inside a struct into the outer scope, but the tree keeps it where it was written. */
  #readNested(cursor: Cursor): void {
    for (const child of cursor.children()) {
      if (!isRecordDeclaration(child) || !child.isDefinition) continue;
      if (isUntagged(child)) this.#readNested(child);
      else this.read(child);
    }
  }

  #members(record: Type, baseBits: number, outer: string, docs: Docs): readonly MemberFact[] {
    const members: MemberFact[] = [];
    for (const field of record.fields()) {
      const declaration = field.type.canonical.declaration;
      if (declaration?.isAnonymousRecord) {
        members.push(this.#anonymous(field, declaration, baseBits, outer, docs));
        continue;
      }
      // An unnamed bit field is padding; an empty untagged record is what __DECLARE_FLEX_ARRAY needs to be legal C.
      if (field.spelling === '' || (declaration && isEmptyUntagged(declaration))) continue;
      members.push(this.#field(field, baseBits, outer, docs));
    }
    return members;
  }

  #anonymous(field: Cursor, declaration: Cursor, baseBits: number, outer: string, docs: Docs): AnonymousFact {
    const kind = declaration.kind === 'UnionDecl' ? 'union' : 'struct';
    refuseInvalid(declaration, `an anonymous ${kind} in ${outer}`);
    const type = declaration.type;
    const offsetBits = baseBits + offsetOf(field, outer);
    const words = this.#scope.sourceOf(declaration).words(spanOf(declaration.extent));
    return {
      kind,
      offsetBits,
      sizeBits: type.size * 8,
      alignBits: type.align * 8,
      ...packed(declaration, type),
      members: this.#members(type, offsetBits, outer, docs),
      ...withDoc(docText(words)),
      location: this.#scope.locate(declaration),
    };
  }

  #field(field: Cursor, baseBits: number, outer: string, docs: Docs): FieldFact {
    const name = field.spelling;
    if (field.isInvalidDeclaration) {
      throw invalidDeclaration(field, `the field ${name} of ${outer} has an invalid declaration`);
    }
    this.#readUntagged(field.type, `${outer}__${name}`);
    const type = typeFact(field.type, this.#names, field);
    const source = this.#scope.sourceOf(field);
    const span = spanOf(field.extent);
    return {
      kind: 'field',
      name,
      type,
      offsetBits: baseBits + offsetOf(field, outer),
      sizeBits: field.isBitField ? field.bitFieldWidth : Math.max(field.type.size, 0) * 8,
      ...(field.isBitField ? { bitFieldWidth: field.bitFieldWidth } : {}),
      ...withDoc(source.docOf(span) ?? docs.get(name)),
      location: this.#scope.locate(field),
    };
  }

  /** `struct { … } name;` makes a record of its own, named after where it stands. */
  #readUntagged(type: Type, name: string): void {
    let inner = type.canonical;
    while (inner.arrayElement) inner = inner.arrayElement.canonical;
    const declaration = inner.declaration;
    if (!declaration || !isRecordDeclaration(declaration) || this.#scope.indexOf(declaration) < 0) return;
    this.#names.give(declaration, name);
    if (isUntagged(declaration)) this.read(declaration);
  }
}

function offsetOf(field: Cursor, outer: string): number {
  const offset = field.offsetOfField;
  if (offset < 0) {
    throw invalidDeclaration(
      field,
      `the field ${field.spelling || '(anonymous)'} of ${outer} has no known offset`,
    );
  }
  return offset;
}

/** An unknown field type leaves a record of size 1 or none, sometimes without a diagnostic. */
function refuseInvalid(declaration: Cursor, what: string): void {
  if (declaration.isInvalidDeclaration || declaration.type.size < 0 || declaration.type.align < 0) {
    throw invalidDeclaration(declaration, `${what} has an invalid declaration`);
  }
}

function isEmptyUntagged(declaration: Cursor): boolean {
  return (
    isRecordDeclaration(declaration) &&
    isUntagged(declaration) &&
    declaration.type.size === 0 &&
    declaration.type.fields().length === 0
  );
}

/** By attribute, or (for `#pragma pack`, which leaves no node) by an alignment below that of a member. */
function packed(declaration: Cursor, type: Type): { readonly packed?: true } {
  const byAttribute = declaration.children().some((child) => child.kind === 'PackedAttr');
  const fields = byAttribute ? [] : type.fields().filter((field) => !field.isBitField);
  return byAttribute || fields.some((field) => field.type.align > type.align) ? { packed: true } : {};
}
