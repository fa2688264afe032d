/**
 * What there is to cover: everything a kernel's io_uring headers name.
 */
import { place } from '../model/constants.js';
import { buildRecords } from '../model/records.js';
import type { HeaderFacts } from '../parse/index.js';
import { EXCLUSIONS } from '../semantics/exclusions.js';

export const ITEM_KINDS = ['opcode', 'register opcode', 'flag', 'member'] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

export interface Item {
  readonly kind: ItemKind;
  /** The constant's name; `record.member` for members. Absent when a running kernel tells only a number. */
  readonly name: string;
  /** Of a constant; the byte offset of a member. */
  readonly value: bigint;
  /** How a package spells a member: interface and property. */
  readonly spelling?: { readonly interface: string; readonly property: string };
  /** Reason it is not asked for. */
  readonly excluded?: string;
  /** e.g. `linux/io_uring.h:52`; empty for a running kernel. */
  readonly location: string;
}

/** Headers that are io_uring's own; the vocabulary of its arguments is not what coverage is about. */
const isRingHeader = (location: string): boolean => location.startsWith('linux/io_uring');

export function kindOf(constant: string): ItemKind {
  if (constant.startsWith('IORING_OP_')) return 'opcode';
  return /^IORING_(UN)?REGISTER_/.test(constant) ? 'register opcode' : 'flag';
}

function withExclusion(item: Item): Item {
  const match = EXCLUSIONS.find((exclusion) => exclusion.pattern.test(item.name));
  return match === undefined ? item : { ...item, excluded: match.reason };
}

/** Items of a header, in its order: constants, then members. */
export function headerItems(facts: HeaderFacts): Item[] {
  const macros = facts.macros.flatMap((macro) =>
    macro.value.kind === 'int'
      ? [{ name: macro.name, value: macro.value.value, location: macro.location }]
      : [],
  );
  // A macro of another value hides the enumerator from programs.
  const enumerators = facts.enums
    .flatMap((fact) => fact.members)
    .filter((member) => !macros.some(({ name, value }) => name === member.name && value !== member.value));
  const constants = [...enumerators, ...macros].map(
    (fact): Item => ({
      kind: kindOf(fact.name),
      name: fact.name,
      value: BigInt(fact.value),
      location: place(facts, fact.location),
    }),
  );
  const members = buildRecords(facts).flatMap((record) =>
    record.fields.map(
      (field): Item => ({
        kind: 'member',
        name: `${record.cName}.${field.cName}`,
        value: BigInt(field.byteOffset),
        spelling: { interface: record.name.pascal, property: field.name.camel },
        location: field.from,
      }),
    ),
  );
  return [...constants, ...members].filter((item) => isRingHeader(item.location)).map(withExclusion);
}
