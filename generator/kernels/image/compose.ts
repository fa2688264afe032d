/**
 * Facts of a kernel that has no header package any more, only a bootable image. Its types are in the image, exactly:
 * opcodes, every other enumerator, every record. Macros are not; those that an older and a newer kernel's headers agree
 * on existed in between as well, and so do those the kernel itself was asked for. So nothing here is a guess; what is
 * missing are macros that came after the older one and that no kernel can be asked for.
 */
import type { EnumFact, HeaderFacts, RecordFact } from '../../parse/index.js';
import { compactFacts } from '../keep.js';
import type { BtfTypes } from './btf.js';
import { RecordComposer } from './records.js';

export interface Neighbours {
  /** The nearest older kernel whose headers are known. */
  readonly older: HeaderFacts;
  /** The nearest newer one: documentation and places are from its headers. */
  readonly newer: HeaderFacts;
  /** Macros of the newer one that the kernel itself was found to have. */
  readonly measured: ReadonlySet<string>;
}

/** An enum as the image has it; one that the kernel itself never uses is not in there. */
function composeEnum(
  fact: EnumFact,
  older: ReadonlyMap<string, string>,
  types: BtfTypes,
): EnumFact | undefined {
  const found = fact.members.map(({ name }) => types.enumWith(name)).find((type) => type !== undefined);
  const docs = new Map(fact.members.map((member) => [member.name, member]));
  const members =
    found === undefined
      ? fact.members.filter(({ name, value }) => older.get(name) === value)
      : found.members.map(({ name, value }) => ({
          ...(docs.get(name) ?? { location: fact.location }),
          name,
          value: String(value),
        }));
  return members.length === 0 ? undefined : { ...fact, members };
}

const sameRecord = (a: RecordFact, b: RecordFact | undefined): boolean =>
  b !== undefined && a.sizeBits === b.sizeBits && shape(a) === shape(b);

/** Layout without documentation and places. */
function shape(record: RecordFact): string {
  return JSON.stringify(record, (key, value) => (key === 'doc' || key === 'location' ? undefined : value));
}

export function composeFacts({ older, newer, measured }: Neighbours, types: BtfTypes): HeaderFacts {
  const olderValues = new Map([
    ...older.enums.flatMap((fact) => fact.members.map((member) => [member.name, member.value] as const)),
    ...older.macros.map((macro) => [macro.name, JSON.stringify(macro.value)] as const),
  ]);
  const olderRecords = new Map(older.records.map((record) => [record.name, record]));
  const olderOthers = new Set(older.otherMacros.map((macro) => macro.name));
  const composer = new RecordComposer(types, newer.records);
  for (const record of newer.records) {
    if (types.record(record.name) !== undefined) composer.compose(record.name);
    else if (sameRecord(record, olderRecords.get(record.name))) composer.take(record);
  }
  const macros = newer.macros.filter(
    ({ name, value }) => measured.has(name) || olderValues.get(name) === JSON.stringify(value),
  );
  const groups = new Set(macros.map((macro) => macro.group));
  return compactFacts(
    {
      ...newer,
      enums: newer.enums.flatMap((fact) => composeEnum(fact, olderValues, types) ?? []),
      records: composer.records,
      macros,
      otherMacros: newer.otherMacros.filter((macro) => olderOthers.has(macro.name)),
      typedefs: newer.typedefs.filter((typedef) =>
        older.typedefs.some((other) => other.name === typedef.name),
      ),
    },
    (group) => groups.has(group),
  );
}
