/**
 * Record facts from BTF: layout from the image; names of types, documentation and places from a newer kernel's header,
 * as far as that has the same member.
 */
import { leafFields } from '../../model/sqe.js';
import type {
  AnonymousFact,
  FactLocation,
  FieldFact,
  MemberFact,
  RecordFact,
  TypeFact,
} from '../../parse/index.js';
import type { BtfMember, BtfType, BtfTypes } from './btf.js';

type BtfRecord = Extract<BtfType, { kind: 'struct' | 'union' }>;
type Bits = 8 | 16 | 32 | 64;

const POINTER_BITS = 64;

/** What tells an anonymous member from its siblings. */
function anonymousKey(member: AnonymousFact): string {
  return `${member.kind} ${member.sizeBits} ${leafFields(member.members)[0]?.name}`;
}

function anonymousMembers(members: readonly MemberFact[]): AnonymousFact[] {
  return members.flatMap((member) =>
    member.kind === 'field' ? [] : [member, ...anonymousMembers(member.members)],
  );
}

interface Context {
  /** Name of the record that the members are of. */
  readonly outer: string;
  /** The newer header's members, by name. */
  readonly known: ReadonlyMap<string, FieldFact>;
  /** Its anonymous members. */
  readonly anonymous: ReadonlyMap<string, AnonymousFact>;
  readonly location: FactLocation;
}

export class RecordComposer {
  readonly #types: BtfTypes;
  readonly #newer: ReadonlyMap<string, RecordFact>;
  readonly #order: ReadonlyMap<string, number>;
  readonly #records = new Map<string, RecordFact>();

  constructor(types: BtfTypes, newer: readonly RecordFact[]) {
    this.#types = types;
    this.#newer = new Map(newer.map((record) => [record.name, record]));
    this.#order = new Map(newer.map((record, index) => [record.name, index]));
  }

  /** In the order of the newer header. */
  get records(): RecordFact[] {
    const place = ({ name }: RecordFact): number => this.#order.get(name) ?? this.#order.size;
    return [...this.#records.values()].sort((a, b) => place(a) - place(b));
  }

  /** A record that the image does not have, from a header. */
  take(record: RecordFact): void {
    if (!this.#records.has(record.name)) this.#records.set(record.name, record);
  }

  /** A record of the newer header, as the image has it. */
  compose(name: string): void {
    const [found, newer] = [this.#types.record(name), this.#newer.get(name)];
    if (found !== undefined && newer !== undefined) this.#add(name, found, newer.location);
  }

  #add(name: string, type: BtfRecord, location: FactLocation): void {
    if (this.#records.has(name)) return;
    const newer = this.#newer.get(name);
    const known = new Map(leafFields(newer?.members ?? []).map((field) => [field.name, field]));
    const place = newer?.location ?? location;
    const anonymous = new Map(
      anonymousMembers(newer?.members ?? []).map((item) => [anonymousKey(item), item]),
    );
    const members = this.#members(type, 0, { outer: name, known, anonymous, location: place });
    const natural = this.#alignOf(type);
    // BTF knows no attributes: what ends off its natural alignment was packed, and the header knows what is aligned.
    const packed = type.bytes % natural !== 0 || newer?.packed === true;
    const asked = newer !== undefined && newer.sizeBits === type.bytes * 8 ? newer.alignBits : 8;
    const align = packed ? asked : Math.max(asked, natural * 8);
    this.#records.set(name, {
      kind: type.kind,
      name,
      sizeBits: type.bytes * 8,
      alignBits: align,
      ...(packed ? { packed: true } : {}),
      members,
      ...(newer?.doc === undefined ? {} : { doc: newer.doc }),
      location: place,
    });
  }

  #members(record: BtfRecord, baseBits: number, context: Context): MemberFact[] {
    return record.members.flatMap((member): MemberFact[] => {
      const type = this.#strip(member.type);
      const offsetBits = baseBits + member.offsetBits;
      if (member.name === '' && (type.kind === 'struct' || type.kind === 'union')) {
        const inner = this.#members(type, offsetBits, context);
        // What __DECLARE_FLEX_ARRAY needs to be legal C.
        if (type.bytes === 0 && inner.length === 0) return [];
        return [this.#anonymous(type, offsetBits, inner, context)];
      }
      // Padding without a name, and the empty struct beside a flexible array.
      if (member.name === '' || (type.kind === 'struct' && type.bytes === 0 && type.name === '')) return [];
      return [this.#field(member, offsetBits, context)];
    });
  }

  #anonymous(
    type: BtfRecord,
    offsetBits: number,
    members: readonly MemberFact[],
    context: Context,
  ): AnonymousFact {
    const plain = {
      kind: type.kind,
      offsetBits,
      sizeBits: type.bytes * 8,
      alignBits: this.#alignOf(type) * 8,
      members,
      location: context.location,
    };
    const known = context.anonymous.get(anonymousKey(plain));
    if (known === undefined) return plain;
    const { alignBits, packed, doc, location } = known;
    return {
      ...plain,
      alignBits,
      ...(packed === undefined ? {} : { packed }),
      ...(doc === undefined ? {} : { doc }),
      location,
    };
  }

  #field(member: BtfMember, offsetBits: number, context: Context): FieldFact {
    const sizeBits = member.width > 0 ? member.width : this.#sizeOf(member.type) * 8;
    const type = this.#typeFact(member.type, `${context.outer}__${member.name}`, context.location);
    const known = context.known.get(member.name);
    const isSame = known !== undefined && known.sizeBits === sizeBits && known.type.kind === type.kind;
    return {
      kind: 'field',
      name: member.name,
      type: isSame ? known.type : type,
      offsetBits,
      sizeBits,
      ...(member.width > 0 ? { bitFieldWidth: member.width } : {}),
      ...(known?.doc === undefined ? {} : { doc: known.doc }),
      location: known?.location ?? context.location,
    };
  }

  #typeFact(id: number, untagged: string, location: FactLocation): TypeFact {
    const type = this.#strip(id);
    const spelling = this.#spell(id);
    switch (type.kind) {
      case 'int':
        return { kind: 'int', bits: (type.bytes * 8) as Bits, signed: type.signed, spelling };
      case 'pointer':
        return { kind: 'pointer', pointee: this.#spell(type.type), bits: POINTER_BITS, spelling };
      case 'enum':
        return {
          kind: 'enum',
          name: type.name,
          bits: (type.bytes * 8) as Bits,
          signed: type.signed,
          spelling,
        };
      case 'array': {
        const element = this.#typeFact(type.type, untagged, location);
        return { kind: 'array', element, length: type.length === 0 ? 'flexible' : type.length, spelling };
      }
      case 'struct':
      case 'union': {
        const name = type.name === '' ? untagged : type.name;
        this.#add(name, type, location);
        return { kind: 'record', name, record: type.kind, spelling };
      }
      default:
        throw new Error(`BTF: ${untagged} has a type that no UAPI record has`);
    }
  }

  /** Without typedefs and qualifiers. */
  #strip(id: number): BtfType {
    const type = this.#types.all[id] ?? { kind: 'other' };
    return type.kind === 'alias' ? this.#strip(type.type) : type;
  }

  #spell(id: number): string {
    const type = this.#types.all[id] ?? { kind: 'other' };
    switch (type.kind) {
      case 'alias':
        return type.name === '' ? this.#spell(type.type) : type.name;
      case 'int':
        return type.name;
      case 'pointer':
        return `${this.#spell(type.type)} *`;
      case 'array':
        return `${this.#spell(type.type)}[${type.length}]`;
      case 'struct':
      case 'union':
      case 'enum':
        return `${type.kind} ${type.name}`.trim();
      case 'other':
        return 'void';
    }
  }

  #sizeOf(id: number): number {
    const type = this.#strip(id);
    if (type.kind === 'pointer') return POINTER_BITS / 8;
    if (type.kind === 'array') return type.length * this.#sizeOf(type.type);
    return type.kind === 'other' || type.kind === 'alias' ? 0 : type.bytes;
  }

  /** Bytes a type is aligned to when no attribute says otherwise. */
  #alignOf(type: BtfType): number {
    if (type.kind === 'pointer') return POINTER_BITS / 8;
    if (type.kind === 'array') return this.#alignOf(this.#strip(type.type));
    if (type.kind === 'int' || type.kind === 'enum') return type.bytes;
    if (type.kind !== 'struct' && type.kind !== 'union') return 1;
    return Math.max(1, ...type.members.map((member) => this.#alignOf(this.#strip(member.type))));
  }
}
