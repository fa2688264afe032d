/**
 * Proves that a contract alone makes a builder: an opcode nobody has heard of, without a row in the overlay, gets
 * arguments with the kernel's names, typed by what they point to and which bits are allowed, and nothing that is refused.
 */
import { describe, expect, it } from 'vitest';
import { emitPackage } from '../../generator/emit/package.js';
import type { OperationModel } from '../../generator/model/model.js';
import { contractOf, MADE_UP, madeUpModel, mask, reads, zero } from '../support/made-up-contract.js';

const DEFRAG = contractOf(MADE_UP, {
  fields: [
    reads('fd', { name: 'dfd', type: 'int' }),
    reads('addr', { name: 'fname', pointer: { pointee: 'char', direction: 'in', use: 'path' } }),
    reads('addr2', { name: 'how', pointer: { pointee: 'struct open_how', direction: 'in' } }),
    reads('addr3', { name: 'extents', pointer: { pointee: 'void', length: 'len' } }),
    reads('len', { name: 'size', type: 'u32' }),
    reads('fsync_flags', { name: 'flags', type: 'u32' }),
  ],
  rules: [
    zero('buf_index', 'ioprio'),
    mask('fsync_flags', 1, 'IORING_FSYNC_DATASYNC'),
    { kind: 'flags', requires: [], forbids: ['IOSQE_FIXED_FILE'], error: 'EBADF', when: [], at: 'a.c:1' },
  ],
});

function operationsText(operation: Parameters<typeof madeUpModel>[0][number]): string {
  const files = emitPackage(madeUpModel([operation]), { seam: 'ringsmith/seam', standalone: true });
  return files.find((file) => file.path === 'operations.ts')!.text;
}

/** The text of one declaration. */
const declaration = (text: string, name: string): string =>
  new RegExp(`export interface ${name} [\\s\\S]*?\\n}`).exec(text)![0];

const modelOf = (operation: Parameters<typeof madeUpModel>[0][number]): OperationModel =>
  madeUpModel([operation]).operations.find((one) => one.constant === operation.opcode)!;

describe('an opcode that only its contract tells of', () => {
  const text = operationsText(DEFRAG);

  it('has arguments by the kernel’s names, each typed by what it is', () => {
    const args = declaration(text, 'DefragArgs');
    expect(args.match(/readonly .*;/g)).toEqual([
      'readonly dirfd?: OrdinaryDescriptor;',
      'readonly fname: string | Uint8Array;',
      'readonly how: RecordArgument<OpenHow>;',
      'readonly extents: Bytes;',
      'readonly flags?: FsyncFlags | 0;',
    ]);
  });

  it('stores what is given, and treats memory of unknown use as read and written', () => {
    expect(text).toContain('dirfd = -100');
    expect(text).toContain("extents: pins.both(a.extents, 'defrag: extents')");
    expect(text).toContain(
      "words[at + 6] = bits32(RingBuffer.length(extents), 'defrag: length of extents');",
    );
    expect(text).toContain("how: pins.encoded(openHowLayout, a.how, 'defrag: how')");
  });

  it('says in its documentation what the kernel says', () => {
    const docs = text.slice(text.indexOf('export interface DefragArgs'));
    expect(docs).toContain('`sqe->fsync_flags`, which the kernel calls `flags`.');
    expect(docs).toContain('The kernel wants `buf_index` and `ioprio` to be 0: the builder leaves them so.');
    expect(docs).toContain('It refuses IOSQE_FIXED_FILE.');
    expect(docs).toContain(
      'Contract of Linux 9.9 (linux-source-9.9 9.9.1-1): `io_defrag_prep`, io_uring/defrag.c:10.',
    );
  });

  it('carries its rules, made when they are asked for', () => {
    expect(text).toContain('contract: contracts.defrag,');
    const files = emitPackage(madeUpModel([DEFRAG]), { seam: 'ringsmith/seam', standalone: true });
    const contract = files.find((file) => file.path === 'contract.ts')!.text;
    expect(contract).toContain('export const defrag = (): OperationRules => rulesFrom(');
    expect(contract).toContain('"kind":"zero","fields":["buf_index","ioprio"]');
  });
});

describe('an attribute', () => {
  const data = [reads('addr', { pointer: { pointee: 'void', direction: 'out', length: 'len' } })];

  it('needs_file asks for a descriptor', () => {
    const { typed } = modelOf(contractOf(MADE_UP, { fields: [], attributes: { needs_file: 1 } }));
    expect(typed!.args).toMatchObject([{ name: 'fd', kind: 'integer', optional: false }]);
  });

  it('buffer_select offers a group in place of the buffer', () => {
    const selecting = contractOf(MADE_UP, { fields: data, attributes: { buffer_select: 1 } });
    expect(operationsText(selecting)).toContain(
      'export type DefragArgs = DefragArgsBeside & BufferOrGroup<Bytes>;',
    );
    expect(operationsText(contractOf(MADE_UP, { fields: data }))).not.toContain('DefragArgsBeside');
  });

  it('a flag that is required is set by the builder', () => {
    const rule = {
      kind: 'flags',
      requires: ['IOSQE_FIXED_FILE'],
      forbids: [],
      error: 'EBADF',
      when: [],
      at: '',
    };
    const fixed = contractOf(MADE_UP, { fields: [], rules: [rule as never], attributes: { needs_file: 1 } });
    expect(operationsText(fixed)).toContain(
      "(bits8(inFamily(sqeFlags, 127, 'defrag: sqeFlags', 'IosqeFlags'), 'defrag: sqeFlags') | 1) << 8",
    );
  });
});

describe('rules', () => {
  it('take away what they forbid, and fix what they prescribe', () => {
    const one = {
      kind: 'compare',
      field: 'len',
      signed: false,
      bits: 32,
      operator: '==',
      value: '1',
    } as const;
    const { typed } = modelOf(
      contractOf(MADE_UP, {
        fields: [reads('off'), reads('len'), reads('personality')],
        rules: [zero('off', 'personality'), { ...one, error: 'EINVAL', when: [], at: '' }],
      }),
    );
    expect(typed!.args).toEqual([]);
    expect(typed!.refused).toEqual(['personality']);
    expect(typed!.stores).toMatchObject([{ field: { cName: 'len' }, value: { kind: 'fixed', value: 1 } }]);
  });

  it('over some bits take those away from the rest', () => {
    const within = { ...mask('ioprio', 0), within: '16' } as ReturnType<typeof mask>;
    const { typed } = modelOf(
      contractOf(MADE_UP, {
        fields: [reads('ioprio')],
        rules: [mask('ioprio', 17, 'IORING_RECVSEND_POLL_FIRST', 'IORING_RECVSEND_BUNDLE'), within],
      }),
    );
    const [arg] = typed!.args;
    expect(arg).toMatchObject({ flags: { enums: [{ keys: ['POLL_FIRST'] }], zero: true } });
  });
});

describe('an opcode without a contract', () => {
  it('takes the fields of the SQE', () => {
    expect(operationsText(contractOf('IORING_OP_NOP', { fields: [] }))).toContain(
      `export const defrag: Operation<SqeArgs, number, SqeFields, '${MADE_UP}', 65>`,
    );
  });

  it('and so does one whose SQE is handed to a driver, less what is refused', () => {
    const open = contractOf(MADE_UP, {
      fields: [],
      rules: [zero('ioprio')],
      open: true,
      attributes: { needs_file: 1 },
    });
    expect(operationsText(open)).toContain(
      "export type DefragArgs = Omit<SqeArgs, 'ioprio'> & Required<Pick<SqeArgs, 'fd'>>;",
    );
  });
});
