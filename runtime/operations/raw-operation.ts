/**
 * An operation over the SQE's own fields, by the layout this ringsmith was built with: what the runtime itself submits
 * (cancellations, timeouts, closes), and the way for a program to an opcode that its package does not know yet.
 */

import type { IosqeFlags } from '../../generated/abi/flags.js';
import type { IoUringSqe } from '../../generated/abi/layouts.js';
import { ioUringSqeLayout } from '../../generated/abi/layouts.js';
import type { Descriptor } from '../arguments/descriptor.js';
import {
  bits8,
  bits16,
  bits32,
  checkFields,
  commandBytes,
  type FieldTable,
  highWord,
  lowWord,
  type Word64,
} from '../arguments/fields.js';
import { checkHolds } from '../arguments/holds.js';
import { wrongType } from '../arguments/known-names.js';
import { integer } from '../arguments/options.js';
import type { Pins } from '../arguments/pins.js';
import { RingBuffer } from '../memory/memory.js';
import { FIXED_BUFFER_FLAGS, FixedBuffer } from '../resources/fixed-buffer.js';
import type { Held, Operation } from './operation.js';

/** Fields that the runtime fills itself. */
type Own = 'opcode' | 'flags' | 'userData' | 'cmd' | 'personality';

/** The fields of `struct io_uring_sqe`, as the header names them in camelCase. What is not given is 0. */
export type RawFields = {
  readonly [Field in Exclude<keyof IoUringSqe, Own | 'fd'>]?: Word64;
} & {
  /** A descriptor, a handle, or a direct descriptor, whose slot and flag then follow. */
  readonly fd?: Word64 | Descriptor;
  /** IOSQE_* bits. */
  readonly sqeFlags?: IosqeFlags | 0;
  readonly personality?: number;
  /** Command bytes at the SQE's end. */
  readonly cmd?: Uint8Array;
};

/** What {@link RawFields} leave open: an opcode of any kernel, and what the SQE refers to. */
export type RawArgs = RawFields & {
  readonly opcode: number;
  /** Bytes of the SQE; 128 needs a ring with such SQEs. Default 64. */
  readonly sqeBytes?: 64 | 128;
  /**
   * Memory the SQE refers to by other means than a field of its own: records with addresses in them, iovecs. Kept, as
   * everything in the fields is, until the terminal completion.
   */
  readonly holds?: readonly RingBuffer[];
};

/** A file that the runtime's own operations work on. */
export interface FileTarget {
  readonly fd: Descriptor;
}

const COMMAND_BYTES = { 64: 16, 128: 80 } as const;
const SIZES = { u8: 8, s8: 8, u16: 16, s16: 16, u32: 32, s32: 32, u64: 64, s64: 64 } as const;

/** First bit and width of every field; `cmd` is the area where commands begin. */
const FIELDS: FieldTable = Object.fromEntries(
  ioUringSqeLayout.fields
    .filter(({ name }) => !['opcode', 'flags', 'userData', 'personality'].includes(name))
    .map(({ name, offset, type }) => [name, [offset * 8, SIZES[type as keyof typeof SIZES]]]),
);

const PERSONALITY_WORD = 10;

function writeField(words: Uint32Array, at: number, name: string, value: Word64, what: string): void {
  const [bit, bits] = FIELDS[name]!;
  const word = at + (bit >>> 5);
  if (bits === 64) {
    words[word] = lowWord(value, what);
    words[word + 1] = highWord(value, what);
    return;
  }
  const number = value as number;
  if (bits === 32) words[word] = bits32(number, what);
  else words[word]! |= (bits === 16 ? bits16(number, what) : bits8(number, what)) << (bit & 31);
}

/** Names of {@link RawArgs} that are no fields. */
const BESIDES = new Set(['opcode', 'sqeBytes', 'holds', 'sqeFlags', 'personality', 'userData', 'cmd']);

/** What stays the same for all SQEs of a raw operation, whatever its arguments say when they are read again. */
interface Shape {
  readonly name: string;
  readonly opcode: number;
  readonly sqeBytes: 64 | 128;
}

function encodeRaw(words: Uint32Array, at: number, { name, opcode, sqeBytes }: Shape, args: RawArgs): Held {
  const { opcode: _opcode, sqeBytes: _sqeBytes, holds = [], ...fields } = args;
  checkHolds(holds, `${name}: holds`);
  checkFields(name, fields, FIELDS);
  words[at] = bits8(opcode, `${name}: opcode`) | (bits8(fields.sqeFlags ?? 0, `${name}: sqeFlags`) << 8);
  words.fill(0, at + 1, at + sqeBytes / 4);
  if (fields.personality !== undefined) {
    words[at + PERSONALITY_WORD] = bits16(fields.personality, `${name}: personality`) << 16;
  }
  const held: RingBuffer[] = [...holds];
  for (const [field, value] of Object.entries(fields)) {
    if (BESIDES.has(field) || value === undefined) continue;
    if (value instanceof RingBuffer) held.push(value);
    writeField(words, at, field, value as Word64, `${name}: ${field}`);
  }
  if (fields.cmd !== undefined) {
    const [bit] = FIELDS['cmd']!;
    commandBytes(words, at + (bit >>> 5), COMMAND_BYTES[sqeBytes], fields.cmd, `${name}: cmd`);
  }
  return held;
}

/** What cannot be an SQE at all, before anything of it is used. */
export function checkRaw(args: RawArgs, what: string): void {
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    throw wrongType(`${what}: the arguments`, 'an object with an opcode', args);
  integer(0, 255)(args.opcode, `${what}: opcode`);
  checkHolds(args.holds, `${what}: holds`);
}

function checkShape(sqeBytes: unknown): void {
  if (sqeBytes === 64 || sqeBytes === 128) return;
  throw Object.assign(new RangeError(`sqeBytes must be 64 or 128; got ${String(sqeBytes)}`), {
    code: 'ERR_OUT_OF_RANGE',
  });
}

/** Puts what registered resources stand for into the fields that say so. */
function resourceFields(pins: Pins, name: string, opcode: number, args: RawArgs): RawArgs {
  const { addr, bufIndex } = args;
  const fixed = FIXED_BUFFER_FLAGS[opcode];
  if (fixed === undefined || !(addr instanceof FixedBuffer) || bufIndex !== undefined) {
    return args;
  }
  const ioprio = Number(args.ioprio ?? 0) | fixed.ioprio;
  return { ...args, bufIndex: pins.fixed(addr, `${name}: addr`), ioprio };
}

/**
 * @param name what errors call it
 * @param constant the opcode's name, where it has one
 */
export function rawOperation(
  opcode: number,
  name = `opcode ${opcode}`,
  constant = name,
  sqeBytes: 64 | 128 = 64,
): Operation<RawArgs, number> {
  checkShape(sqeBytes);
  const shape = { name, opcode, sqeBytes };
  return {
    name,
    constant,
    opcode,
    sqeBytes,
    raw: true,
    encode: (words, at, args) => encodeRaw(words, at, shape, args),
    ready: (pins, args) => {
      for (const buffer of args.holds ?? []) pins.both(buffer, `${name}: holds`);
      return resourceFields(pins, name, opcode, pins.fields(args));
    },
  };
}
