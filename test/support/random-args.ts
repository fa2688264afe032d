/**
 * Random arguments for any operation of a model, extremes included; from a seed, so that a failure can be repeated.
 */
import { openFields } from '../../generator/emit/encode-body.js';
import type { ArgumentModel, Model, OperationModel, SqeFieldModel } from '../../generator/model/model.js';
import { IoVector } from '../../runtime/io-vector.js';
import type { RingBuffer } from '../../runtime/memory.js';

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

function randomBuffer(random: Random, slab: RingBuffer): RingBuffer {
  const start = Math.floor(random() * slab.byteLength);
  return pick(random, [slab, slab.subarray(start), slab.subarray(start, start), slab.subarray(0, start)]);
}

function argumentValue(random: Random, arg: ArgumentModel, slab: RingBuffer): unknown {
  if (arg.kind === 'integer') return randomInteger(random, arg.bits!);
  if (arg.kind !== 'vector') return randomBuffer(random, slab);
  const buffers = Array.from({ length: Math.floor(random() * 5) }, () => randomBuffer(random, slab));
  return new IoVector(buffers, slab.subarray(0, 128));
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
      : operation.typed.args
          .filter((arg) => !arg.optional || random() < 0.7)
          .map((arg) => [arg.name, argumentValue(random, arg, slab)]);
  const shared = common
    .filter(() => random() < 0.6)
    .map(([name, bits]): [string, unknown] => [name, randomInteger(random, bits)]);
  return Object.fromEntries([...shared, ...own]);
}
