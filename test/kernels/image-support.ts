/**
 * A kernel image in miniature: BTF with a few types, in an ELF file, compressed, behind the header of the x86 boot
 * protocol.
 */
import { gzipSync } from 'node:zlib';

/** Writes BTF: types are numbered from 1 in the order they are added. */
export class BtfWriter {
  readonly #types: Buffer[] = [];
  #strings = '\0';

  #string(text: string): number {
    if (text === '') return 0;
    const at = this.#strings.length;
    this.#strings += `${text}\0`;
    return at;
  }

  #add(
    name: string,
    kind: number,
    count: number,
    size: number,
    rest: readonly number[],
    flag = false,
  ): number {
    const info = ((flag ? 1 << 31 : 0) | (kind << 24) | count) >>> 0;
    const words = [this.#string(name), info, size, ...rest];
    this.#types.push(Buffer.concat(words.map((word) => Buffer.from(Uint32Array.of(word).buffer))));
    return this.#types.length;
  }

  int(name: string, bytes: number, signed = false): number {
    return this.#add(name, 1, 0, bytes, [(signed ? 1 << 24 : 0) | (bytes * 8)]);
  }

  typedef(name: string, type: number): number {
    return this.#add(name, 8, 0, type, []);
  }

  pointer(type: number): number {
    return this.#add('', 2, 0, type, []);
  }

  array(type: number, length: number): number {
    return this.#add('', 3, 0, 0, [type, type, length]);
  }

  /** Members as name, type, offset in bits, and for a bit field its width. */
  record(
    kind: 'struct' | 'union',
    name: string,
    bytes: number,
    members: readonly (readonly [name: string, type: number, offset: number, width?: number])[],
  ): number {
    const flag = members.some(([, , , width]) => width !== undefined);
    const rest = members.flatMap(([member, type, offset, width = 0]) => [
      this.#string(member),
      type,
      flag ? ((width << 24) | offset) >>> 0 : offset,
    ]);
    return this.#add(name, kind === 'struct' ? 4 : 5, members.length, bytes, rest, flag);
  }

  enum(name: string, members: Readonly<Record<string, number>>): number {
    const rest = Object.entries(members).flatMap(([member, value]) => [this.#string(member), value >>> 0]);
    return this.#add(name, 6, Object.keys(members).length, 4, rest);
  }

  enum64(name: string, members: Readonly<Record<string, bigint>>): number {
    const rest = Object.entries(members).flatMap(([member, value]) => [
      this.#string(member),
      Number(value & 0xffffffffn),
      Number(value >> 32n),
    ]);
    return this.#add(name, 19, Object.keys(members).length, 8, rest);
  }

  finish(): Buffer {
    const [types, strings] = [Buffer.concat(this.#types), Buffer.from(this.#strings, 'latin1')];
    const header = Buffer.alloc(24);
    header.writeUInt16LE(0xeb9f, 0);
    header.writeUInt8(1, 2);
    const fields = [24, 0, types.length, types.length, strings.length];
    for (const [index, value] of fields.entries()) header.writeUInt32LE(value, 4 + index * 4);
    return Buffer.concat([header, types, strings]);
  }
}

/** An ELF file with one section of a name, beside the table of names. */
function elfWith(name: string, section: Buffer): Buffer {
  const names = Buffer.from(`\0${name}\0.shstrtab\0`, 'latin1');
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 0, 'latin1');
  header.writeBigUInt64LE(BigInt(64 + section.length + names.length), 0x28);
  header.writeUInt16LE(64, 0x3a);
  header.writeUInt16LE(3, 0x3c);
  header.writeUInt16LE(2, 0x3e);
  const entry = (nameAt: number, start: number, bytes: number): Buffer => {
    const buffer = Buffer.alloc(64);
    buffer.writeUInt32LE(nameAt, 0);
    buffer.writeBigUInt64LE(BigInt(start), 24);
    buffer.writeBigUInt64LE(BigInt(bytes), 32);
    return buffer;
  };
  return Buffer.concat([
    ...[header, section, names, entry(0, 0, 0)],
    entry(1, 64, section.length),
    entry(name.length + 2, 64 + section.length, names.length),
  ]);
}

/** A `vmlinuz` whose kernel has this section. */
export function vmlinuz(section: Buffer, name = '.BTF'): Buffer {
  const payload = gzipSync(elfWith(name, section));
  const setup = Buffer.alloc(2 * 512);
  setup[0x1f1] = 1;
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt32LE(16, 0x248);
  setup.writeUInt32LE(payload.length + 4, 0x24c);
  return Buffer.concat([setup, Buffer.alloc(16), payload, Buffer.alloc(4)]);
}
