/** Proves the arithmetic of the interpretation: an expression is simplified only to what it is for every SQE. */
import { expect, test } from 'vitest';
import type { CType } from '../../generator/contract/ast.js';
import { binary, convert, unary } from '../../generator/contract/interpret/arithmetic.js';
import { choose, specialize } from '../../generator/contract/interpret/choices.js';
import { and, implies, not, or, truth } from '../../generator/contract/interpret/logic.js';
import { rangeOf } from '../../generator/contract/interpret/ranges.js';
import {
  constant,
  type Guard,
  ONE,
  unknownValue,
  type Value,
  ZERO,
} from '../../generator/contract/interpret/values.js';

const field = (bits: number, signed = false): Value => ({ kind: 'field', field: 'len', bits, signed });
const integer = (bits: number, signed: boolean): CType => ({
  kind: 'integer',
  spelling: '',
  bits,
  signed,
  isBool: false,
});
const giveUp = (): Value => unknownValue('gave up');

/** What a value is for an SQE whose field has these bits. */
function at(value: Value, bits: bigint): bigint {
  switch (value.kind) {
    case 'constant':
      return value.value;
    case 'field':
      return value.signed ? BigInt.asIntN(value.bits, bits) : BigInt.asUintN(value.bits, bits);
    case 'unary': {
      const of = at(value.of, bits);
      return value.operator === '!' ? BigInt(of === 0n) : value.operator === '~' ? ~of : -of;
    }
    case 'binary':
      return OPERATORS[value.operator]!(at(value.left, bits), at(value.right, bits));
    default:
      throw new Error(`${value.kind} has no value`);
  }
}

const OPERATORS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '>>': (a, b) => a >> b,
  '==': (a, b) => BigInt(a === b),
  '!=': (a, b) => BigInt(a !== b),
  '<': (a, b) => BigInt(a < b),
  '<=': (a, b) => BigInt(a <= b),
  '>': (a, b) => BigInt(a > b),
  '>=': (a, b) => BigInt(a >= b),
  '&&': (a, b) => BigInt(a !== 0n && b !== 0n),
  '||': (a, b) => BigInt(a !== 0n || b !== 0n),
};

const SAMPLES = [
  0n,
  1n,
  2n,
  5n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 63n,
  (1n << 64n) - 1n,
];
const CONSTANTS = [-16n, -1n, 0n, 1n, 3n, 0xffn, 0xffff_fff0n];
const WIDTHS = [8, 16, 32, 64].flatMap((bits) => [field(bits), field(bits, true)]);

test.each(Object.keys(OPERATORS))(
  '%s of a field and a constant is what it is for every value',
  (operator) => {
    for (const left of WIDTHS) {
      for (const right of CONSTANTS.map((value) => constant(value))) {
        if (operator === '>>' && right.value < 0n) continue;
        const built = binary(operator, left, right, giveUp);
        if (built.kind === 'unknown') continue;
        for (const bits of SAMPLES) {
          const expected = OPERATORS[operator]!(at(left, bits), right.value);
          expect(at(built, bits), `${JSON.stringify(left)} ${operator} ${right.value} at ${bits}`).toBe(
            expected,
          );
        }
      }
    }
  },
);

test('a conversion wraps as the kernel does, or gives up', () => {
  let known = 0;
  for (const from of WIDTHS) {
    const values = [
      from,
      unary('~', from, giveUp),
      binary('|', from, constant(8n), giveUp),
      binary('+', from, ONE, giveUp),
    ];
    for (const value of values) {
      for (const [bits, signed] of [
        [8, false],
        [16, true],
        [32, false],
        [32, true],
        [64, false],
        [64, true],
      ] as const) {
        const built = convert(value, integer(bits, signed), giveUp);
        if (built.kind === 'unknown') continue;
        known++;
        for (const sample of SAMPLES) {
          const plain = at(value, sample);
          const expected = signed ? BigInt.asIntN(bits, plain) : BigInt.asUintN(bits, plain);
          expect(at(built, sample), `${JSON.stringify(value, text)} to ${bits} at ${sample}`).toBe(expected);
        }
      }
    }
  }
  expect(known).toBeGreaterThan(100);
});

const text = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

test('every value lies in its range', () => {
  for (const value of [
    ...WIDTHS,
    unary('~', field(16), giveUp),
    binary('&', field(32, true), constant(-16n), giveUp),
  ]) {
    const range = rangeOf(value)!;
    for (const bits of SAMPLES) {
      expect(at(value, bits) >= range.least && at(value, bits) <= range.most).toBe(true);
    }
  }
});

test('a test and its opposite are never the same', () => {
  const tests = [
    field(32),
    binary('<', field(32, true), ZERO, giveUp),
    and(field(8), binary('==', field(32), ONE, giveUp)),
  ];
  for (const value of [...tests, or(tests[0]!, tests[1]!)]) {
    for (const bits of SAMPLES) expect(at(not(value), bits)).toBe(BigInt(at(truth(value), bits) === 0n));
  }
});

test('one condition follows from another', () => {
  const bits = (mask: bigint): Value => truth(binary('&', field(32), constant(mask), giveUp));
  expect(implies(bits(1n), bits(3n))).toBe(true);
  expect(implies(bits(3n), bits(1n))).toBe(false);
  expect(implies(bits(1n), truth(field(32)))).toBe(true);
  expect(implies(truth(field(32)), bits(1n))).toBe(false);
});

test('of a choice, what a path excludes is gone', () => {
  const test = truth(field(32));
  const guard = (value: Value): Guard => ({ value, text: '', at: '', passed: false });
  const choice = choose([
    { guards: [guard(test)], value: constant(5n) },
    { guards: [guard(not(test))], value: constant(6n) },
  ]);
  expect(specialize(choice, [])).toBe(choice);
  expect(specialize(choice, [guard(test)])).toEqual(constant(5n));
  expect(specialize(choice, [guard(not(test))])).toEqual(constant(6n));
});
