/**
 * Proves that every argument with flags takes only bits that constants of its family have, in both builders, and that the
 * error names the argument, the family, and where the bits probably come from.
 */
import { describe, expect, it } from 'vitest';
import * as operations from '../../generated/operations.js';
import type { KnownBits } from '../../generator/model/model.js';
import { RingBuffer } from '../../runtime/memory/memory.js';
import type { AnyOperation } from '../../runtime/operations/operation.js';
import { native } from '../../runtime/port/native.js';
import { newestModel } from '../support/newest-model.js';
import { randomArguments, seeded } from '../support/random-args.js';

const model = newestModel();
const byConstant = new Map(
  (Object.values(operations) as AnyOperation[]).map((operation) => [operation.constant, operation]),
);
const slab = RingBuffer.allocate(1 << 16);

const checked = model.operations.flatMap((operation) => [
  ...(operation.typed === undefined ? [] : [[operation, 'sqeFlags', model.sqe.flags!] as const]),
  ...(operation.typed?.args ?? []).flatMap((arg) =>
    arg.kind === 'integer' && arg.flags?.known !== undefined
      ? [[operation, arg.name, arg.flags.known] as const]
      : [],
  ),
]);

/** The lowest bit that no constant of the family has. */
const strange = ({ bits }: KnownBits): number =>
  Array.from({ length: 32 }, (_, bit) => 2 ** bit).find((bit) => (bits & BigInt(bit)) === 0n)!;

function refusals(operation: (typeof checked)[number][0], args: object): unknown[] {
  const built = byConstant.get(operation.constant)!;
  return [
    () => built.encode(new Uint32Array(32), 0, args),
    () => native().encode(new Uint8Array(128), 0, built.name, args),
  ].map((encode) => {
    try {
      encode();
    } catch (error) {
      return error;
    }
    return undefined;
  });
}

describe('flags', () => {
  it('are checked in every operation that has a family of them', () => {
    const names = checked.map(([operation, name]) => `${operation.name.camel} ${name}`);
    expect(names).toContain('openat flags');
    expect(names).toContain('socket type');
    expect(names).toContain('recv ioprio');
    expect(names).toContain('pollAdd events');
    expect(names.length).toBeGreaterThan(100);
  });

  it.each(checked.map(([operation, name, known]) => [operation.name.camel, name, operation, known] as const))(
    '%s: %s refuses a bit of no constant, in both builders',
    (camel, name, operation, known) => {
      const args = randomArguments(seeded(operation.opcode + 7), model, operation, slab);
      const value = strange(known);
      const errors = refusals(operation, { ...args, sqeFlags: 0, [name]: value });
      for (const error of errors) {
        expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
        expect((error as Error).message).toContain(`${camel}: ${name} `);
        for (const family of known.family.split(' or ')) expect((error as Error).message).toContain(family);
      }
    },
  );

  it.each(checked.map(([operation, name, known]) => [operation.name.camel, name, operation, known] as const))(
    '%s: %s takes all bits that there are, also as the negative number that `|` makes of them',
    (_camel, name, operation, { bits, choice }) => {
      const args = randomArguments(seeded(operation.opcode + 7), model, operation, slab);
      const all = Number(choice === undefined ? bits : (bits & ~choice.mask) | choice.values.at(-1)!) | 0;
      expect(refusals(operation, { ...args, sqeFlags: 0, [name]: all })).toEqual([undefined, undefined]);
    },
  );

  const choices = checked.flatMap(([operation, name, known]) =>
    known.choice === undefined ? [] : [[operation.name.camel, name, operation, known] as const],
  );

  it('are values where a family is an enumeration', () => {
    const names = choices.map(([camel, name]) => `${camel} ${name}`).sort();
    expect(names).toEqual([
      'accept flags',
      'asyncCancel opcode',
      'epollCtl op',
      'fadvise advice',
      'fallocate mode',
      'linkat flags',
      'madvise advice',
      'msgRing command',
      'shutdown how',
      'socket domain',
      'socket type',
      'statx flags',
      'unlinkat flags',
      'waitid which',
    ]);
  });

  it.each(choices)(
    '%s: %s takes each value of the family and none between',
    (camel, name, operation, known) => {
      const { bits, choice } = known;
      const args = randomArguments(seeded(operation.opcode + 7), model, operation, slab);
      const within = Number(bits & choice!.mask);
      for (let value = 0; value <= within; value += 1) {
        if ((value & ~within) !== 0) continue;
        const given = [undefined, undefined];
        const taken = choice!.values.includes(BigInt(value));
        for (const one of [value, BigInt(value)]) {
          const errors = refusals(operation, { ...args, sqeFlags: 0, [name]: one });
          if (taken) expect(errors).toEqual(given);
          else
            for (const error of errors) {
              expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
              expect((error as Error).message).toContain(`${camel}: ${name} `);
              expect((error as Error).message).toContain(known.family);
            }
        }
      }
    },
  );

  it('are integers of either type, which encode alike', () => {
    const integers = model.operations.flatMap((operation) =>
      (operation.typed?.args ?? []).flatMap((arg) =>
        arg.kind === 'integer' ? [[operation, arg.name] as const] : [],
      ),
    );
    for (const [operation, name] of integers) {
      const built = byConstant.get(operation.constant)!;
      const args: Record<string, unknown> = {
        ...randomArguments(seeded(operation.opcode + 7), model, operation, slab),
      };
      if (typeof args[name] !== 'number') continue;
      const encoded = [args, { ...args, [name]: BigInt(args[name]) }].flatMap((given) => {
        const [words, bytes] = [new Uint32Array(32), new Uint8Array(128)];
        built.encode(words, 0, given);
        native().encode(bytes, 0, built.name, given);
        return [Buffer.from(words.buffer), Buffer.from(bytes)].map((sqe) => sqe.toString('hex'));
      });
      expect(new Set(encoded).size, `${operation.name.camel}: ${name}`).toBe(1);
    }
    expect(integers.length).toBeGreaterThan(200);
  });

  it('says which constant bits of another family are', () => {
    const encode = (operation: AnyOperation, args: object) => () =>
      operation.encode(new Uint32Array(32), 0, args);
    expect(encode(operations.fsync, { fd: 0, flags: 16 })).toThrow(/fsync: flags .*FsyncFlags.*IOSQE_ASYNC/);
    expect(encode(operations.shutdown, { fd: 0, how: 2048 })).toThrow(
      /how takes ShutdownHow \(SHUT_RD, SHUT_WR, SHUT_RDWR\).*0x800.*O_NONBLOCK of OpenFlags/,
    );
    expect(encode(operations.fsync, { fd: 0, flags: 3 })).toThrow(/bits 0x2 of 3/);
  });
});
