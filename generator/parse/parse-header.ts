/**
 * One header → its facts. Two units are parsed: the header itself, and a list of its macros to have them evaluated.
 * Anything wrong with the input leaves as a Problem; nothing is returned of a header that has an error anywhere.
 */
import type { Clang, Cursor, TranslationUnit } from '../clang/api.js';
import { refuseOtherHeaders } from './checks.js';
import { withDoc } from './comments.js';
import { refuseErrors } from './diagnostics.js';
import { readEnum } from './enums.js';
import type {
  EnumFact,
  FactLocation,
  GroupFact,
  HeaderFacts,
  MacroFact,
  OtherMacroFact,
  TypedefFact,
} from './facts.js';
import { readGroups } from './groups.js';
import { type HeaderInput, type ResolvedInput, resolveInput } from './header-input.js';
import { type Macro, readMacros } from './macros.js';
import { parseMain } from './main-unit.js';
import { RecordReader } from './records.js';
import { Scope } from './scope.js';
import { isRecordDeclaration, TypeNames } from './types.js';

export type { HeaderInput } from './header-input.js';

export function parseHeader(clang: Clang, input: HeaderInput): HeaderFacts {
  const resolved = resolveInput(input);
  using unit = parseMain(clang, resolved);
  refuseErrors(unit, resolved);
  const facts = collect(clang, unit, resolved);
  refuseOtherHeaders(facts, resolved);
  return facts;
}

function collect(clang: Clang, unit: TranslationUnit, input: ResolvedInput): HeaderFacts {
  const scope = new Scope(unit, input);
  const declarations = unit.cursor
    .children()
    .filter((cursor) => isDeclaration(cursor) && scope.indexOf(cursor) >= 0);
  const names = nameUntagged(declarations);
  const records = new RecordReader(scope, names);
  for (const cursor of declarations) {
    if (isRecordDeclaration(cursor) && cursor.isDefinition) records.read(cursor);
  }
  return {
    schema: 1,
    target: {
      triple: input.target,
      pointerBits: unit.pointerBits,
      ...(isBigEndian(unit) ? { bigEndian: true } : {}),
    },
    files: scope.files.map((file) => file.fact),
    enums: readEnums(declarations, scope, names),
    records: inOrder(records.records),
    ...collectMacros(readMacros(clang, unit, scope, input), declarations, scope),
    typedefs: readTypedefs(declarations, scope, names),
  };
}

/** The compiler itself says so, by a macro of its own. */
function isBigEndian(unit: TranslationUnit): boolean {
  const isIt = (cursor: Cursor): boolean =>
    cursor.kind === 'MacroDefinition' && cursor.spelling === '__BIG_ENDIAN__' && cursor.location.file === '';
  return unit.cursor.children().some(isIt);
}

function isDeclaration(cursor: Cursor): boolean {
  return cursor.kind.endsWith('Decl');
}

/** An untagged record or enum behind a typedef goes by the typedef's name. */
function nameUntagged(declarations: readonly Cursor[]): TypeNames {
  const names = new TypeNames();
  for (const cursor of declarations) {
    if (cursor.kind !== 'TypedefDecl') continue;
    const declaration = cursor.underlyingTypedefType.canonical.declaration;
    if (declaration) names.give(declaration, cursor.spelling);
  }
  return names;
}

/** Enums at file scope and those written inside records. */
function readEnums(declarations: readonly Cursor[], scope: Scope, names: TypeNames): readonly EnumFact[] {
  const enums: EnumFact[] = [];
  const visit = (cursor: Cursor): void => {
    if (cursor.kind === 'EnumDecl' && cursor.isDefinition) enums.push(readEnum(cursor, scope, names));
    else if (isRecordDeclaration(cursor)) for (const child of cursor.children()) visit(child);
  };
  for (const cursor of declarations) visit(cursor);
  return inOrder(enums);
}

function readTypedefs(
  declarations: readonly Cursor[],
  scope: Scope,
  names: TypeNames,
): readonly TypedefFact[] {
  const typedefs = declarations
    .filter((cursor) => cursor.kind === 'TypedefDecl')
    .map((cursor) => ({
      name: cursor.spelling,
      type: names.spell(cursor.underlyingTypedefType),
      location: scope.locate(cursor),
    }));
  return inOrder(typedefs);
}

type MacroFacts = Pick<HeaderFacts, 'macros' | 'otherMacros' | 'groups'>;

function collectMacros(all: readonly Macro[], declarations: readonly Cursor[], scope: Scope): MacroFacts {
  const macros: MacroFact[] = [];
  const otherMacros: OtherMacroFact[] = [];
  const groups: GroupFact[] = [];
  for (const [index, file] of scope.files.entries()) {
    const own = all.filter((macro) => macro.location.file === index);
    const offsets = declarations
      .filter((cursor) => scope.indexOf(cursor) === index)
      .map((cursor) => cursor.location.offset);
    const found = readGroups(index, file.source, own, offsets);
    for (const { name, value, expression, location } of own) {
      const note = found.notes.get(name);
      if (typeof value === 'string') otherMacros.push({ name, reason: value, expression, location });
      else {
        const group = note?.group === undefined ? {} : { group: groups.length + note.group };
        macros.push({ name, value, expression, ...withDoc(note?.doc), ...group, location });
      }
    }
    groups.push(...found.groups);
  }
  return { macros, otherMacros, groups };
}

/** By file and line; what shares a line keeps the order it was read in. */
function inOrder<T extends { readonly location: FactLocation }>(facts: readonly T[]): readonly T[] {
  return [...facts].sort((a, b) => a.location.file - b.location.file || a.location.line - b.location.line);
}
