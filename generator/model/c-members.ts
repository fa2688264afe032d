/**
 * Records as C++ declares them. Where a compiler would put the members by itself they are declared as they are; where it
 * would not (bit fields, also those without a name, which no fact tells of; members with an alignment of their own) every
 * gap is a member of bytes, and the compiler is told to leave none itself.
 */
import type { FieldFact, HeaderFacts, MemberFact, RecordFact, TypeFact } from '../parse/index.js';
import type { CMemberModel } from './model.js';
import { cxxName } from './name.js';

export interface CBody {
  readonly packed: boolean;
  readonly members: readonly CMemberModel[];
}

interface Extent {
  readonly kind: 'struct' | 'union';
  readonly offsetBits: number;
  readonly sizeBits: number;
  readonly alignBits: number;
  readonly packed?: boolean;
  readonly members: readonly MemberFact[];
}

function cType(type: TypeFact): string {
  switch (type.kind) {
    case 'int':
    case 'enum':
      return `${type.signed ? 'int' : 'uint'}${type.bits}_t`;
    case 'pointer':
      return `uint${type.bits}_t`;
    case 'record':
      return cxxName(type.name);
    case 'array':
      return cType(type.element);
  }
}

/** The bytes of a value lie where the value would. */
const cAlign = (type: TypeFact): string =>
  type.kind === 'array' && type.valueAlign !== undefined ? `alignas(${type.valueAlign}) ` : '';

function cExtent(type: TypeFact): string {
  if (type.kind !== 'array') return '';
  return `[${type.length === 'flexible' ? '' : type.length}]${cExtent(type.element)}`;
}

/** C++ has no flexible arrays inside unions, and an empty record has no bytes in C and one in C++: both are left out. */
const isLeftOut = ({ type, sizeBits, bitFieldWidth }: FieldFact): boolean =>
  (type.kind === 'array' && type.length === 'flexible') || (sizeBits === 0 && bitFieldWidth === undefined);

const declared = (field: FieldFact, align: string): CMemberModel => ({
  kind: 'field',
  declaration: `${align}${cType(field.type)} ${cxxName(field.name)}${cExtent(field.type)};`,
  name: field.name,
  bitOffset: field.offsetBits,
});

const upTo = (bits: number, align: number): number => Math.ceil(bits / align) * align;

/** How the members of one set of headers are declared. */
export class CMembers {
  readonly #aligns: ReadonlyMap<string, number>;
  #gaps = 0;

  constructor(facts: HeaderFacts) {
    this.#aligns = new Map(facts.records.map((record) => [record.name, record.alignBits]));
  }

  of(record: RecordFact): CBody {
    this.#gaps = 0;
    return this.#body({ ...record, offsetBits: 0 });
  }

  #body(extent: Extent): CBody {
    if (this.#isNatural(extent)) return { packed: extent.packed === true, members: this.#plain(extent) };
    return { packed: true, members: this.#explicit(extent) };
  }

  #alignOf(type: TypeFact): number {
    switch (type.kind) {
      case 'array':
        return type.valueAlign === undefined ? this.#alignOf(type.element) : type.valueAlign * 8;
      case 'record':
        return this.#aligns.get(type.name) ?? 8;
      default:
        return type.bits;
    }
  }

  /** Whether the compiler of an x86-64 machine lays it out so without being told. */
  #isNatural({ kind, offsetBits, sizeBits, alignBits, packed, members }: Extent): boolean {
    let end = 0;
    let widest = 8;
    for (const member of members) {
      if (member.kind === 'field') {
        if (member.bitFieldWidth !== undefined) return false;
        if (isLeftOut(member)) continue;
      } else if (member.sizeBits === 0) continue;
      // What leaves no gaps has no alignment either.
      else if (!this.#isNatural(member)) return false;
      const own = member.kind === 'field' ? this.#alignOf(member.type) : member.alignBits;
      const align = packed === true ? 8 : own;
      const place = kind === 'union' ? 0 : upTo(end, align);
      if (member.offsetBits - offsetBits !== place) return false;
      end = Math.max(end, place + member.sizeBits);
      widest = Math.max(widest, align);
    }
    // A flexible array may be what gives a record its alignment.
    return upTo(end, Math.max(widest, packed === true || alignBits > 64 ? alignBits : 8)) === sizeBits;
  }

  #plain({ members }: Extent): CMemberModel[] {
    return members.flatMap((member): CMemberModel[] => {
      if (member.kind !== 'field') return [{ kind: member.kind, ...this.#body(member) }];
      return isLeftOut(member) ? [] : [declared(member, cAlign(member.type))];
    });
  }

  #gap(bits: number): CMemberModel[] {
    if (bits <= 0) return [];
    this.#gaps += 1;
    const name = `ringsmith_gap_${this.#gaps}`;
    return [{ kind: 'field', declaration: `uint8_t ${name}[${bits / 8}];`, name, bitOffset: -1 }];
  }

  #explicit({ kind, offsetBits, sizeBits, members }: Extent): CMemberModel[] {
    const isBits = (member: MemberFact): boolean =>
      member.kind === 'field' && (member.bitFieldWidth !== undefined || isLeftOut(member));
    let end = offsetBits;
    const all = members.flatMap((member): CMemberModel[] => {
      if (isBits(member) || member.sizeBits === 0) return [];
      const gap = kind === 'union' ? [] : this.#gap(member.offsetBits - end);
      end = member.offsetBits + member.sizeBits;
      const one =
        member.kind === 'field'
          ? declared(member, '')
          : ({ kind: member.kind, packed: true, members: this.#explicit(member) } as const);
      return [...gap, one];
    });
    return [...all, ...this.#gap(kind === 'union' ? sizeBits : offsetBits + sizeBits - end)];
  }
}
