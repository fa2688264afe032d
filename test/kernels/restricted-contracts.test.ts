/**
 * Proves what is left of a newer kernel's contract for an older kernel's header: nothing that the header lacks, all the
 * rest, and no claim about flags that are not there.
 */
import { describe, expect, it } from 'vitest';
import type {
  Condition,
  FieldContract,
  KernelContract,
  OperationContract,
  Rule,
} from '../../generator/contract/contract.js';
import { withLibc } from '../../generator/kernels/libc.js';
import { restrictContract } from '../../generator/kernels/restrict-contract.js';
import { loadSnapshot } from '../../generator/kernels/snapshot.js';
import {
  binary,
  constant,
  contract,
  given,
  not,
  operation,
  reads,
  rule,
  sqeField,
} from '../support/small-contracts.js';

const older = withLibc(loadSnapshot('6.1').facts);
const newer = withLibc(loadSnapshot('7.3').facts);

const restricted = (whole: KernelContract): KernelContract => restrictContract(whole, newer, older);

function only(one: OperationContract): OperationContract {
  const [left] = restricted(contract([one])).operations;
  return left!;
}

const rulesOf = (...rules: Rule[]): readonly Rule[] => only(operation('IORING_OP_RECV', { rules })).rules;

/** 6.1 has the first, and not the second. */
const KNOWN = constant(2, 'IORING_RECV_MULTISHOT');
const NEW = constant(16, 'IORING_RECVSEND_BUNDLE');
const BOTH = constant(18, 'IORING_RECV_MULTISHOT', 'IORING_RECVSEND_BUNDLE');
const ioprio = sqeField('ioprio', 16);
const isSet = (flags: typeof KNOWN): Condition => given(binary(ioprio, '&', flags));
const isClear = (flags: typeof KNOWN): Condition => given(not(binary(ioprio, '&', flags)));

describe('an older kernel', () => {
  it('has the operations of its header', () => {
    const whole = contract([operation('IORING_OP_RECV'), operation('IORING_OP_FUTEX_WAIT')]);
    expect(restricted(whole).operations.map(({ opcode }) => opcode)).toEqual(['IORING_OP_RECV']);
  });

  it('has the fields of its header, and lengths that are among them', () => {
    const { fields } = only(
      operation('IORING_OP_RECV', {
        fields: [
          reads('len'),
          reads('attr_ptr'),
          reads('addr', { pointer: { pointee: 'void', length: 'len' } }),
          reads('addr2', { pointer: { pointee: 'void', length: 'attr_type_mask' } }),
        ],
      }),
    );
    expect(fields.map(({ field }) => field)).toEqual(['len', 'addr', 'addr2']);
    expect(fields.map(({ pointer }) => pointer?.length)).toEqual([undefined, 'len', undefined]);
  });

  it('must leave zero what it has of the fields that must be', () => {
    const [left, ...rest] = rulesOf(
      rule({ kind: 'zero', fields: ['attr_ptr', 'addr3'] }),
      rule({ kind: 'zero', fields: ['attr_ptr'] }),
    );
    expect([left, rest]).toMatchObject([{ fields: ['addr3'] }, []]);
  });

  it('has the names of its header in masks, and no rule about other bits', () => {
    const names = ['IORING_RECV_MULTISHOT', 'IORING_RECVSEND_BUNDLE'];
    const mask = (within?: string): Rule =>
      rule({ kind: 'mask', field: 'ioprio', allowed: '18', names, ...(within && { within }) });
    expect(rulesOf(mask(), mask('255'))).toMatchObject([
      { allowed: '2', names: ['IORING_RECV_MULTISHOT'], within: String(0xffff - 16) },
      { allowed: '2', names: ['IORING_RECV_MULTISHOT'], within: String(0xff - 16) },
    ]);
  });

  it('has bounds of its own header', () => {
    const last = { kind: 'compare', field: 'opcode', signed: false, bits: 8, operator: '<' } as const;
    expect(rulesOf(rule({ ...last, value: '65', name: 'IORING_OP_LAST' }))).toMatchObject([{ value: '49' }]);
  });

  it('has pointers where they are some', () => {
    const pointer = (when: Condition): FieldContract =>
      reads('addr', { type: 'u64', pointer: { pointee: 'void', when: [when] } });
    const fields = [pointer(isSet(NEW)), pointer(isClear(NEW)), pointer(isSet(KNOWN))];
    expect(only(operation('IORING_OP_RECV', { fields })).fields.map((field) => field.pointer)).toEqual([
      undefined,
      { pointee: 'void' },
      { pointee: 'void', when: [isSet(KNOWN)] },
    ]);
  });

  it('has no rule that speaks of a flag or field which it lacks', () => {
    const kept = rule({ kind: 'compare', field: 'len', signed: false, bits: 32, operator: '<', value: '9' });
    const forbidden = { kind: 'mask', field: 'ioprio', allowed: '0', names: [] } as const;
    const gone = [
      rule({ kind: 'nonzero', field: 'attr_ptr' }),
      rule({ kind: 'compare', field: 'attr_ptr', signed: false, bits: 64, operator: '>', value: '0' }),
      rule({ kind: 'oneOf', field: 'len', values: [{ value: '16', name: 'IORING_RECVSEND_BUNDLE' }] }),
      rule({ kind: 'flags', requires: [], forbids: [] }),
      rule({ ...forbidden, within: '16', forbidden: ['IORING_RECVSEND_BUNDLE'] }),
      rule({ kind: 'reject', if: binary(ioprio, '&', NEW), text: '' }),
      rule({ kind: 'reject', if: sqeField('attr_ptr', 64), text: '' }),
    ];
    expect(rulesOf(...gone, kept)).toEqual([kept]);
  });
});

describe('a condition', () => {
  const ruleWhen = (...when: Condition[]): readonly Rule[] =>
    rulesOf(rule({ kind: 'nonzero', field: 'len' }, ...when));

  it.each([
    ['a new flag is set', isSet(NEW)],
    ['a new value is given', given(binary(ioprio, '==', NEW))],
    ['a new flag is set, and more', given(binary(binary(ioprio, '&', NEW), '&&', ioprio))],
    ['a new field is read', given(sqeField('attr_ptr', 64))],
    ['a new flag is compared in a way that is not understood', given(binary(NEW, '<', ioprio))],
    // Nobody knows whether the older kernel takes the new bit for one of the others.
    ['any other bit than a new one is set', given(binary(ioprio, '&', { ...not(NEW), operator: '~' }))],
  ])('can never hold: %s', (_, condition) => {
    expect(ruleWhen(condition)).toEqual([]);
  });

  it.each([
    ['a new flag is clear', isClear(NEW)],
    ['another value is given', given(binary(ioprio, '!=', NEW))],
    [
      'not all of some flags are set, of which one is new',
      given(binary({ ...not(ioprio), operator: '~' }, '&', BOTH)),
    ],
    ['two things that always hold', given(binary(isClear(NEW).if, '&&', binary(ioprio, '!=', NEW)))],
    ['a new flag is clear, or more', given(binary(not(binary(ioprio, '&', NEW)), '||', ioprio))],
  ])('always holds: %s', (_, condition) => {
    expect(ruleWhen(condition)).toMatchObject([{ when: [] }]);
  });

  it('keeps what is known of it', () => {
    const known = binary(ioprio, '&', KNOWN);
    expect(ruleWhen(isSet(KNOWN))).toMatchObject([{ when: [{ if: known }] }]);
    expect(ruleWhen(isSet(BOTH))).toMatchObject([{ when: [{ if: known }] }]);
    expect(ruleWhen(isClear(BOTH))).toMatchObject([{ when: [{ if: not(known) }] }]);
    expect(ruleWhen(given(binary(known, '||', binary(ioprio, '&', NEW))))).toMatchObject([
      { when: [{ if: known }] },
    ]);
  });

  it('decides about fields and multishot too', () => {
    const { fields, multishot } = only(
      operation('IORING_OP_RECV', {
        fields: [reads('len', { when: [isSet(NEW)] }), reads('addr', { when: [isClear(NEW)] })],
        multishot: [{ when: [isSet(NEW)] }, { when: [isSet(KNOWN)] }],
      }),
    );
    expect(fields).toMatchObject([{ field: 'addr', when: [] }]);
    expect(multishot).toEqual([{ when: [isSet(KNOWN)] }]);
  });

  it('about a name of no header that is read says nothing', () => {
    const condition = isSet(constant(4, 'SOME_KERNEL_NAME'));
    expect(ruleWhen(condition)).toMatchObject([{ when: [condition] }]);
  });
});
