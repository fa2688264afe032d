/**
 * C records as JavaScript values, by a layout that was generated from the header. 64-bit integers are bigints: exact.
 */

export type IntegerType = 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32' | 'u64' | 's64';

/** One member of a record; `offset` in bytes from the start of the outermost record it is described in. */
export interface FieldLayout {
  readonly name: string;
  readonly offset: number;
  readonly type: IntegerType | RecordLayout;
  /** Elements of an array; absent for a single value. A flexible array has 0. */
  readonly count?: number;
}

export interface RecordLayout {
  /** As the header spells it, e.g. `statx`. */
  readonly record: string;
  readonly byteLength: number;
  readonly fields: readonly FieldLayout[];
}

function readInteger(type: IntegerType, view: DataView, at: number): number | bigint {
  switch (type) {
    case 'u8':
      return view.getUint8(at);
    case 's8':
      return view.getInt8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 's16':
      return view.getInt16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 's32':
      return view.getInt32(at, true);
    case 'u64':
      return view.getBigUint64(at, true);
    case 's64':
      return view.getBigInt64(at, true);
  }
}

const INTEGER_BYTES = { u8: 1, s8: 1, u16: 2, s16: 2, u32: 4, s32: 4, u64: 8, s64: 8 } as const;

function readField(field: FieldLayout, view: DataView, base: number): unknown {
  const { type, count } = field;
  const one = (at: number): unknown => (typeof type === 'string' ? readInteger(type, view, at) : readFields(type, view, at));
  if (count === undefined) return one(base + field.offset);
  const stride = typeof type === 'string' ? INTEGER_BYTES[type] : type.byteLength;
  return Array.from({ length: count }, (_, index) => one(base + field.offset + index * stride));
}

function readFields(layout: RecordLayout, view: DataView, base: number): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const field of layout.fields) record[field.name] = readField(field, view, base);
  return record;
}

/**
 * Decodes a record.
 * @param bytes at least `layout.byteLength` of them
 */
export function readRecord<T>(layout: RecordLayout, bytes: Uint8Array): T {
  if (bytes.byteLength < layout.byteLength) {
    throw new RangeError(`struct ${layout.record} has ${layout.byteLength} bytes; got ${bytes.byteLength}`);
  }
  return readFields(layout, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0) as T;
}
