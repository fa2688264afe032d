/**
 * A kernel with an opcode that nobody has heard of, and contracts for it and a few that everybody knows: what a test of
 * the model changes one thing of at a time.
 */
import type {
  FieldContract,
  KernelContract,
  OperationContract,
  Rule,
} from '../../generator/contract/contract.js';
import { withLibc } from '../../generator/kernels/libc.js';
import { loadSnapshot, snapshotVersions } from '../../generator/kernels/snapshot.js';
import { buildModel, type ModelInputs } from '../../generator/model/build.js';
import type { Model } from '../../generator/model/model.js';
import type { HeaderFacts } from '../../generator/parse/index.js';
import type { OperationRows } from '../../generator/semantics/row.js';

export const MADE_UP = 'IORING_OP_DEFRAG';

/** The newest header with one opcode more. */
export function factsWithMadeUp(): HeaderFacts {
  const facts = withLibc(loadSnapshot(snapshotVersions().at(-1)!).facts);
  const enums = facts.enums.map((fact) => {
    const last = fact.members.find((member) => member.name === 'IORING_OP_LAST');
    return last === undefined
      ? fact
      : { ...fact, members: [...fact.members, { ...last, name: MADE_UP, value: last.value }] };
  });
  return { ...facts, enums };
}

const always = { error: 'EINVAL', when: [], at: 'io_uring/defrag.c:12' } as const;

export const zero = (...fields: string[]): Rule => ({ kind: 'zero', fields, ...always });
export const mask = (field: string, allowed: number, ...names: string[]): Rule => ({
  kind: 'mask',
  field,
  allowed: String(allowed),
  names,
  ...always,
});
export const reads = (field: string, more: Partial<FieldContract> = {}): FieldContract => ({
  field,
  when: [],
  ...more,
});

export const contractOf = (
  opcode: string,
  more: Partial<OperationContract> & Pick<OperationContract, 'fields'>,
): OperationContract => ({
  opcode,
  prep: 'io_defrag_prep',
  issue: 'io_defrag',
  at: 'io_uring/defrag.c:10',
  attributes: {},
  rules: [],
  multishot: [],
  ...more,
});

/** A model of the made-up kernel with these contracts and rows. */
export function madeUpModel(
  operations: readonly OperationContract[],
  rows: OperationRows = {},
  more: Partial<ModelInputs> = {},
): Model {
  const source = { package: 'linux-source-9.9', version: '9.9.1-1', sha256: '' };
  const contract: KernelContract = { schema: 1, source, common: [], operations };
  return buildModel({
    facts: factsWithMadeUp(),
    rows,
    contract: { contract, from: 'Linux 9.9' },
    label: 'Linux 9.9',
    source: 'a test',
    sourceHash: '',
    knownOpcodes: new Set(),
    strict: true,
    since: () => undefined,
    ...more,
  });
}
