/**
 * C records as JavaScript values, by layouts that were generated from the headers. 64-bit integers are bigints: exact.
 *
 * Members of a union are all members of the record: reading shows the same bytes under each name, writing applies the
 * ones that are given, in the order of the layout.
 */
import { type BitField, readBits, writeBits } from './bit-fields.js';
import { withinFamily } from './flag-families.js';

export type IntegerType = 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32' | 'u64' | 's64';

/** One member of a record; `offset` in bytes from the record's start. */
export interface FieldLayout {
  readonly name: string;
  readonly offset: number;
  readonly type: IntegerType | RecordLayout;
  /** Elements of an array; absent for a single value; 0 for a flexible array, which takes the bytes that are left. */
  readonly count?: number;
  /** Of a bit field: its bits. `type` is then that of its declaration. */
  readonly bits?: BitField;
  /** Of flags: the bits that constants of their family have. */
  readonly known?: { readonly bits: bigint; readonly family: string };
}

declare const contents: unique symbol;

/**
 * Where the members of a record lie.
 * @typeParam T the record's contents as a JavaScript value
 */
export interface RecordLayout<T = unknown> {
  /** As the header spells it, e.g. `statx`. */
  readonly record: string;
  /** Size in bytes, without a flexible array. */
  readonly byteLength: number;
  readonly fields: readonly FieldLayout[];
  readonly [contents]?: T;
}

/** How an integer is read from and written to memory. */
interface IntegerCodec {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number | bigint;
  readonly write: (view: DataView, at: number, value: number | bigint) => void;
}

/** An integer in 32 bits or less, checked before it is cut. */
function small(value: number | bigint, bits: number, what: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < -(2 ** (bits - 1)) || number >= 2 ** bits) {
    throw Object.assign(new RangeError(`${what} does not fit ${bits} bits; got ${String(value)}`), {
      code: 'ERR_OUT_OF_RANGE',
    });
  }
  return number;
}

function large(value: number | bigint, what: string): bigint {
  const exact = typeof value === 'bigint' || Number.isSafeInteger(value);
  const bits = exact ? BigInt(value) : 2n ** 64n;
  if (bits < -(2n ** 63n) || bits >= 2n ** 64n) {
    throw Object.assign(
      new RangeError(`${what} must be a bigint of 64 bits or a safe integer; got ${String(value)}`),
      {
        code: 'ERR_OUT_OF_RANGE',
      },
    );
  }
  return bits;
}

const INTEGERS: Readonly<Record<IntegerType, IntegerCodec>> = {
  u8: {
    bytes: 1,
    read: (v, at) => v.getUint8(at),
    write: (v, at, x) => v.setUint8(at, small(x, 8, 'value')),
  },
  s8: { bytes: 1, read: (v, at) => v.getInt8(at), write: (v, at, x) => v.setInt8(at, small(x, 8, 'value')) },
  u16: {
    bytes: 2,
    read: (v, at) => v.getUint16(at, true),
    write: (v, at, x) => v.setUint16(at, small(x, 16, 'value'), true),
  },
  s16: {
    bytes: 2,
    read: (v, at) => v.getInt16(at, true),
    write: (v, at, x) => v.setInt16(at, small(x, 16, 'value'), true),
  },
  u32: {
    bytes: 4,
    read: (v, at) => v.getUint32(at, true),
    write: (v, at, x) => v.setUint32(at, small(x, 32, 'value'), true),
  },
  s32: {
    bytes: 4,
    read: (v, at) => v.getInt32(at, true),
    write: (v, at, x) => v.setInt32(at, small(x, 32, 'value'), true),
  },
  u64: {
    bytes: 8,
    read: (v, at) => v.getBigUint64(at, true),
    write: (v, at, x) => v.setBigUint64(at, large(x, 'value'), true),
  },
  s64: {
    bytes: 8,
    read: (v, at) => v.getBigInt64(at, true),
    write: (v, at, x) => v.setBigInt64(at, large(x, 'value'), true),
  },
};

const strideOf = (field: FieldLayout): number =>
  typeof field.type === 'string' ? INTEGERS[field.type].bytes : field.type.byteLength;

/** Elements of an array member, given how many bytes there are from the record's start. */
function elements(field: FieldLayout, available: number): number {
  if (field.count !== 0) return field.count ?? 1;
  return Math.max(0, Math.floor((available - field.offset) / Math.max(strideOf(field), 1)));
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function checkRoom(layout: RecordLayout, bytes: Uint8Array): void {
  if (bytes.byteLength >= layout.byteLength) return;
  throw Object.assign(
    new RangeError(`struct ${layout.record} has ${layout.byteLength} bytes; got ${bytes.byteLength}`),
    {
      code: 'ERR_OUT_OF_RANGE',
    },
  );
}

function readElement(type: FieldLayout['type'], view: DataView, at: number): unknown {
  return typeof type === 'string' ? INTEGERS[type].read(view, at) : readFields(type, view, at);
}

function readArray(field: FieldLayout, view: DataView, base: number): unknown[] {
  const count = elements(field, view.byteLength - base);
  const stride = strideOf(field);
  return Array.from({ length: count }, (_, index) =>
    readElement(field.type, view, base + field.offset + index * stride),
  );
}

function readField(field: FieldLayout, view: DataView, base: number): unknown {
  if (field.bits !== undefined) return readBits(view, base, field.bits);
  return field.count === undefined
    ? readElement(field.type, view, base + field.offset)
    : readArray(field, view, base);
}

// A plain loop: every result of statx goes through it.
function readFields(layout: RecordLayout, view: DataView, base: number): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const field of layout.fields) record[field.name] = readField(field, view, base);
  return record;
}

function writeField(field: FieldLayout, view: DataView, base: number, value: unknown, path: string): void {
  const { type } = field;
  const one = (at: number, element: unknown, what: string): void => {
    if (typeof type !== 'string') writeFields(type, view, at, element as object, what);
    else if (typeof element === 'number' || typeof element === 'bigint')
      writeInteger(field, type, view, at, element, what);
    else throw Object.assign(new TypeError(`${what} must be an integer`), { code: 'ERR_INVALID_ARG_TYPE' });
  };
  if (field.bits !== undefined) {
    writeBits(view, base, field.bits, value, path);
    return;
  }
  const start = base + field.offset;
  if (field.count === undefined) {
    one(start, value, path);
    return;
  }
  const list = value as ArrayLike<unknown>;
  const room = elements(field, view.byteLength - base);
  if (list.length > room) {
    throw Object.assign(new RangeError(`${path} has room for ${room} elements; got ${list.length}`), {
      code: 'ERR_OUT_OF_RANGE',
    });
  }
  for (let index = 0; index < list.length; index += 1) {
    one(start + index * strideOf(field), list[index], `${path}[${index}]`);
  }
}

function writeInteger(
  { known }: FieldLayout,
  type: IntegerType,
  view: DataView,
  at: number,
  value: number | bigint,
  what: string,
): void {
  try {
    INTEGERS[type].write(view, at, value);
  } catch (error) {
    // The codec does not know which member it writes.
    if (error instanceof RangeError) error.message = error.message.replace('value', what);
    throw error;
  }
  if (known !== undefined) withinFamily(BigInt.asUintN(INTEGERS[type].bytes * 8, BigInt(value)), known, what);
}

function writeFields(layout: RecordLayout, view: DataView, base: number, value: object, path: string): void {
  const known = new Set(layout.fields.map((field) => field.name));
  for (const name of Object.keys(value)) {
    if (!known.has(name)) {
      throw Object.assign(new TypeError(`struct ${layout.record} has no member ${name}`), {
        code: 'ERR_INVALID_ARG_VALUE',
      });
    }
  }
  for (const field of layout.fields) {
    const member = (value as Record<string, unknown>)[field.name];
    if (member !== undefined) writeField(field, view, base, member, `${path}.${field.name}`);
  }
}

/**
 * Decodes a record.
 * @param bytes at least `layout.byteLength` of them; a flexible array takes what is left
 */
export function readRecord<T>(layout: RecordLayout<T>, bytes: Uint8Array): T {
  checkRoom(layout, bytes);
  return readFields(layout, viewOf(bytes), 0) as T;
}

/** What can be given for a record: any of its members, 64-bit ones also as safe integers. */
export type RecordInput<T> = {
  readonly [K in keyof T]?: T[K] extends bigint
    ? bigint | number
    : T[K] extends readonly (infer E)[]
      ? ArrayLike<E extends bigint ? bigint | number : E extends object ? RecordInput<E> : E>
      : T[K] extends object
        ? RecordInput<T[K]>
        : T[K];
};

/**
 * Writes the members that are given into bytes, and leaves the others as they are.
 * @param what the record as errors call it
 */
export function writeRecord<T>(
  layout: RecordLayout<T>,
  bytes: Uint8Array,
  value: RecordInput<T>,
  what: string = layout.record,
): void {
  checkRoom(layout, bytes);
  writeFields(layout, viewOf(bytes), 0, value, what);
}

/**
 * Encodes a record; members that are not given are 0.
 * @param extra bytes of a flexible array at its end
 * @param what the record as errors call it
 */
export function encodeRecord<T>(
  layout: RecordLayout<T>,
  value: RecordInput<T>,
  extra = 0,
  what: string = layout.record,
): Uint8Array {
  const bytes = new Uint8Array(layout.byteLength + extra);
  writeRecord(layout, bytes, value, what);
  return bytes;
}

/** A record over live memory: members read and write the bytes. Arrays and inner records are read as copies. */
export type RecordView<T> = { -readonly [K in keyof T]: T[K] };

const prototypes = new WeakMap<RecordLayout, object>();
const memory = new WeakMap<object, DataView>();

/** One prototype per layout, with an accessor per member. */
function prototypeOf(layout: RecordLayout): object {
  let prototype = prototypes.get(layout);
  if (prototype === undefined) {
    const accessors = layout.fields.map((field): [string, PropertyDescriptor] => [
      field.name,
      {
        enumerable: true,
        get(this: object) {
          return readField(field, memory.get(this)!, 0);
        },
        set(this: object, value: unknown) {
          writeField(field, memory.get(this)!, 0, value, `${layout.record}.${field.name}`);
        },
      },
    ]);
    prototype = Object.defineProperties({}, Object.fromEntries(accessors));
    prototypes.set(layout, prototype);
  }
  return prototype;
}

/** A live view of a record in memory, e.g. in a `RingBuffer`'s bytes. */
export function viewRecord<T>(layout: RecordLayout<T>, bytes: Uint8Array): RecordView<T> {
  checkRoom(layout, bytes);
  const view = Object.create(prototypeOf(layout)) as RecordView<T>;
  memory.set(view as object, viewOf(bytes));
  return view;
}

/** Decodes the first `count` of records that lie one after the other. */
export function readRecords<T>(layout: RecordLayout<T>, bytes: Uint8Array, count: number): T[] {
  const one = layout.byteLength;
  return Array.from({ length: count }, (_, index) =>
    readRecord(layout, bytes.subarray(index * one, (index + 1) * one)),
  );
}
