/**
 * Proves what `diff` says of two contracts: what is newly refused breaks, what is newly accepted does not, and what says
 * the same in other words is no difference.
 */
import { describe, expect, it } from 'vitest';
import type { KernelContract, OperationContract, Rule } from '../../generator/contract/contract.js';
import type { Change } from '../../generator/diff/change.js';
import { compareContracts } from '../../generator/diff/contracts.js';
import { DIFF_FORMATS, diffSummary } from '../../generator/diff/formats.js';
import { diffKernels } from '../../generator/diff/index.js';
import { loadSnapshot } from '../../generator/kernels/snapshot.js';
import type { KernelInput } from '../../generator/pipeline.js';
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

const { facts } = loadSnapshot('7.3');
const RECV = 'IORING_OP_RECV';

const compare = (before: KernelContract, after: KernelContract): string[] =>
  compareContracts({ facts, contract: before }, { facts, contract: after }).map(
    ({ severity, kind, subject, detail }: Change) => `${severity} ${kind} ${subject}: ${detail}`,
  );

const ofRecv = (more: Partial<OperationContract>): KernelContract => contract([operation(RECV, more)]);

const compareRules = (before: readonly Rule[], after: readonly Rule[]): string[] =>
  compare(ofRecv({ rules: before }), ofRecv({ rules: after }));

const zero = (...fields: string[]): Rule => rule({ kind: 'zero', fields });
const [X, Y] = ['IORING_RECVSEND_POLL_FIRST', 'IORING_RECV_MULTISHOT'] as const;
/** Of the two, 1 is the first and 2 the second. */
const mask = (allowed: number, ...names: string[]): Rule =>
  rule({ kind: 'mask', field: 'ioprio', allowed: String(allowed), names });
const isSet = (bit: number, text: string) => given(binary(sqeField('ioprio', 16), '&', constant(bit)), text);
const A = isSet(1, 'A');
const B = isSet(2, 'B');

describe('rules', () => {
  it('that refuse more break', () => {
    expect(compareRules([], [zero('len', 'addr3')])).toEqual([
      `breaking refused ${RECV} sqe->len: now: must be zero`,
      `breaking refused ${RECV} sqe->addr3: now: must be zero`,
    ]);
    expect(compareRules([mask(3, X, Y)], [mask(1, X)])).toEqual([
      `breaking refused ${RECV} sqe->ioprio: ${Y} now refused`,
    ]);
    expect(compareRules([mask(0x301, X)], [mask(1, X)])).toEqual([
      `breaking refused ${RECV} sqe->ioprio: bits 0x3 now refused`,
    ]);
    expect(compareRules([mask(3, X, Y)], [zero('ioprio')])).toEqual([
      `breaking refused ${RECV} sqe->ioprio: ${X}, ${Y} now refused`,
    ]);
    const nonzero = rule({ kind: 'nonzero', field: 'len' }, A);
    expect(compareRules([], [nonzero])).toEqual([
      `breaking refused ${RECV} sqe->len: now: must not be zero when A`,
    ]);
    // Told once, under the fewest conditions.
    expect(compareRules([], [rule({ kind: 'zero', fields: ['len'] }, A), zero('len')])).toEqual([
      `breaking refused ${RECV} sqe->len: now: must be zero`,
    ]);
    const needs = rule({ kind: 'flags', requires: ['IOSQE_BUFFER_SELECT'], forbids: ['IOSQE_FIXED_FILE'] });
    expect(compareRules([], [needs])).toEqual([
      `breaking refused ${RECV}: now: must have IOSQE_BUFFER_SELECT`,
      `breaking refused ${RECV} sqe->flags: now: must not have IOSQE_FIXED_FILE`,
    ]);
  });

  it('that refuse less add', () => {
    expect(compareRules([zero('len')], [])).toEqual([
      `addition allowed ${RECV} sqe->len: no longer: must be zero`,
    ]);
    expect(compareRules([zero('ioprio')], [mask(3, X, Y)])).toEqual([
      `addition allowed ${RECV} sqe->ioprio: ${X}, ${Y} now allowed`,
    ]);
    expect(compareRules([mask(1, X)], [mask(3, X, Y)])).toEqual([
      `addition allowed ${RECV} sqe->ioprio: ${Y} now allowed`,
    ]);
    const reject = rule({ kind: 'reject', if: binary(sqeField('len'), '&', constant(8)), text: 'len & 8' });
    expect(compareRules([reject], [])).toEqual([`addition allowed ${RECV}: no longer: refused if len & 8`]);
  });

  it('that say the same are no difference', () => {
    // Of the same bits by another member of the union, split up, merged, moved, or checked by the dispatcher.
    expect(compareRules([zero('rw_flags', 'len')], [zero('len'), zero('nop_flags')])).toEqual([]);
    expect(compareRules([zero('ioprio')], [mask(0)])).toEqual([]);
    expect(compare(ofRecv({ rules: [zero('len')] }), contract([operation(RECV)], [zero('len')]))).toEqual([]);
    expect(compareRules([{ ...zero('len'), at: 'io_uring/a.c:1' }], [zero('len')])).toEqual([]);
    const both = given(binary(A.if, '&&', B.if), 'A and B');
    const nonzero = { kind: 'nonzero', field: 'len' } as const;
    expect(compareRules([rule(nonzero, both)], [rule(nonzero, B, A)])).toEqual([]);
    expect(compareRules([rule(nonzero, given(not(not(A.if))))], [rule(nonzero, A)])).toEqual([]);
    const others = { ...not(constant(2)), operator: '~' } as const;
    const masked = given(binary(binary(sqeField('ioprio', 16), '&', others), '&', constant(3)));
    expect(compareRules([rule(nonzero, masked)], [rule(nonzero, A)])).toEqual([]);
    // What is refused always is refused under conditions too.
    expect(compareRules([zero('len')], [zero('len'), rule({ kind: 'zero', fields: ['len'] }, A)])).toEqual(
      [],
    );
  });

  it('that ask something of new flags and fields do not break', () => {
    const nonzero = { kind: 'nonzero', field: 'len' } as const;
    // The older kernel refuses the flag that leads to it.
    expect(compareRules([mask(1, X)], [mask(3, X, Y), rule(nonzero, B)])).toEqual([
      `addition allowed ${RECV} sqe->ioprio: ${Y} now allowed`,
    ]);
    expect(compareRules([zero('ioprio')], [mask(3), rule(nonzero, given(sqeField('ioprio', 16)))])).toEqual([
      `addition allowed ${RECV} sqe->ioprio: bits 0x3 now allowed`,
    ]);
    const select = given(binary(sqeField('flags', 8), '&', constant(32, 'IOSQE_BUFFER_SELECT')));
    const forbidden = rule({ kind: 'flags', requires: [], forbids: ['IOSQE_BUFFER_SELECT'] });
    expect(compareRules([forbidden], [forbidden, rule(nonzero, select)])).toEqual([]);
    // What had to be zero may have bounds that let zero pass.
    const bound = (operator: '>=' | '>'): Rule =>
      rule({ kind: 'compare', field: 'len', signed: true, bits: 32, operator, value: '0' });
    expect(compareRules([zero('len')], [bound('>=')])).toEqual([
      `addition allowed ${RECV} sqe->len: no longer: must be zero`,
    ]);
    expect(compareRules([zero('len')], [bound('>')])[0]).toMatch(/^breaking refused .*: now: must be > 0$/);
    // The older header does not have its name.
    const bundle = given(binary(sqeField('ioprio', 16), '&', constant(16, 'IORING_RECVSEND_BUNDLE')));
    const older = { facts: loadSnapshot('6.1').facts, contract: ofRecv({}) };
    const newer = { facts, contract: ofRecv({ rules: [rule(nonzero, bundle), rule(nonzero, B)] }) };
    expect(compareContracts(older, newer).map(({ detail }) => detail)).toEqual([
      'now: must not be zero when B',
    ]);
  });

  it('about a bound of the header itself do not differ with it', () => {
    const last = (value: number): Rule => {
      const name = 'IORING_OP_LAST';
      return rule({
        kind: 'compare',
        field: 'opcode',
        signed: false,
        bits: 8,
        operator: '<',
        value: `${value}`,
        name,
      });
    };
    expect(compareRules([last(49)], [last(65)])).toEqual([]);
  });

  it('under fewer conditions break, and under more add', () => {
    expect(compareRules([rule({ kind: 'zero', fields: ['len'] }, A)], [zero('len')])).toEqual([
      `breaking refused ${RECV} sqe->len: now: must be zero`,
    ]);
    expect(compareRules([zero('len')], [rule({ kind: 'zero', fields: ['len'] }, A)])).toEqual([
      `addition allowed ${RECV} sqe->len: no longer: must be zero`,
    ]);
  });

  it('under other conditions break where the SQE decides, and are noted where something else does', () => {
    const under = (when: typeof A): Rule => rule({ kind: 'zero', fields: ['len'] }, when);
    expect(compareRules([under(A)], [under(B)])).toEqual([
      `breaking rule ${RECV} sqe->len: must be zero when B; before when A`,
    ]);
    const unknown = given({ kind: 'unknown', text: 'file->f_op' }, 'file->f_op');
    expect(compareRules([under(unknown)], [under(given(not(unknown.if), '!file->f_op'))])).toEqual([
      `note rule ${RECV} sqe->len: must be zero when !file->f_op; before when file->f_op`,
    ]);
  });

  it('about what no SQE says are notes', () => {
    const reject = rule({ kind: 'reject', if: { kind: 'unknown', text: 'capable()' }, text: '!capable()' });
    expect(compareRules([], [reject])).toEqual([`note refused ${RECV}: now: refused if !capable()`]);
  });

  it('with bounds differ by what passes', () => {
    const bound = (operator: '<=' | '>=', value: number): Rule =>
      rule({ kind: 'compare', field: 'len', signed: false, bits: 32, operator, value: String(value) });
    const oneOf = (...values: number[]): Rule =>
      rule({ kind: 'oneOf', field: 'len', values: values.map((value) => ({ value: String(value) })) });
    expect(compareRules([bound('<=', 4)], [bound('<=', 8)])).toEqual([
      `addition allowed ${RECV} sqe->len: no longer: must be <= 4`,
    ]);
    expect(compareRules([bound('>=', 4)], [bound('>=', 8)])).toEqual([
      `breaking refused ${RECV} sqe->len: now: must be >= 8`,
    ]);
    expect(compareRules([oneOf(1, 2)], [oneOf(1, 2, 3)])).toEqual([
      `addition allowed ${RECV} sqe->len: no longer: must be one of 1, 2`,
    ]);
    expect(compareRules([oneOf(1, 2)], [oneOf(1)])).toEqual([
      `breaking refused ${RECV} sqe->len: now: must be one of 1`,
    ]);
  });
});

describe('fields', () => {
  const compareFields = (before: OperationContract['fields'], after: OperationContract['fields']) =>
    compare(ofRecv({ fields: before }), ofRecv({ fields: after }));

  it('that are newly read, no longer read, renamed or of another type', () => {
    expect(compareFields([], [reads('len', { name: 'mask', type: 'unsigned int' })])).toEqual([
      `addition read ${RECV} sqe->len: now read, mask: unsigned int`,
    ]);
    expect(compareFields([reads('addr', { pointer: { pointee: 'struct statx' } })], [])).toEqual([
      `note unread ${RECV} sqe->addr: no longer read, was struct statx *`,
    ]);
    expect(
      compareFields([reads('len', { name: 'a', type: 'int' })], [reads('len', { name: 'b', type: 'int' })]),
    ).toEqual([`note renamed ${RECV} sqe->len: the kernel's a: int -> b: int`]);
    expect(compareFields([reads('len', { type: 'int' })], [reads('len', { type: 'u32' })])).toEqual([
      `note type ${RECV} sqe->len: the kernel's int -> u32`,
    ]);
  });

  it('of one place, order and conditions are no difference', () => {
    expect(compareFields([reads('rw_flags')], [reads('nop_flags')])).toEqual([]);
    expect(
      compareFields(
        [reads('len'), reads('off')],
        [reads('off'), reads('len', { when: [A], type: 'unsigned int' })],
      ),
    ).toEqual([]);
  });
});

describe('operations', () => {
  it('become multishot, or cease to be', () => {
    const [one, many] = [ofRecv({}), ofRecv({ multishot: [{ when: [A] }] })];
    expect(compare(one, many)).toEqual([`addition allowed ${RECV}: now multishot`]);
    expect(compare(many, one)).toEqual([`breaking refused ${RECV}: no longer multishot`]);
  });

  it('that all change alike are told of once', () => {
    const both = [operation(RECV), operation('IORING_OP_SEND')];
    expect(compare(contract(both), contract(both, [zero('len')]))).toEqual([
      'breaking refused every operation sqe->len: now: must be zero',
    ]);
    const [, send] = both;
    expect(
      compare(contract([operation(RECV, { rules: [zero('len')] }), send!]), contract(both, [zero('len')])),
    ).toEqual(['breaking refused IORING_OP_SEND sqe->len: now: must be zero']);
  });

  it('of one kernel alone are not compared', () => {
    const more = contract([operation(RECV), operation('IORING_OP_SEND', { rules: [zero('len')] })]);
    expect(compare(contract([operation(RECV)]), more)).toEqual([]);
  });
});

describe('a report', () => {
  const input = (label: string, own: boolean, rules: readonly Rule[]): KernelInput => ({
    facts,
    label,
    source: 'test',
    contract: { contract: ofRecv({ rules }), from: label, own },
  });

  it('has the breaking ones first, in every format', () => {
    const report = diffKernels(input('A', true, [zero('addr3')]), input('B', true, [zero('len')]));
    expect(report.contracts).toEqual({ compared: true });
    const [first] = DIFF_FORMATS.table(report).split('\n');
    expect(first).toMatch(
      /^BREAKING +refused +IORING_OP_RECV sqe->len +now: must be zero +\(io_uring\/test\.c:1\)$/,
    );
    expect(DIFF_FORMATS.markdown(report)).toMatch(
      /## Breaking[\s\S]*\| refused \| contract \| `IORING_OP_RECV sqe->len` \|[\s\S]*## Additions/,
    );
    expect(JSON.parse(DIFF_FORMATS.json(report)).changes).toHaveLength(2);
    expect(diffSummary(report)).toBe('A -> B: 1 breaking, 1 additions, 0 notes');
  });

  it('says when contracts were not compared, and why: a neighbour’s is none of its own', () => {
    const report = diffKernels(input('A', true, []), input('B', false, [zero('len')]));
    expect(report.changes).toEqual([]);
    const why = 'contracts were not compared: none was read from the source of B';
    expect(DIFF_FORMATS.table(report)).toBe(`${why}\n`);
    expect(DIFF_FORMATS.markdown(report)).toContain(why);
    expect(JSON.parse(DIFF_FORMATS.json(report)).contracts).toEqual({
      compared: false,
      why: why.split(': ')[1],
    });
  });
});
