/** Every row of the overlay is held against header and contract: one that does not fit is a Problem, and names itself. */
import { describe, expect, it } from 'vitest';
import type { FieldRow, OperationRows } from '../../generator/semantics/row.js';
import { contractOf, MADE_UP, madeUpModel, reads, zero } from '../support/made-up-contract.js';

const CONTRACT = contractOf(MADE_UP, {
  fields: [
    reads('addr', { pointer: { pointee: 'void', direction: 'out', length: 'len' } }),
    reads('len'),
    reads('addr2', { pointer: { pointee: 'void' } }),
  ],
  rules: [zero('fsync_flags', 'buf_index')],
});

const row = (fields: Readonly<Record<string, FieldRow>>): OperationRows => ({
  [MADE_UP]: { doc: 'Defragments.', man: 'none(2)', fields, result: { kind: 'void' } },
});
const integer: FieldRow = { kind: 'integer', name: 'x', doc: 'x', default: 0 };
const bytes = (direction: 'in' | 'out', length = 'len'): FieldRow => ({
  kind: 'bytes',
  name: 'data',
  doc: 'x',
  direction,
  length,
});

describe('a row', () => {
  it('that fits is taken', () => {
    const model = madeUpModel([CONTRACT], row({ addr: bytes('out') }));
    const { typed, man, docs } = model.operations.find((one) => one.constant === MADE_UP)!;
    expect(typed!.args[0]).toMatchObject({ name: 'data', kind: 'bytes', direction: 'out' });
    expect([man, docs[0]]).toEqual(['none(2)', 'Defragments.']);
  });

  it.each([
    ['SEMANTICS_UNKNOWN_FIELD', 'names warp_flags, which the header does not have', { warp_flags: integer }],
    ['SEMANTICS_UNKNOWN_FIELD', 'names lenght', { addr: bytes('out', 'lenght') }],
    ['SEMANTICS_UNKNOWN_FIELD', 'names len of 64 bits', { len: bytes('in', 'fd') }],
    [
      'SEMANTICS_UNKNOWN_FIELD',
      'names struct warp',
      { addr2: { kind: 'record', name: 'x', doc: 'x', record: 'warp' } },
    ],
    [
      'SEMANTICS_CONTRADICTS_CONTRACT',
      'fsync_flags, which the kernel wants to be 0',
      { fsync_flags: integer },
    ],
    // The same place by another name.
    ['SEMANTICS_CONTRADICTS_CONTRACT', 'rw_flags, which the kernel wants to be 0', { rw_flags: integer }],
    ['SEMANTICS_CONTRADICTS_CONTRACT', 'fd, which the kernel does not read', { fd: integer }],
    ['SEMANTICS_CONTRADICTS_CONTRACT', 'addr is in, and the kernel', { addr: bytes('in') }],
  ] as const)('%s: %s', (code, what, fields) => {
    const build = (): unknown => madeUpModel([CONTRACT], row(fields as Record<string, FieldRow>));
    expect(build).toThrow(what);
    expect(build).toThrow(expect.objectContaining({ code }));
  });

  it('about an opcode no kernel has is refused', () => {
    const rows = { IORING_OP_NOPE: row({})[MADE_UP]! };
    expect(() => madeUpModel([CONTRACT], rows)).toThrow(/IORING_OP_NOPE, which no known kernel has/);
  });

  it('is left out, and nothing fails, where an older header lacks its field', () => {
    const rows = row({ warp_flags: integer, addr: bytes('out') });
    const model = madeUpModel([CONTRACT], rows, { strict: false });
    const { typed } = model.operations.find((one) => one.constant === MADE_UP)!;
    expect(typed!.args.map((arg) => arg.name)).toEqual(['data', 'addr2']);
  });
});
