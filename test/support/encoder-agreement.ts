/**
 * Compares the two builders of every operation of a package, byte by byte, over random arguments.
 */
import type { Model } from '../../generator/model/model.js';
import { RingBuffer } from '../../runtime/memory/memory.js';
import type { AnyOperation } from '../../runtime/operations/operation.js';
import type { NativeEncoders } from '../../runtime/port/native.js';
import { randomArguments, seeded } from './random-args.js';

const DIRTY = 0xa5;

/** Both start from dirty memory, so that a word one of them forgets shows. */
export function encodeBoth(
  operation: AnyOperation,
  encoders: NativeEncoders,
  args: object,
): { typescript: string; native: string } {
  const words = new Uint32Array(operation.sqeBytes / 4).fill(DIRTY * 0x01010101);
  operation.encode(words, 0, args);
  const bytes = new Uint8Array(operation.sqeBytes).fill(DIRTY);
  encoders.encode(bytes, 0, operation.name, args);
  return {
    typescript: Buffer.from(words.buffer).toString('hex'),
    native: Buffer.from(bytes).toString('hex'),
  };
}

/** Arguments as text, for a failure's message. */
export const describeArgs = (args: object): string =>
  JSON.stringify(args, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof RingBuffer ? `${value.byteLength} bytes at ${value.address}` : value;
  });

/** The first disagreement about an operation, or undefined. Its opcode must be the SQE's first byte. */
export function firstDisagreement(
  model: Model,
  operation: AnyOperation,
  encoders: NativeEncoders,
  rounds: number,
): { args: string; typescript: string; native: string } | undefined {
  const described = model.operations.find((candidate) => candidate.constant === operation.constant)!;
  const random = seeded(described.opcode + 1);
  const slab = RingBuffer.allocate(1 << 16);
  for (let round = 0; round < rounds; round += 1) {
    const args = randomArguments(random, model, described, slab);
    const bytes = encodeBoth(operation, encoders, args);
    const opcode = Number.parseInt(bytes.typescript.slice(0, 2), 16);
    if (bytes.typescript !== bytes.native || opcode !== described.opcode)
      return { args: describeArgs(args), ...bytes };
  }
  return undefined;
}
