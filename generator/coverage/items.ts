/**
 * What there is to cover: everything a kernel's io_uring headers name.
 */
import { place } from '../model/constants.js';
import { Name } from '../model/name.js';
import { leafFields } from '../model/sqe.js';
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
  const enumerators = facts.enums.flatMap((fact) => fact.members);
  const macros = facts.macros.flatMap((macro) =>
    macro.value.kind === 'int'
      ? [{ name: macro.name, value: macro.value.value, location: macro.location }]
      : [],
  );
  const constants = [...enumerators, ...macros].map(
    (fact): Item => ({
      kind: kindOf(fact.name),
      name: fact.name,
      value: BigInt(fact.value),
      location: place(facts, fact.location),
    }),
  );
  const members = facts.records.flatMap((record) =>
    leafFields(record.members).map(
      (field): Item => ({
        kind: 'member',
        name: `${record.name}.${field.name}`,
        value: BigInt(Math.floor(field.offsetBits / 8)),
        location: place(facts, field.location),
      }),
    ),
  );
  return [...constants, ...members].filter((item) => isRingHeader(item.location)).map(withExclusion);
}

/** How a package spells `record.member`: interface and property. */
export function memberSpelling(name: string): { interface: string; property: string } {
  const [record = '', member = ''] = name.split('.');
  return { interface: Name.of(record).pascal, property: Name.of(member).camel };
}
