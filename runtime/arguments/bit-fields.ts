/**
 * Bit fields of C records, as JavaScript values. A compiler puts the first one into the lowest bits of its bytes on the
 * little-endian machines that ringsmith is for, and one may begin in the middle of a byte and end in any other.
 */

/** Where a bit field lies: `offset` in bits from the record's start. */
export interface BitField {
  readonly offset: number;
  readonly width: number;
  readonly signed?: true;
}

/** What more than 32 bits hold is a bigint, as a whole integer of that width is. */
const NUMBER_BITS = 32;

/** The bits from `at` on, one byte after the other. */
function gathered(view: DataView, at: number, width: number): bigint {
  const first = Math.floor(at / 8);
  const last = Math.floor((at + width - 1) / 8);
  let bits = 0n;
  for (let byte = last; byte >= first; byte -= 1) bits = (bits << 8n) | BigInt(view.getUint8(byte));
  return BigInt.asUintN(width, bits >> BigInt(at % 8));
}

export function readBits(view: DataView, base: number, field: BitField): number | bigint {
  const { offset, width } = field;
  const bits = gathered(view, base * 8 + offset, width);
  const value = field.signed === true ? BigInt.asIntN(width, bits) : bits;
  return width <= NUMBER_BITS ? Number(value) : value;
}

/** The value as the field's bits; as everywhere a negative one is its two's complement. */
function checked(value: unknown, { width }: BitField, what: string): bigint {
  if (typeof value !== 'number' && typeof value !== 'bigint')
    throw Object.assign(new TypeError(`${what} must be an integer`), { code: 'ERR_INVALID_ARG_TYPE' });
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    const bits = BigInt(value);
    if (bits >= -(2n ** BigInt(width - 1)) && bits < 2n ** BigInt(width)) return BigInt.asUintN(width, bits);
  }
  throw Object.assign(new RangeError(`${what} does not fit ${width} bits; got ${String(value)}`), {
    code: 'ERR_OUT_OF_RANGE',
  });
}

/** Writes the field and leaves the bits around it as they are. */
export function writeBits(view: DataView, base: number, field: BitField, value: unknown, what: string): void {
  const bits = checked(value, field, what);
  const at = base * 8 + field.offset;
  const first = Math.floor(at / 8);
  const last = Math.floor((at + field.width - 1) / 8);
  const mask = (2n ** BigInt(field.width) - 1n) << BigInt(at % 8);
  const shifted = bits << BigInt(at % 8);
  for (let byte = first; byte <= last; byte += 1) {
    const shift = BigInt((byte - first) * 8);
    const own = Number((mask >> shift) & 0xffn);
    view.setUint8(byte, (view.getUint8(byte) & ~own) | Number((shifted >> shift) & 0xffn));
  }
}
