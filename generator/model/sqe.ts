/**
 * The SQE: its named fields at their places, from the record `io_uring_sqe`.
 */

import type { FieldFact, HeaderFacts, MemberFact, RecordFact } from '../parse/index.js';
import { Problem } from '../problem.js';
import { place } from './constants.js';
import type { FieldFamily, SqeFieldModel, SqeModel } from './model.js';
import { distinctNames, Name } from './name.js';

/** Reserved space (`pad`, `__resv2`, `__spare3`) has no name a program should use. */
export const isPadding = (name: string): boolean =>
  /^_*(pad|resv|rsvd|reserved|spare|unused)\d*(_|$)/.test(name);

const SQE_BITS = 512;

/** Named members in header order, anonymous structs and unions opened up. */
export function leafFields(members: readonly MemberFact[]): FieldFact[] {
  return members.flatMap((member) => (member.kind === 'field' ? [member] : leafFields(member.members)));
}

function integerField(field: FieldFact): Omit<SqeFieldModel, 'shares'> | undefined {
  const { type } = field;
  // A bit field has no place of its own that a program could store into.
  if (field.bitFieldWidth !== undefined) return undefined;
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

/** What every kernel's SQE has had, and builders and rings rely on. */
const FIXED: readonly (readonly [cName: string, bits: number, bitOffset?: number])[] = [
  ['opcode', 8, 0],
  ['flags', 8],
  ['user_data', 64],
];

/** Where every kernel has had them: a header that calls one otherwise means it all the same. */
const PLACES: Readonly<Record<string, readonly [bits: number, bitOffset: number]>> = {
  opcode: [8, 0],
  flags: [8, 8],
  user_data: [64, 256],
  personality: [16, 336],
};

/** Fields that rings and all builders rely on, known by their place where the header has another name for them. */
function withRoles<T extends Omit<SqeFieldModel, 'shares'>>(fields: readonly T[]): T[] {
  const roles = Object.entries(PLACES).filter(([cName]) => !fields.some((field) => field.cName === cName));
  return fields.map((field) => {
    const role = roles.find(
      ([, [bits, bitOffset]]) => field.bits === bits && field.bitOffset === bitOffset,
    )?.[0];
    return role === undefined ? field : { ...field, cName: role };
  });
}

/** An SQE of another shape is not misread: there is no package for it. */
function checkSqe(
  facts: HeaderFacts,
  record: RecordFact,
  fields: readonly Omit<SqeFieldModel, 'shares'>[],
): void {
  const refuse = (what: string): never => {
    const [file = '', line = '0'] = place(facts, record.location).split(':');
    throw new Problem({
      code: 'HEADER_BAD_SQE',
      what: `struct io_uring_sqe is not one that ringsmith knows: ${what}`,
      where: { file, line: Number(line) },
      consequence: 'builders would write to the wrong places; nothing was written',
      remedy: "check that this is a kernel's unmodified linux/io_uring.h",
    });
  };
  if (record.sizeBits !== SQE_BITS) refuse(`it has ${record.sizeBits / 8} bytes, not ${SQE_BITS / 8}`);
  for (const [cName, bits, bitOffset] of FIXED) {
    const field = fields.find((candidate) => candidate.cName === cName);
    if (field === undefined) refuse(`it has no ${cName} of ${bits} bits`);
    if (field?.bits !== bits || (bitOffset !== undefined && field.bitOffset !== bitOffset))
      refuse(`${cName} is not ${bits} bits${bitOffset === undefined ? '' : ` at bit ${bitOffset}`}`);
  }
  const split = fields.find((field) => field.bitOffset % Math.min(field.bits, 32) !== 0);
  if (split !== undefined) refuse(`${split.cName} crosses a word`);
}

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
  const area = leaves.find((leaf) => leaf.type.kind === 'array' && leaf.type.length === 'flexible');
  const named = leaves.filter((leaf) => !isPadding(leaf.name)).flatMap((leaf) => integerField(leaf) ?? []);
  // The command area is an argument beside the fields, so it takes part in the naming.
  const names = distinctNames(
    [...named.map((one) => one.name), ...(area === undefined ? [] : [Name.of(area.name)])],
    new Set(named.some((one) => one.cName === 'flags') ? ['sqeFlags'] : []),
    (name) => [name.camel],
  );
  const plain = withRoles(named.map((one, index) => ({ ...one, name: names[index]! })));
  checkSqe(facts, record, plain);
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
  return {
    bytes: record.sizeBits / 8,
    fields,
    ...(area === undefined
      ? {}
      : {
          command: {
            cName: area.name,
            name: names.at(-1)!,
            byteOffset: area.offsetBits / 8,
            ...(area.doc === undefined ? {} : { doc: area.doc }),
          },
        }),
  };
}
