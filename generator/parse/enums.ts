/**
 * Enums → enum facts. A value is taken as the enum's integer type sees it, so that `1U << 31` stays positive.
 */
import type { Cursor } from '../clang/api.js';
import { spanOf, withDoc } from './comments.js';
import { invalidDeclaration } from './diagnostics.js';
import { divideDoc } from './doc-entries.js';
import type { EnumFact } from './facts.js';
import type { Scope } from './scope.js';
import { integerOf, type TypeNames } from './types.js';

export function readEnum(cursor: Cursor, scope: Scope, names: TypeNames): EnumFact {
  const name = names.of(cursor);
  const integer = integerOf(cursor.enumIntegerType);
  if (cursor.isInvalidDeclaration || !integer) {
    throw invalidDeclaration(cursor, `enum ${name || '(anonymous)'} has an invalid declaration`);
  }
  const source = scope.sourceOf(cursor);
  const members = cursor
    .children()
    .filter((child) => child.kind === 'EnumConstantDecl')
    .map((child) => ({ cursor: child, name: child.spelling, doc: source.docOf(spanOf(child.extent)) }));
  const undocumented = members.filter((member) => member.doc === undefined);
  const { doc, entries } = divideDoc(
    source.words(spanOf(cursor.extent)),
    new Set(members.map((member) => member.name)),
    new Set(undocumented.map((member) => member.name)),
  );
  return {
    ...(name === '' ? {} : { name }),
    ...integer,
    members: members.map((member) => ({
      name: member.name,
      value: String(integer.signed ? member.cursor.enumValue : member.cursor.enumValueUnsigned),
      ...withDoc(member.doc ?? entries.get(member.name)),
      location: scope.locate(member.cursor),
    })),
    ...withDoc(doc),
    location: scope.locate(cursor),
  };
}
