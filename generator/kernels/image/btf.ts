/**
 * BTF, the kernel's own description of its types, in the layout of its documentation (Documentation/bpf/btf.rst):
 * a header, a table of types, a table of strings.
 */

/** Kinds whose contents matter here; all others are only stepped over. */
const KIND = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  functionPrototype: 13,
  variable: 14,
  dataSection: 15,
  declarationTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

export interface BtfMember {
  readonly name: string;
  readonly type: number;
  readonly offsetBits: number;
  /** Width of a bit field, else 0. */
  readonly width: number;
}

export interface BtfEnumerator {
  readonly name: string;
  readonly value: bigint;
}

export type BtfType =
  | { readonly kind: 'int'; readonly name: string; readonly bytes: number; readonly signed: boolean }
  | { readonly kind: 'pointer'; readonly type: number }
  | { readonly kind: 'array'; readonly type: number; readonly length: number }
  | {
      readonly kind: 'struct' | 'union';
      readonly name: string;
      readonly bytes: number;
      readonly members: readonly BtfMember[];
    }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly bytes: number;
      readonly signed: boolean;
      readonly members: readonly BtfEnumerator[];
    }
  /** A typedef, or a qualifier without a name. */
  | { readonly kind: 'alias'; readonly name: string; readonly type: number }
  | { readonly kind: 'other' };

const MAGIC = 0xeb9f;
/** Bytes after a type's own twelve, per kind: fixed, and per element. */
const EXTRA: Readonly<Record<number, readonly [fixed: number, each: number]>> = {
  [KIND.int]: [4, 0],
  [KIND.array]: [12, 0],
  [KIND.struct]: [0, 12],
  [KIND.union]: [0, 12],
  [KIND.enum]: [0, 8],
  [KIND.functionPrototype]: [0, 8],
  [KIND.variable]: [4, 0],
  [KIND.dataSection]: [0, 12],
  [KIND.declarationTag]: [4, 0],
  [KIND.enum64]: [0, 12],
};
const ALIASES: readonly number[] = [KIND.typedef, KIND.volatile, KIND.const, KIND.restrict, KIND.typeTag];

class Reader {
  readonly #data: Buffer;
  readonly #strings: number;

  constructor(data: Buffer, strings: number) {
    this.#data = data;
    this.#strings = strings;
  }

  u32(at: number): number {
    return this.#data.readUInt32LE(at);
  }

  text(at: number): string {
    const start = this.#strings + this.u32(at);
    return this.#data.toString('latin1', start, this.#data.indexOf(0, start));
  }

  members(at: number, count: number, hasBitFields: boolean): BtfMember[] {
    return Array.from({ length: count }, (_, index) => {
      const place = at + index * 12;
      const offset = this.u32(place + 8);
      return {
        name: this.text(place),
        type: this.u32(place + 4),
        offsetBits: hasBitFields ? offset & 0xffffff : offset,
        width: hasBitFields ? offset >>> 24 : 0,
      };
    });
  }

  enumerators(at: number, count: number, isWide: boolean, signed: boolean): BtfEnumerator[] {
    return Array.from({ length: count }, (_, index) => {
      const place = at + index * (isWide ? 12 : 8);
      const low = BigInt(this.u32(place + 4));
      const raw = isWide ? low | (BigInt(this.u32(place + 8)) << 32n) : low;
      return { name: this.text(place), value: signed ? BigInt.asIntN(isWide ? 64 : 32, raw) : raw };
    });
  }

  /** @param at start of the type; its own contents follow at `body` */
  type(at: number, kind: number, count: number, flag: boolean): BtfType {
    const [name, size, body] = [this.text(at), this.u32(at + 8), at + 12];
    switch (kind) {
      case KIND.int:
        return { kind: 'int', name, bytes: size, signed: ((this.u32(body) >>> 24) & 1) === 1 };
      case KIND.pointer:
        return { kind: 'pointer', type: size };
      case KIND.array:
        return { kind: 'array', type: this.u32(body), length: this.u32(body + 8) };
      case KIND.struct:
      case KIND.union: {
        const members = this.members(body, count, flag);
        return { kind: kind === KIND.struct ? 'struct' : 'union', name, bytes: size, members };
      }
      case KIND.enum:
      case KIND.enum64: {
        const members = this.enumerators(body, count, kind === KIND.enum64, flag);
        return { kind: 'enum', name, bytes: size, signed: flag, members };
      }
      default:
        return ALIASES.includes(kind)
          ? { kind: 'alias', name: kind === KIND.typedef ? name : '', type: size }
          : { kind: 'other' };
    }
  }
}

export class BtfTypes {
  /** By type id; id 0 is `void`. */
  readonly all: readonly BtfType[];
  readonly #records = new Map<string, Extract<BtfType, { kind: 'struct' | 'union' }>>();
  readonly #enums = new Map<string, Extract<BtfType, { kind: 'enum' }>>();

  constructor(data: Buffer) {
    if (data.readUInt16LE(0) !== MAGIC) throw new Error('BTF: the magic number is wrong');
    const header = data.readUInt32LE(4);
    const reader = new Reader(data, header + data.readUInt32LE(16));
    const types: BtfType[] = [{ kind: 'other' }];
    let at = header + data.readUInt32LE(8);
    const end = at + data.readUInt32LE(12);
    while (at < end) {
      const info = reader.u32(at + 4);
      const [kind, count] = [(info >>> 24) & 0x1f, info & 0xffff];
      types.push(reader.type(at, kind, count, info >>> 31 === 1));
      const [fixed, each] = EXTRA[kind] ?? [0, 0];
      at += 12 + fixed + each * count;
    }
    this.all = types;
    for (const type of types) {
      if (
        (type.kind === 'struct' || type.kind === 'union') &&
        type.name !== '' &&
        !this.#records.has(type.name)
      ) {
        this.#records.set(type.name, type);
      } else if (type.kind === 'enum') {
        for (const { name } of type.members) if (!this.#enums.has(name)) this.#enums.set(name, type);
      }
    }
  }

  record(name: string): Extract<BtfType, { kind: 'struct' | 'union' }> | undefined {
    return this.#records.get(name);
  }

  /** The enum that has an enumerator. */
  enumWith(enumerator: string): Extract<BtfType, { kind: 'enum' }> | undefined {
    return this.#enums.get(enumerator);
  }
}
