/** Expressions of a contract are evaluated as C would: promotions, conversions, 64 bits exactly; the unknown stays so. */
import { describe, expect, test } from 'vitest';
import { allHold, fieldValue, holds, type Submission } from '../../runtime/contract/evaluate.js';
import type { BinaryOperator, Expression } from '../../runtime/contract/rules.js';
import { sqeLayout } from '../../runtime/explanation.js';

const words = new Uint32Array(16);
const bytes = new DataView(words.buffer);
bytes.setInt32(4, -5, true); // fd
bytes.setBigUint64(8, 0xffff_ffff_ffff_fffen, true); // off
bytes.setUint32(24, 0x8000_0001, true); // len
bytes.setUint8(1, 0x21); // flags
bytes.setUint16(2, 0xfffe, true); // ioprio
bytes.setUint32(20, 7, true); // optname
const submission: Submission = { words, layout: sqeLayout(), setupFlags: 0x400 };

const field = (name: string, bits: 8 | 16 | 32 | 64, signed = false): Expression => ({
  kind: 'field',
  field: name,
  bits,
  signed,
});
const value = (number: bigint | number): Expression => ({ kind: 'constant', value: String(number) });
const unknown: Expression = { kind: 'unknown', text: 'capable(CAP_SYS_ADMIN)' };
const binary = (left: Expression, operator: BinaryOperator, right: Expression): Expression => ({
  kind: 'binary',
  operator,
  left,
  right,
});
const unary = (operator: '!' | '~' | '-', of: Expression): Expression => ({ kind: 'unary', operator, of });

describe('fields', () => {
  test.each([
    ['flags', 0x21n],
    ['ioprio', 0xfffen],
    ['fd', -5n],
    ['off', 0xffff_ffff_ffff_fffen],
    ['cmd_op', 0xffff_fffen],
    ['__pad1', 0xffff_ffffn],
    ['len', 0x8000_0001n],
    ['optname', 7n],
    ['addr', 7n << 32n],
    ['no_such_field', undefined],
  ])('%s', (name, expected) => {
    expect(fieldValue(submission, name)).toBe(expected);
  });
});

describe('expressions', () => {
  test.each<[string, Expression, boolean | undefined]>([
    ['an int as a long keeps its sign', binary(field('fd', 64, true), '==', value(-5)), true],
    ['an int as an unsigned long as well', binary(field('fd', 64), '==', value(2n ** 64n - 5n)), true],
    ['a 64-bit field read as signed is negative', binary(field('off', 64, true), '<', value(0)), true],
    ['and as unsigned is not', binary(field('off', 64), '<', value(0)), false],
    ['-2 converts to the unsigned side', binary(field('off', 64), '==', value(-2)), true],
    ['unsigned int against -1: C compares unsigned', binary(field('len', 32), '<', value(-1)), true],
    ['a field cut to 16 bits', binary(field('len', 16), '==', value(1)), true],
    [
      'a short becomes an int before it is negated',
      binary(unary('~', field('ioprio', 16)), '<', value(0)),
      true,
    ],
    ['complement of an int constant in 64 bits', binary(field('off', 64), '&', unary('~', value(1))), true],
    ['unsigned wraps', binary(binary(field('len', 32), '+', value(0x7fffffff)), '==', value(0)), true],
    ['64 bits are exact', binary(field('off', 64), '==', value(0xffff_ffff_ffff_ffffn)), false],
    ['shift', binary(binary(field('flags', 8), '>>', value(5)), '==', value(1)), true],
    ['setup flags', binary({ kind: 'setup' }, '&', value(0x400)), true],
    ['not', unary('!', field('fd', 32, true)), false],
    [
      'division by nothing is unknown',
      binary(value(1), '/', binary(field('fd', 32, true), '+', value(5))),
      undefined,
    ],
    ['unknown', unknown, undefined],
    ['not of the unknown', unary('!', unknown), undefined],
    ['false && unknown', binary(value(0), '&&', unknown), false],
    ['unknown && false', binary(unknown, '&&', value(0)), false],
    ['true && unknown', binary(value(1), '&&', unknown), undefined],
    ['true || unknown', binary(value(1), '||', unknown), true],
    ['unknown || false', binary(unknown, '||', value(0)), undefined],
    ['unknown | 1', binary(unknown, '|', value(1)), true],
    ['unknown | 0', binary(unknown, '|', value(0)), undefined],
    ['(unknown | 1) == 1', binary(binary(unknown, '|', value(1)), '==', value(1)), undefined],
    ['unknown & 0', binary(unknown, '&', value(0)), false],
    ['unknown & 1', binary(unknown, '&', value(1)), undefined],
    ['a field the layout lacks', field('no_such_field', 32), undefined],
  ])('%s', (_, expression, expected) => {
    expect(holds(expression, submission)).toBe(expected);
  });

  test('setup flags that are not known', () => {
    expect(holds({ kind: 'setup' }, { ...submission, setupFlags: undefined })).toBe(undefined);
  });

  test('all of several', () => {
    expect(allHold([], submission)).toBe(true);
    expect(allHold([value(1), unknown], submission)).toBe(undefined);
    expect(allHold([unknown, value(0)], submission)).toBe(false);
  });
});
