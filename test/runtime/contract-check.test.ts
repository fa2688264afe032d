/** A submission is held against each kind of rule; what is broken is said in words, certain things first. */
import { describe, expect, test } from 'vitest';
import { brokenRules } from '../../runtime/contract/check.js';
import type { FieldPlace } from '../../runtime/contract/evaluate.js';
import type { Expression, OperationRules, Rule } from '../../runtime/contract/rules.js';
import { sqeLayout } from '../../runtime/explanation.js';

const layout = sqeLayout();

/** An SQE with these fields. */
function sqe(fields: Readonly<Record<string, number | bigint>>): Uint32Array {
  const words = new Uint32Array(16);
  const view = new DataView(words.buffer);
  const store: Readonly<Record<FieldPlace['bits'], (at: number, value: bigint) => void>> = {
    8: (at, value) => view.setUint8(at, Number(value & 0xffn)),
    16: (at, value) => view.setUint16(at, Number(value & 0xffffn), true),
    32: (at, value) => view.setUint32(at, Number(value & 0xffff_ffffn), true),
    64: (at, value) => view.setBigUint64(at, BigInt.asUintN(64, value), true),
  };
  for (const [name, value] of Object.entries(fields)) {
    const { bitOffset, bits } = layout.get(name)!;
    store[bits](bitOffset / 8, BigInt(value));
  }
  return words;
}

const base = { error: 'EINVAL', when: [], at: 'x.c:1' } as const;
const unknown: Expression = { kind: 'unknown', text: 'S_ISREG(mode)' };
const ZERO: Rule = { ...base, kind: 'zero', fields: ['buf_index', 'addr'] };
const MASK: Rule = {
  ...base,
  kind: 'mask',
  field: 'fsync_flags',
  allowed: '1',
  names: ['IORING_FSYNC_DATASYNC'],
};
const NONE: Rule = {
  ...base,
  kind: 'mask',
  field: 'fsync_flags',
  allowed: '0',
  names: [],
  within: '4294901760',
};
const NONZERO: Rule = { ...base, kind: 'nonzero', field: 'len' };
const COMPARE: Rule = {
  ...base,
  kind: 'compare',
  field: 'off',
  bits: 64,
  signed: true,
  operator: '>=',
  value: '0',
};
const NOT: Rule = {
  ...base,
  kind: 'compare',
  field: 'fd',
  bits: 32,
  signed: true,
  operator: '!=',
  value: '-1',
};
const ONE_OF: Rule = {
  ...base,
  kind: 'oneOf',
  field: 'len',
  values: [{ value: '1', name: 'A' }, { value: '2' }],
};
const REQUIRES: Rule = { ...base, kind: 'flags', requires: ['IOSQE_BUFFER_SELECT'], forbids: [] };
const FORBIDS: Rule = { ...base, kind: 'flags', requires: [], forbids: ['IOSQE_FIXED_FILE', 'IOSQE_ASYNC'] };
const REJECT: Rule = {
  ...base,
  kind: 'reject',
  if: {
    kind: 'binary',
    operator: '>',
    left: { kind: 'field', field: 'len', bits: 32, signed: false },
    right: { kind: 'constant', value: '4' },
  },
  text: 'len > 4',
};

const contract = (...rules: readonly Rule[]): OperationRules => ({
  rules,
  fields: [{ field: 'fsync_flags', name: 'flags' }, { field: 'off' }],
  from: 'Linux 7.3',
});

function texts(fields: Readonly<Record<string, number | bigint>>, ...rules: readonly Rule[]): string[] {
  const submission = { words: sqe(fields), layout, setupFlags: 0 };
  return brokenRules(contract(...rules), submission).map(
    ({ certain, text }) => `${certain ? '' : '? '}${text}`,
  );
}

describe('what is broken, in words', () => {
  test.each<[Readonly<Record<string, number | bigint>>, Rule, string]>([
    [{ buf_index: 3 }, ZERO, 'sqe->buf_index must be 0; it is 3 (x.c:1)'],
    [
      { buf_index: 3, addr: 0x10000 },
      ZERO,
      'sqe->buf_index and sqe->addr must be 0; they are 3 and 0x10000 (x.c:1)',
    ],
    [
      { fsync_flags: 9 },
      MASK,
      '`flags` (sqe->fsync_flags) may only have IORING_FSYNC_DATASYNC; bit 0x8 is also set (x.c:1)',
    ],
    [
      { fsync_flags: 0x80000003 },
      MASK,
      '`flags` (sqe->fsync_flags) may only have IORING_FSYNC_DATASYNC; bits 0x80000002 are also set (x.c:1)',
    ],
    [
      { fsync_flags: 0x10007 },
      NONE,
      '`flags` (sqe->fsync_flags) may have none of the bits 0xffff0000; bit 0x10000 is set (x.c:1)',
    ],
    [
      { fsync_flags: 0x30000 },
      { ...NONE, forbidden: ['A', 'B'] },
      '`flags` (sqe->fsync_flags) must not have A or B; bits 0x30000 are set (x.c:1)',
    ],
    [{}, NONZERO, 'sqe->len must not be 0; it is 0 (x.c:1)'],
    [{ off: -1 }, COMPARE, 'sqe->off must be >= 0; it is -1 (x.c:1)'],
    [{ fd: -1 }, NOT, 'sqe->fd must not be -1; it is -1 (x.c:1)'],
    [{ len: 3 }, ONE_OF, 'sqe->len must be A or 2; it is 3 (x.c:1)'],
    [{ flags: 0 }, REQUIRES, 'sqe->flags must have IOSQE_BUFFER_SELECT; it is 0 (x.c:1)'],
    [{ flags: 17 }, FORBIDS, 'sqe->flags must not have IOSQE_FIXED_FILE or IOSQE_ASYNC; it is 17 (x.c:1)'],
    [{ len: 5 }, REJECT, 'refused when `len > 4`; sqe->len is 5 (x.c:1)'],
    [
      { len: 5 },
      { ...REJECT, when: [{ if: unknown, text: 'regular' }] },
      '? refused when `len > 4` where `regular`; sqe->len is 5 (x.c:1)',
    ],
  ])('case %#', (fields, rule, expected) => {
    expect(texts(fields, rule)).toEqual([expected]);
  });

  test.each<[Readonly<Record<string, number | bigint>>, Rule]>([
    [{ len: 1, off: 9 }, ZERO],
    [{ fsync_flags: 1 }, MASK],
    [{ fsync_flags: 0xffff }, NONE],
    [{ len: 1 }, NONZERO],
    [{ off: 2n ** 63n - 1n }, COMPARE],
    [{ fd: 0 }, NOT],
    [{ len: 2 }, ONE_OF],
    [{ flags: 0x21 }, REQUIRES],
    [{ flags: 0x20 }, FORBIDS],
    [{ len: 4 }, REJECT],
    [{ buf_index: 1 }, { ...ZERO, when: [{ if: { kind: 'setup' }, text: 'any setup flag' }] }],
  ])('nothing in case %#', (fields, rule) => {
    expect(texts(fields, rule)).toEqual([]);
  });
});

test('certain rules come first, each kind in the order of the kernel', () => {
  const maybe: Rule = { ...ZERO, at: 'x.c:0', when: [{ if: unknown, text: 'S_ISREG(mode)' }] };
  expect(texts({ buf_index: 1, fsync_flags: 2 }, maybe, ZERO, MASK)).toEqual([
    expect.stringMatching(/^sqe->buf_index .*x.c:1/),
    expect.stringMatching(/^`flags`/),
    expect.stringMatching(/^\? sqe->buf_index must be 0 where `S_ISREG\(mode\)`; .*x.c:0/),
  ]);
});

test('only rules with the error that is asked for', () => {
  const submission = { words: sqe({ buf_index: 1, len: 0 }), layout, setupFlags: 0 };
  const rules = contract(ZERO, { ...NONZERO, error: 'EBADF' });
  expect(brokenRules(rules, submission, (name) => name === 'EBADF').map(({ rule }) => rule.kind)).toEqual([
    'nonzero',
  ]);
  expect(brokenRules(rules, submission, () => false)).toEqual([]);
});

test('a field or a flag that is newer than the layout is uncertain, and nothing else', () => {
  expect(texts({}, { ...ZERO, fields: ['from_the_future'] })).toEqual([
    '? sqe->from_the_future must be 0; it is unknown (x.c:1)',
  ]);
  expect(texts({}, { ...FORBIDS, forbids: ['IOSQE_FROM_THE_FUTURE'] })).toHaveLength(1);
});
