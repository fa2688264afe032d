/** Numbers → the UAPI names that the source means by them. */
import type { MacroTable } from './macros.js';

export class Names {
  private readonly entryFlags: readonly { readonly name: string; readonly value: bigint }[];

  constructor(private readonly macros: MacroTable) {
    this.entryFlags = macros.matching(/^IOSQE_(?!\w+_BIT$)/).filter(({ value }) => isBit(value));
  }

  /** The names that make up a value that the source spells as `text`; empty when they do not. */
  of(value: bigint, text: string | undefined): readonly string[] {
    if (text === undefined || value === 0n) return [];
    const found = this.macros.names(text).filter((item) => item.value !== 0n);
    const exact = found.filter((item) => isSame(item.value, value));
    if (exact.length === 1) return [exact[0]!.name];
    const parts = found.filter((item) => (item.value & ~value) === 0n);
    const sum = parts.reduce((bits, item) => bits | item.value, 0n);
    return sum === value ? parts.map(({ name }) => name) : [];
  }

  /** Names of bits out of which a mask is made, as far as there are any. */
  bits(mask: bigint, text: string | undefined): readonly string[] {
    if (text === undefined) return [];
    return this.macros
      .names(text)
      .filter(({ value }) => value > 0n && (value & ~mask) === 0n)
      .map(({ name }) => name);
  }

  /** What `~MASK` is the complement of. */
  complement(
    value: bigint,
    text: string | undefined,
  ): { readonly value: bigint; readonly names: readonly string[] } | undefined {
    if (text === undefined || !isComplement(text)) return undefined;
    const width = value < 0n || value > 0xffff_ffffn ? 64 : 32;
    const of = BigInt.asUintN(width, ~value);
    const names = this.of(of, text);
    return names.length === 0 && value >= 0n ? undefined : { value: of, names };
  }

  /** IOSQE_* names of the bits of `sqe->flags`. */
  entry(bits: bigint): readonly string[] {
    return this.entryFlags.filter(({ value }) => (value & bits) !== 0n).map(({ name }) => name);
  }
}

/** `~0` is -1 as text, and as many ones as its type has bits in the source. */
const isSame = (named: bigint, value: bigint): boolean =>
  named === value || (named < 0n && [16, 32, 64].some((bits) => BigInt.asUintN(bits, named) === value));

export const isComplement = (text: string): boolean => /^[\s(]*~/.test(text);

const isBit = (value: bigint): boolean => value > 0n && (value & (value - 1n)) === 0n;
