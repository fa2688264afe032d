/**
 * Families: values that belong together, which become TypeScript enums. A C enum is one; so is a run of flag macros
 * under one group header such as `sqe->fsync_flags`.
 */
import type { EnumFact, HeaderFacts, MacroFact } from '../parse/index.js';
import { isNumber, place } from './constants.js';
import { withDomains } from './domain-families.js';
import type { FieldFamily } from './model.js';
import { distinctNames, Name } from './name.js';
import { recordNames } from './records.js';
import { takenByTypes } from './taken.js';

const words = (identifier: string): string[] => identifier.split('_');

/** Members of an enum are numbers, which `|` cuts off at 32 bits: what is larger stays a constant, and a bigint. */
const fittingEnum = (family: FieldFamily): FieldFamily => ({
  ...family,
  members: family.members.filter(({ value }) => isNumber(value)),
});

/** The words all names start with, leaving at least one word of each. */
function commonPrefix(names: readonly string[]): string {
  const split = names.map(words);
  const first = split[0] ?? [];
  let length = 0;
  while (split.every((parts) => parts.length > length + 1 && parts[length] === first[length])) length += 1;
  return first.slice(0, length).join('_');
}

/** What all names of the subsystem begin with: as the only thing a family shares, it says nothing of the family. */
const SUBSYSTEM = 'IORING';

/**
 * What a family's names begin with: all of them, or where they share nothing but the subsystem, at least half of them
 * (`IORING_TIMEOUT_…`, among which there is an `IORING_LINK_TIMEOUT_UPDATE`).
 */
function familyPrefix(names: readonly string[]): string {
  const common = commonPrefix(names);
  if (common !== SUBSYSTEM) return common;
  const counts = new Map<string, number>();
  for (const name of names) {
    const parts = words(name);
    const prefix = parts.slice(0, 2).join('_');
    if (parts.length > 2) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  const usual = [...counts].find(([, count]) => count * 2 >= names.length);
  return usual?.[0] ?? common;
}

/** Keys of an enum: the names without what they usually begin with; each once, and never starting with a digit. */
export function keys(names: readonly string[]): Map<string, string> {
  const common =
    names.length > 1
      ? commonPrefix(names)
      : words(names[0] ?? '')
          .slice(0, 2)
          .join('_');
  const usual = names.length > 1 ? familyPrefix(names) : common;
  const taken = new Set<string>();
  const keyOf = (name: string): string => {
    const prefix = [usual, common].find((candidate) => candidate !== '' && name.startsWith(`${candidate}_`));
    const rest = prefix === undefined ? name : name.slice(prefix.length + 1);
    // TypeScript takes numbers for no key, by whatever name; and `__proto__` is none of the object's own.
    return /^(\d|$|NaN$|Infinity$|__proto__$)/.test(rest) ? `_${rest}` : rest;
  };
  return new Map(
    names.map((name) => {
      let key = keyOf(name);
      while (taken.has(key)) key = `_${key}`;
      taken.add(key);
      return [name, key];
    }),
  );
}

/** Marks the end of an enum ("this goes last"), and is no value of it. */
const isEndMarker = (name: string): boolean => /_LAST$/.test(name);

function enumFamily(facts: HeaderFacts, fact: EnumFact, name: Name): FieldFamily {
  const members = fact.members.filter((member) => !isEndMarker(member.name));
  const key = keys(members.map((member) => member.name));
  return {
    name,
    members: members.map((member) => ({
      key: key.get(member.name)!,
      constant: member.name,
      value: BigInt(member.value),
      ...(member.doc === undefined ? {} : { doc: member.doc }),
    })),
    ...(fact.doc === undefined ? {} : { doc: fact.doc }),
    from: place(facts, fact.location),
    fields: [],
  };
}

/** A flag's text shows a shift, hexadecimal, or other names; plain decimals (`..._SHIFT 16`) are something else. */
const looksLikeFlag = (macro: MacroFact): boolean =>
  macro.value.kind === 'int' && /<<|0x|[A-Z]_/.test(macro.expression) && !/_SHIFT$/.test(macro.name);

/** Fields that mean different things to different opcodes: a family is not theirs alone, nor named after them. */
const isOwnField = (field: string): boolean => field.endsWith('_flags');

/** After the field it belongs to, else after what its members' names share. */
function groupName(members: readonly MacroFact[], fields: readonly string[]): Name {
  const own = fields.find(isOwnField);
  if (own !== undefined) return Name.of(own);
  const names = members.map((macro) => macro.name);
  // `F` stands for "flag" (`IORING_CQE_F_…`), which the name says anyway.
  const meaning = (word: string): boolean => word !== '' && word !== 'IORING' && word !== 'F';
  const shared = words(names.length > 1 ? commonPrefix(names) : '').filter(meaning);
  const first = words(names[0]!).filter((word) => word !== 'IORING');
  return Name.of(shared.length > 0 ? shared.join('_') : first[0]!).suffixed('flags');
}

function groupFamilies(facts: HeaderFacts): FieldFamily[] {
  return facts.groups.flatMap((group, index) => {
    const members = facts.macros.filter((macro) => macro.group === index && looksLikeFlag(macro));
    if (members.length === 0) return [];
    const key = keys(members.map((macro) => macro.name));
    const fields = group.mentions
      .filter((mention) => mention.startsWith('sqe->'))
      .map((mention) => mention.slice(5));
    return [
      {
        name: groupName(members, fields),
        members: members.map((macro) => ({
          key: key.get(macro.name)!,
          constant: macro.name,
          value: macro.value.kind === 'int' ? BigInt(macro.value.value) : 0n,
          ...(macro.doc === undefined ? {} : { doc: macro.doc }),
        })),
        doc: group.doc,
        from: place(facts, group.location),
        fields: fields.filter(isOwnField),
      },
    ];
  });
}

/** Every family, each under a name of its own. The opcodes come first, as `Opcode`. */
export function buildFamilies(facts: HeaderFacts): FieldFamily[] {
  const isOpcodes = (fact: EnumFact): boolean =>
    fact.members.some((member) => member.name.startsWith('IORING_OP_'));
  const enums = facts.enums.flatMap((fact) => {
    if (isOpcodes(fact)) return [enumFamily(facts, fact, Name.of('opcode'))];
    const prefix = commonPrefix(fact.members.map((member) => member.name));
    const name = fact.name ?? (prefix === '' ? fact.members[0]?.name : prefix);
    return name === undefined ? [] : [enumFamily(facts, fact, Name.of(name))];
  });
  // Records become interfaces in the same package, so their names are taken.
  const taken = takenByTypes(facts);
  for (const name of recordNames(facts).values()) taken.add(name.pascal);
  const families = withDomains(facts, [...enums, ...groupFamilies(facts)])
    .map(fittingEnum)
    .filter(({ members }) => members.length > 0);
  return families.map((family) => {
    const wanted = taken.has(family.name.pascal) ? family.name.suffixed('values') : family.name;
    const [name = wanted] = distinctNames([wanted], taken, (candidate) => [candidate.pascal]);
    return { ...family, name };
  });
}
