/**
 * Values on their way into SQE fields: range checks that cost a nanosecond, and 64-bit values as two 32-bit words.
 *
 * Negative integers stand for their two's complement, as in C, so that `-1` is all ones, and so that the result of a
 * JavaScript `|` (which is signed) is a valid flag word. Where nobody could mean that, {@link natural} refuses them.
 */

import { isUint8Array } from 'node:util/types';
import { RingBuffer } from '../memory/memory.js';
import type { Held } from '../operations/operation.js';
import { shown, unknownName, wrongType } from './known-names.js';

/** A 64-bit field: a safe integer, or a bigint from -2^63 to 2^64 - 1. */
export type U64 = number | bigint;

const WORD = 4294967296;

function refuse(value: unknown, what: string, problem: string): never {
  throw Object.assign(new RangeError(`${what} ${problem}; got ${shown(value)}`), {
    code: 'ERR_OUT_OF_RANGE',
  });
}

/** The error of what is no number at all. */
function refuseType(value: unknown, what: string, wanted: string): never {
  if (value === undefined)
    throw Object.assign(new TypeError(`${what} is missing`), { code: 'ERR_INVALID_ARG_TYPE' });
  throw wrongType(what, wanted, value);
}

function checked(value: number, what: string, bits: number): number {
  // As it does where a field has 64 bits, a bigint stands for the integer that it is.
  if (typeof value === 'bigint') {
    const big = value as bigint;
    if (big < -(2n ** BigInt(bits - 1)) || big >= 2n ** BigInt(bits))
      refuse(big, what, `does not fit ${bits} bits`);
    return Number(big);
  }
  if (typeof value !== 'number') refuseType(value, what, 'an integer');
  if (!Number.isSafeInteger(value)) refuse(value, what, 'must be an integer');
  if (value < -(2 ** (bits - 1)) || value >= 2 ** bits) refuse(value, what, `does not fit ${bits} bits`);
  return value;
}

/** What the kernel knows no negative numbers of; what is no number is for others to refuse. */
export function natural<T>(value: T, what: string): T {
  if ((value as number) < 0) refuseNegative(value, what);
  return value;
}

function refuseNegative(value: unknown, what: string): void {
  if (typeof value === 'number' || typeof value === 'bigint') refuse(value, what, 'must not be negative');
}

/** A field of 8 bits. */
export function bits8(value: number, what: string): number {
  return typeof value === 'number' && (value & 0xff) === value ? value : checked(value, what, 8) & 0xff;
}

/** A field of 16 bits. */
export function bits16(value: number, what: string): number {
  return typeof value === 'number' && (value & 0xffff) === value ? value : checked(value, what, 16) & 0xffff;
}

/** A field of 32 bits, signed or not: the result is the word as a signed integer. */
export function bits32(value: number, what: string): number {
  return typeof value === 'number' && (value | 0) === value ? value : checked(value, what, 32) | 0;
}

/** Words of a bigint, converted rarely enough to live apart from the fast path. */
function bigWord(value: bigint, what: string, high: boolean): number {
  if (value < -(2n ** 63n) || value >= 2n ** 64n) refuse(value, what, 'does not fit 64 bits');
  const bits = BigInt.asUintN(64, value);
  return Number(high ? bits >> 32n : bits & 0xffffffffn);
}

/** The low word of a 64-bit field. */
export function low(value: U64, what: string): number {
  if (typeof value === 'number' && value >>> 0 === value) return value;
  if (typeof value === 'bigint') return bigWord(value, what, false);
  if (typeof value !== 'number') refuseType(value, what, 'a safe integer or a bigint');
  if (!Number.isSafeInteger(value)) refuse(value, what, 'must be a safe integer or a bigint');
  return value >>> 0;
}

/** The high word of a 64-bit field, already checked by {@link low}. */
export function high(value: U64, what: string): number {
  if (typeof value === 'number' && value >>> 0 === value) return 0;
  if (typeof value === 'bigint') return bigWord(value, what, true);
  return Math.floor(value / WORD) >>> 0;
}

/** Kernel-visible memory, or a raw 64-bit value where a builder takes either. */
export type Word64 = U64 | RingBuffer;

/** The low word of a number, a bigint or a buffer's address. */
export function lowWord(value: Word64, what: string): number {
  return typeof value === 'object' ? RingBuffer.low(value) : low(value, what);
}

/** The high word of a number, a bigint or a buffer's address. */
export function highWord(value: Word64, what: string): number {
  return typeof value === 'object' ? RingBuffer.high(value) : high(value, what);
}

/** First bit and width of each SQE field that a program may name. */
export type FieldTable = Readonly<Record<string, readonly [start: number, bits: number]>>;

/** Names that are no fields of their own but valid in every operation. */
const COMMON = new Set(['sqeFlags', 'personality', 'userData']);

/** Refuses names the SQE does not have, and two names for one place in it. */
export function checkFields(operation: string, args: object, table: FieldTable): void {
  const given: [name: string, start: number, end: number][] = [];
  for (const [name, value] of Object.entries(args)) {
    if (value === undefined || COMMON.has(name)) continue;
    const place = table[name];
    if (place === undefined) {
      const known = [...Object.keys(table), ...COMMON];
      throw unknownName(operation, name, known, `the SQE has no field ${name}`);
    }
    const [start, bits] = place;
    const clash = given.find(([, otherStart, otherEnd]) => start < otherEnd && otherStart < start + bits);
    if (clash !== undefined) {
      throw Object.assign(
        new TypeError(`${operation}: ${clash[0]} and ${name} share one place in the SQE; give one of them`),
        { code: 'ERR_INVALID_ARG_VALUE' },
      );
    }
    given.push([name, start, start + bits]);
  }
}

/** The buffers that are there, of those an operation may have. */
export function heldAmong(...buffers: readonly (RingBuffer | undefined)[]): Held {
  return buffers.filter((buffer) => buffer !== undefined);
}

/** The buffers among an operation's arguments. */
export function heldIn(args: object): Held {
  const buffers = Object.values(args).filter((value): value is RingBuffer => value instanceof RingBuffer);
  return buffers.length === 0 ? undefined : buffers;
}

/**
 * Copies command bytes into the SQE's last words.
 * @param from index of the first word of the command area
 * @param room bytes of the area
 */
export function commandBytes(
  words: Uint32Array,
  from: number,
  room: number,
  value: Uint8Array,
  what: string,
): void {
  if (!isUint8Array(value)) {
    throw Object.assign(new TypeError(`${what} must be a Uint8Array`), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  if (value.byteLength > room) refuse(value.byteLength, what, `has room for ${room} bytes`);
  new Uint8Array(words.buffer, words.byteOffset + from * 4, room).set(value);
}
