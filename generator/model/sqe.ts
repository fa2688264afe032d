/**
 * The SQE: its named fields at their places, from the record `io_uring_sqe`.
 */

import type { FieldFact, HeaderFacts, MemberFact, RecordFact } from '../parse/index.js';
import { Problem } from '../problem.js';
import type { FieldFamily } from './families.js';
import type { SqeFieldModel, SqeModel } from './model.js';
import { Name } from './name.js';

/** Reserved space (`pad`, `__resv2`, `__spare3`) has no name a program should use. */
export const isPadding = (name: string): boolean =>
  /^_*(pad|resv|rsvd|reserved|spare|unused)\d*(_|$)/.test(name);

/** Named members in header order, anonymous structs and unions opened up. */
export function leafFields(members: readonly MemberFact[]): FieldFact[] {
  return members.flatMap((member) => (member.kind === 'field' ? [member] : leafFields(member.members)));
}

function integerField(field: FieldFact): Omit<SqeFieldModel, 'shares'> | undefined {
  const { type } = field;
  if (type.kind !== 'int' && type.kind !== 'enum') return undefined;
  return {
    cName: field.name,
    name: Name.of(field.name),
    bitOffset: field.offsetBits,
    bits: type.bits,
    signed: type.signed,
    ...(field.doc === undefined ? {} : { doc: field.doc }),
  };
}

const overlap = (a: { bitOffset: number; bits: number }, b: { bitOffset: number; bits: number }): boolean =>
  a.bitOffset < b.bitOffset + b.bits && b.bitOffset < a.bitOffset + a.bits;

export function buildSqe(facts: HeaderFacts, families: readonly FieldFamily[]): SqeModel {
  const record = facts.records.find(
    (candidate): candidate is RecordFact => candidate.name === 'io_uring_sqe',
  );
  if (record === undefined) {
    throw new Problem({
      code: 'HEADER_NO_SQE',
      what: 'the header has no struct io_uring_sqe',
      consequence: 'no builder can be made; nothing was written',
      remedy: "check that this is a kernel's linux/io_uring.h",
    });
  }
  const leaves = leafFields(record.members);
  const plain = leaves.filter((leaf) => !isPadding(leaf.name)).flatMap((leaf) => integerField(leaf) ?? []);
  const fields = plain.map((field) => {
    const family = families.find((candidate) => candidate.fields.includes(field.cName));
    return {
      ...field,
      shares: plain
        .filter((other) => other !== field && overlap(field, other))
        .map((other) => other.name.camel),
      ...(family === undefined ? {} : { family: family.name }),
    };
  });
  const area = leaves.find((leaf) => leaf.type.kind === 'array' && leaf.type.length === 'flexible');
  return {
    bytes: record.sizeBits / 8,
    fields,
    ...(area === undefined
      ? {}
      : {
          command: {
            cName: area.name,
            name: Name.of(area.name),
            byteOffset: area.offsetBits / 8,
            ...(area.doc === undefined ? {} : { doc: area.doc }),
          },
        }),
  };
}
