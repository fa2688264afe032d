/**
 * Proves that the two builders of every opcode agree: the TypeScript one, which writes into the ring's memory, and the
 * native one, which was generated apart from it, produce the same bytes for the same arguments, and refuse the same ones.
 */
import { describe, expect, it } from 'vitest';
import * as operations from '../../generated/operations.js';
import { RingBuffer } from '../../runtime/memory/memory.js';
import type { AnyOperation } from '../../runtime/operations/operation.js';
import { native } from '../../runtime/port/native.js';
import { describeArgs, firstDisagreement } from '../support/encoder-agreement.js';
import { newestModel } from '../support/newest-model.js';

const ROUNDS = 400;
const model = newestModel();
const byConstant = new Map(
  (Object.values(operations) as AnyOperation[]).map((operation) => [operation.constant, operation]),
);
const slab = RingBuffer.allocate(1 << 16);
describe('every opcode', () => {
  it('has a builder in the package and in the addon, under the same number and size', () => {
    expect(model.operations.length).toBeGreaterThanOrEqual(65);
    const addon = native().encoders();
    expect(addon.map((encoder) => encoder.name)).toEqual(
      model.operations.map((operation) => operation.name.camel),
    );
    for (const [index, operation] of model.operations.entries()) {
      const built = byConstant.get(operation.constant);
      expect(built?.opcode, operation.constant).toBe(operation.opcode);
      expect(addon[index], operation.constant).toMatchObject({
        opcode: operation.opcode,
        sqeBytes: operation.sqeBytes,
      });
    }
  });

  it.each(model.operations.map((operation) => operation.constant))(
    '%s: TypeScript bytes equal native bytes',
    (constant) => {
      expect(firstDisagreement(model, byConstant.get(constant)!, native(), ROUNDS)).toBeUndefined();
    },
  );
});

describe('a value that fits no field', () => {
  const refused = (operation: AnyOperation, args: object): void => {
    expect(
      () => operation.encode(new Uint32Array(32), 0, args),
      `typescript ${describeArgs(args)}`,
    ).toThrow();
    expect(
      () => native().encode(new Uint8Array(128), 0, operation.name, args),
      `native ${describeArgs(args)}`,
    ).toThrow();
  };
  const buffer = slab.subarray(0, 16);

  it.each([
    ['a fraction', { fd: 1.5, buffer }],
    ['not a number', { fd: Number.NaN, buffer }],
    ['missing', { buffer }],
    ['text', { fd: '3', buffer }],
    ['a descriptor beyond 32 bits', { fd: 2 ** 32, buffer }],
    ['below the negative range', { fd: -(2 ** 31) - 1, buffer }],
    ['an offset that is no safe integer', { fd: 1, buffer, offset: 2 ** 53 }],
    ['an offset beyond 64 bits', { fd: 1, buffer, offset: 2n ** 64n }],
    ['an offset below 64 bits', { fd: 1, buffer, offset: -(2n ** 63n) - 1n }],
    ['an infinite offset', { fd: 1, buffer, offset: Number.POSITIVE_INFINITY }],
    ['flags beyond 32 bits', { fd: 1, buffer, flags: 2 ** 32 }],
    ['SQE flags beyond 8 bits', { fd: 1, buffer, sqeFlags: 256 }],
    ['a personality beyond 16 bits', { fd: 1, buffer, personality: 65536 }],
    ['no buffer', { fd: 1 }],
  ])('%s is refused by both builders', (_, args) => refused(operations.read, args));

  it('two fields of one place are refused by both builders', () => {
    refused(operations.uringCmd, { fd: 0, off: 1, addr2: 2 });
    refused(operations.uringCmd, { fd: 0, level: 1, addr: 2 });
    refused(operations.uringCmd, { fd: 0, addr3: 1, cmd: new Uint8Array(1) });
  });

  it('a field the SQE does not have is refused by both builders', () => {
    refused(operations.uringCmd, { fd: 0, adr: 1 });
  });
});

describe('addresses', () => {
  it('cannot be forged: an object that looks like ring memory is refused', () => {
    const fake = { address: 0x1000, byteLength: 16 } as unknown as RingBuffer;
    expect(() => operations.read.encode(new Uint32Array(16), 0, { fd: 0, buffer: fake })).toThrow(TypeError);
  });
});
