/**
 * Differences between the records of two headers: what is new, gone, renamed, moved, or of another type.
 */
import { place } from '../model/constants.js';
import { isPadding, leafFields } from '../model/sqe.js';
import type { FieldFact, HeaderFacts, RecordFact, TypeFact } from '../parse/index.js';
import type { Change } from './change.js';

const extent = (field: FieldFact): [start: number, end: number] => [
  field.offsetBits,
  field.offsetBits + field.sizeBits,
];

const sameExtent = (a: FieldFact, b: FieldFact): boolean =>
  a.offsetBits === b.offsetBits && a.sizeBits === b.sizeBits;

/** What a type is in bytes, whatever typedef it is spelled with. */
function shape(type: TypeFact): string {
  switch (type.kind) {
    case 'int':
    case 'enum':
      return `${type.signed ? 's' : 'u'}${type.bits}`;
    case 'pointer':
      return `pointer${type.bits}`;
    case 'record':
      return `${type.record} ${type.name}`;
    case 'array':
      return `${shape(type.element)}[${type.length}]`;
  }
}

const bytes = (bits: number): string => (bits % 8 === 0 ? `${bits / 8}` : `${bits} bits`);

interface Side {
  readonly facts: HeaderFacts;
  readonly record: RecordFact;
  readonly fields: readonly FieldFact[];
}

const side = (facts: HeaderFacts, record: RecordFact): Side => ({
  facts,
  record,
  fields: leafFields(record.members),
});

const subjectOf = (record: RecordFact): string => `${record.kind} ${record.name}`;

/** A member that is gone: renamed in place, turned into something else, or really removed. */
function goneField(field: FieldFact, before: Side, after: Side, added: readonly FieldFact[]): Change[] {
  // Reserved space carries nothing: what takes its place is an addition of its own.
  if (isPadding(field.name)) return [];
  const base = {
    subject: `${subjectOf(before.record)}.${field.name}`,
    category: 'member',
    severity: 'breaking',
  } as const;
  const successor = added.find(
    (other) => sameExtent(field, other) && shape(other.type) === shape(field.type) && !isPadding(other.name),
  );
  if (successor !== undefined) {
    return [
      {
        ...base,
        kind: 'renamed',
        detail: `now ${successor.name}`,
        location: place(after.facts, successor.location),
      },
    ];
  }
  const [start, end] = extent(field);
  return [
    {
      ...base,
      kind: 'removed',
      detail: `was ${field.type.spelling} at ${bytes(start)}..${bytes(end)}`,
      location: place(before.facts, field.location),
    },
  ];
}

function keptField(field: FieldFact, now: FieldFact, after: Side): Change[] {
  if (isPadding(field.name)) return [];
  const base = {
    subject: `${subjectOf(after.record)}.${field.name}`,
    category: 'member',
    severity: 'breaking',
    location: place(after.facts, now.location),
  } as const;
  if (field.offsetBits !== now.offsetBits) {
    return [
      {
        ...base,
        kind: 'layout',
        detail: `moved from byte ${bytes(field.offsetBits)} to ${bytes(now.offsetBits)}`,
      },
    ];
  }
  if (shape(field.type) !== shape(now.type)) {
    // The same bits read with or without a sign are the same bits.
    const unsigned = (type: TypeFact): string => shape(type).replace(/^s(?=\d)/, 'u');
    const severity = unsigned(field.type) === unsigned(now.type) ? 'note' : 'breaking';
    return [{ ...base, severity, kind: 'type', detail: `${shape(field.type)} -> ${shape(now.type)}` }];
  }
  return [];
}

function compareRecord(before: Side, after: Side): Change[] {
  const old = new Map(before.fields.map((field) => [field.name, field]));
  const current = new Map(after.fields.map((field) => [field.name, field]));
  const added = after.fields.filter((field) => !old.has(field.name) && !isPadding(field.name));
  const changes = before.fields.flatMap((field) => {
    const now = current.get(field.name);
    return now === undefined ? goneField(field, before, after, added) : keptField(field, now, after);
  });
  const renamed = new Set(
    changes.filter((change) => change.kind === 'renamed').map((change) => change.detail.slice('now '.length)),
  );
  const news = added
    .filter((field) => !renamed.has(field.name))
    .map(
      (field): Change => ({
        severity: 'addition',
        kind: 'added',
        subject: `${subjectOf(after.record)}.${field.name}`,
        category: 'member',
        detail: `${field.type.spelling} at byte ${bytes(field.offsetBits)}`,
        location: place(after.facts, field.location),
      }),
    );
  const { record } = after;
  const size: Change[] =
    before.record.sizeBits === record.sizeBits && before.record.alignBits === record.alignBits
      ? []
      : [
          {
            // A record that may lie at more addresses than before still lies rightly at the old ones.
            severity:
              before.record.sizeBits === record.sizeBits && before.record.alignBits > record.alignBits
                ? 'note'
                : 'breaking',
            kind: 'layout',
            subject: subjectOf(record),
            category: 'record',
            detail: `${bytes(before.record.sizeBits)} bytes, aligned to ${bytes(before.record.alignBits)} -> ${bytes(record.sizeBits)} bytes, aligned to ${bytes(record.alignBits)}`,
            location: place(after.facts, record.location),
          },
        ];
  return [...size, ...changes, ...news];
}

export function compareRecords(before: HeaderFacts, after: HeaderFacts): Change[] {
  const old = new Map(before.records.map((record) => [record.name, record]));
  const current = new Map(after.records.map((record) => [record.name, record]));
  const gone = before.records
    .filter((record) => !current.has(record.name))
    .map(
      (record): Change => ({
        severity: 'breaking',
        kind: 'removed',
        subject: subjectOf(record),
        category: 'record',
        detail: `was ${bytes(record.sizeBits)} bytes`,
        location: place(before, record.location),
      }),
    );
  const rest = after.records.flatMap((record): Change[] => {
    const previous = old.get(record.name);
    if (previous !== undefined) return compareRecord(side(before, previous), side(after, record));
    return [
      {
        severity: 'addition',
        kind: 'added',
        subject: subjectOf(record),
        category: 'record',
        detail: `${bytes(record.sizeBits)} bytes`,
        location: place(after, record.location),
      },
    ];
  });
  return [...gone, ...rest];
}
