/**
 * Random arguments for any operation of a model, extremes included; from a seed, so that a failure can be repeated.
 */
import { selectableOf } from '../../generator/emit/argument-types.js';
import { openFields } from '../../generator/emit/encode-body.js';
import type {
  ArgumentModel,
  KnownBits,
  Model,
  OperationModel,
  SqeFieldModel,
} from '../../generator/model/model.js';
import { IoVector } from '../../runtime/arguments/io-vector.js';
import { MessageHeader } from '../../runtime/arguments/message.js';
import type { RingBuffer } from '../../runtime/memory/memory.js';

export type Random = () => number;

/** A small generator with a full period of 2^32 (mulberry32's constants). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const pick = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)]!;

const SAFE = Number.MAX_SAFE_INTEGER;

/** An integer that fits the field: a random one, or one at an edge of its range. */
export function randomInteger(random: Random, bits: number): number | bigint {
  if (bits === 64) {
    const word = (): bigint => BigInt(Math.floor(random() * 4294967296));
    return pick(random, [
      0,
      -1,
      1,
      SAFE,
      -SAFE,
      2 ** 32,
      -(2 ** 32),
      2n ** 63n,
      2n ** 64n - 1n,
      -(2n ** 63n),
      (word() << 32n) | word(),
      Math.floor(random() * SAFE),
    ]);
  }
  const top = 2 ** bits;
  return pick(random, [
    0,
    1,
    -1,
    top - 1,
    top / 2,
    -(top / 2),
    top / 2 - 1,
    Math.floor(random() * top),
    -Math.floor(random() * (top / 2)),
  ]);
}

const notNegative = (value: number | bigint): number | bigint => {
  if (value >= 0) return value;
  return typeof value === 'bigint' ? -value - 1n : -value - 1;
};

/** A value within a family's bits; of an enumeration one of its values. */
export function someOf(random: Random, { bits, choice }: KnownBits, value: number): number {
  if (choice === undefined) return value & Number(bits);
  return (value & Number(bits & ~choice.mask)) | Number(pick(random, choice.values));
}

function randomBuffer(random: Random, slab: RingBuffer): RingBuffer {
  const start = Math.floor(random() * slab.byteLength);
  return pick(random, [slab, slab.subarray(start), slab.subarray(start, start), slab.subarray(0, start)]);
}

function randomVector(random: Random, slab: RingBuffer): IoVector {
  const buffers = Array.from({ length: Math.floor(random() * 5) }, () => randomBuffer(random, slab));
  return new IoVector(buffers, slab.subarray(0, 128));
}

/** An argument as builders take it, under its name there; a peer's address has two. */
function argumentValues(random: Random, arg: ArgumentModel, slab: RingBuffer): [string, unknown][] {
  switch (arg.kind) {
    case 'integer': {
      const { known } = arg.flags ?? {};
      const value = randomInteger(random, arg.bits);
      // What no constant of the family has is refused.
      if (known !== undefined) return [[arg.name, someOf(random, known, Number(value))]];
      // A negative number is refused where the kernel knows none.
      return [[arg.name, arg.natural === true ? notNegative(value) : value]];
    }
    case 'vector':
      return [[arg.name, randomVector(random, slab)]];
    case 'message': {
      const parts = { vector: randomVector(random, slab), name: randomBuffer(random, slab) };
      return [[arg.name, new MessageHeader(parts, slab.subarray(256, 320))]];
    }
    case 'inheritable':
      return [[arg.name, random() < 0.5]];
    case 'peer':
      return [
        [arg.name, randomBuffer(random, slab)],
        [arg.lengthName, randomBuffer(random, slab)],
      ];
    case 'socketAddress':
      // Its length may have 16 bits.
      return [[arg.name, slab.subarray(0, Math.floor(random() * 65_536))]];
    default:
      return [[arg.name, randomBuffer(random, slab)]];
  }
}

/** Arguments of an operation with named ones. Of a buffer and a group there is one, and a group may have a length. */
function typedArguments(random: Random, operation: OperationModel, slab: RingBuffer): [string, unknown][] {
  const fromGroup = selectableOf(operation) !== undefined && random() < 0.5;
  const left = operation.typed!.args.filter((arg) => {
    if (selectableOf(operation) === undefined) return true;
    return arg.name !== (fromGroup ? 'buffer' : 'bufGroup');
  });
  const isGiven = (arg: ArgumentModel): boolean =>
    !arg.optional || (fromGroup && arg.name === 'bufGroup') || random() < 0.7;
  const values = left.filter(isGiven).flatMap((arg) => argumentValues(random, arg, slab));
  return fromGroup && random() < 0.7 ? [...values, ['length', randomInteger(random, 32)]] : values;
}

/** Fields that do not share their place, as a program may give them together. */
function compatibleFields(random: Random, model: Model): SqeFieldModel[] {
  const chosen: SqeFieldModel[] = [];
  const shuffled = openFields(model.sqe).sort(() => random() - 0.5);
  for (const field of shuffled) {
    if (!chosen.some((other) => other.shares.includes(field.name.camel))) chosen.push(field);
  }
  return chosen;
}

function openArguments(
  random: Random,
  model: Model,
  operation: OperationModel,
  slab: RingBuffer,
): [string, unknown][] {
  const entries = compatibleFields(random, model)
    .filter(() => random() < 0.7)
    .map((field): [string, unknown] => [
      field.name.camel,
      field.bits === 64 && random() < 0.4 ? randomBuffer(random, slab) : randomInteger(random, field.bits),
    ]);
  const { command } = model.sqe;
  const area = command === undefined ? 0 : operation.sqeBytes - command.byteOffset;
  const start = (command?.byteOffset ?? 0) * 8;
  const taken = entries.some(([name]) => {
    const field = model.sqe.fields.find((candidate) => candidate.name.camel === name);
    return field !== undefined && field.bitOffset + field.bits > start;
  });
  if (area > 0 && !taken) {
    const bytes = Uint8Array.from({ length: Math.floor(random() * (area + 1)) }, () => random() * 256);
    entries.push([command!.name.camel, bytes]);
  }
  return entries;
}

/** Arguments for one call of the operation's builder. */
export function randomArguments(
  random: Random,
  model: Model,
  operation: OperationModel,
  slab: RingBuffer,
): object {
  const common = [
    ['sqeFlags', 8],
    ['personality', 16],
    ['userData', 64],
  ] as const;
  const own: [string, unknown][] =
    operation.typed === undefined
      ? openArguments(random, model, operation, slab)
      : typedArguments(random, operation, slab);
  const shared = common
    .filter(() => random() < 0.6)
    .map(([name, bits]): [string, unknown] => {
      const value = randomInteger(random, bits);
      if (name === 'sqeFlags') return [name, Number(value) & Number(model.sqe.flags!.bits)];
      return [name, name === 'personality' ? notNegative(value) : value];
    });
  return Object.fromEntries([...shared, ...own]);
}
