/**
 * From all that a set of headers says to the vocabulary: a filter over facts that stays consistent, so that a record
 * comes with the records inside it, a macro with its group, and every index points where it did.
 */
import type {
  EnumFact,
  FactLocation,
  GroupFact,
  HeaderFacts,
  MacroFact,
  MemberFact,
  RecordFact,
  TypeFact,
} from '../parse/index.js';
import { isPartOfIoUring } from '../parse/index.js';
import type { Keep, VocabularyHeader } from './vocabulary.js';

interface Named {
  readonly name: string;
  readonly location: FactLocation;
}

/** Names of records that a record contains, directly or in arrays. */
function recordNames(members: readonly MemberFact[]): string[] {
  return members.flatMap((member) => {
    if (member.kind !== 'field') return recordNames(member.members);
    let type: TypeFact = member.type;
    while (type.kind === 'array') type = type.element;
    return type.kind === 'record' ? [type.name] : [];
  });
}

function withInner(records: readonly RecordFact[], wanted: (record: RecordFact) => boolean): RecordFact[] {
  const byName = new Map(records.map((record) => [record.name, record]));
  const kept = new Set<RecordFact>();
  const visit = (record: RecordFact): void => {
    if (kept.has(record)) return;
    kept.add(record);
    for (const name of recordNames(record.members)) {
      const inner = byName.get(name);
      if (inner !== undefined) visit(inner);
    }
  };
  for (const record of records) if (wanted(record)) visit(record);
  return records.filter((record) => kept.has(record));
}

function keptEnum(
  fact: EnumFact,
  isKept: (named: Named) => boolean,
  everything: boolean,
): EnumFact | undefined {
  if (everything) return fact;
  const members = fact.members.filter(isKept);
  return members.length === 0 ? undefined : { ...fact, members };
}

/** A macro that says what an enumerator of the same name says (`#define MSG_OOB MSG_OOB`) adds nothing. */
const repeatsItself = (macro: MacroFact): boolean => macro.expression === macro.name;

/** The facts that belong to the vocabulary. Headers that the table does not name give nothing, unless they are io_uring's. */
export function keepVocabulary(facts: HeaderFacts, headers: readonly VocabularyHeader[]): HeaderFacts {
  const byInclude = new Map(headers.map((header) => [header.include, header.keep]));
  const keepOf = (location: FactLocation): Keep => {
    const { include } = facts.files[location.file]!;
    return byInclude.get(include) ?? (isPartOfIoUring(include) ? 'everything' : []);
  };
  const isEverything = (location: FactLocation): boolean => keepOf(location) === 'everything';
  const isKept = ({ name, location }: Named): boolean => {
    const keep = keepOf(location);
    return keep === 'everything' || keep.some((pattern) => pattern.test(name));
  };
  const macros = facts.macros.filter((macro) => isKept(macro) && !repeatsItself(macro));
  const usedGroups = new Set(macros.map((macro) => macro.group));
  return compactFacts(
    {
      ...facts,
      enums: facts.enums.flatMap((fact) => keptEnum(fact, isKept, isEverything(fact.location)) ?? []),
      records: withInner(facts.records, isKept),
      macros,
      otherMacros: facts.otherMacros.filter(isKept),
      typedefs: facts.typedefs.filter(isKept),
    },
    (index, group) => usedGroups.has(index) || isEverything(group.location),
  );
}

/** Drops groups that are not wanted and files that nothing stands in, and renumbers what refers to them. */
export function compactFacts(
  facts: HeaderFacts,
  wantsGroup: (index: number, group: GroupFact) => boolean,
): HeaderFacts {
  const groupIndexes = facts.groups.flatMap((group, index) => (wantsGroup(index, group) ? [index] : []));
  const groups = groupIndexes.map((index) => facts.groups[index]!);
  const lists = [facts.enums, facts.records, facts.macros, facts.otherMacros, groups, facts.typedefs];
  const used = new Set(lists.flatMap((list) => list.map((fact) => fact.location.file)));
  const kept = facts.files.map((_, index) => index).filter((index) => index === 0 || used.has(index));
  return renumber(
    { ...facts, files: kept.map((index) => facts.files[index]!), groups },
    (file) => kept.indexOf(file),
    (group) => groupIndexes.indexOf(group),
  );
}

/** The same facts with other indexes of files and groups. */
export function renumber(
  facts: HeaderFacts,
  file: (index: number) => number,
  group: (index: number) => number,
): HeaderFacts {
  const moved = <T extends { readonly location: FactLocation }>(fact: T): T => ({
    ...fact,
    location: { ...fact.location, file: file(fact.location.file) },
  });
  const movedMember = (member: MemberFact): MemberFact =>
    member.kind === 'field'
      ? moved(member)
      : { ...moved(member), members: member.members.map((inner) => movedMember(inner)) };
  return {
    ...facts,
    enums: facts.enums.map((fact) => ({ ...moved(fact), members: fact.members.map(moved) })),
    records: facts.records.map((fact) => ({ ...moved(fact), members: fact.members.map(movedMember) })),
    macros: facts.macros.map((macro) => ({
      ...moved(macro),
      ...(macro.group === undefined ? {} : { group: group(macro.group) }),
    })),
    otherMacros: facts.otherMacros.map(moved),
    groups: facts.groups.map(moved),
    typedefs: facts.typedefs.map(moved),
  };
}
