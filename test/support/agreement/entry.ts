/** Submission entries as tests make them: fields by the kernel's names, stored where the header has them. */
import type { FieldPlace, SqeLayout } from '../../../runtime/contract/evaluate.js';
import { sqeLayout } from '../../../runtime/explanation.js';

/** Bytes of the largest entry there is; a ring takes as many of them as its own have. */
const ENTRY_BYTES = 128;

export const LAYOUT: SqeLayout = sqeLayout();

/** One field set to one value. */
export interface Setting {
  readonly field: string;
  readonly value: bigint;
}

export type Fields = Readonly<Record<string, number | bigint>>;

const STORE: Readonly<Record<FieldPlace['bits'], (view: DataView, at: number, value: bigint) => void>> = {
  8: (view, at, value) => view.setUint8(at, Number(value)),
  16: (view, at, value) => view.setUint16(at, Number(value), true),
  32: (view, at, value) => view.setUint32(at, Number(value), true),
  64: (view, at, value) => view.setBigUint64(at, value, true),
};

export function store(words: Uint32Array, field: string, value: number | bigint): void {
  const place = LAYOUT.get(field);
  if (place === undefined) throw new Error(`the SQE has no field ${field}`);
  const view = new DataView(words.buffer, words.byteOffset);
  STORE[place.bits](view, place.bitOffset / 8, BigInt.asUintN(place.bits, BigInt(value)));
}

/** An entry of nothing but these fields. */
export function entry(fields: Fields): Uint32Array {
  const words = new Uint32Array(ENTRY_BYTES / Uint32Array.BYTES_PER_ELEMENT);
  for (const [field, value] of Object.entries(fields)) store(words, field, value);
  return words;
}

/** A copy of an entry with some fields set otherwise. */
export function changed(words: Uint32Array, settings: readonly Setting[]): Uint32Array {
  const copy = words.slice();
  for (const { field, value } of settings) store(copy, field, value);
  return copy;
}
