/**
 * Facts and semantics → model: the one place where they meet.
 */
import type { KernelContract } from '../contract/contract.js';
import type { HeaderFacts } from '../parse/index.js';
import { buildConstants } from './constants.js';
import { buildFamilies } from './families.js';
import type { Model, OperationRows } from './model.js';
import { buildOperations } from './operations.js';
import { buildRecords } from './records.js';
import { buildSqe } from './sqe.js';

export interface ModelInputs {
  readonly facts: HeaderFacts;
  readonly rows: OperationRows;
  /** For people: what this is generated for. */
  readonly label: string;
  /** For the preamble: where the facts came from. */
  readonly source: string;
  readonly sourceHash: string;
  readonly knownOpcodes: ReadonlySet<string>;
  readonly strict: boolean;
  readonly since: (constant: string) => string | undefined;
  /** What the kernel's source says of each opcode, and which kernel's source. */
  readonly contract?: { readonly contract: KernelContract; readonly from: string };
}

export function buildModel(inputs: ModelInputs): Model {
  const { facts } = inputs;
  const families = buildFamilies(facts);
  const records = buildRecords(facts);
  const sqe = buildSqe(facts, families);
  return {
    label: inputs.label,
    source: inputs.source,
    sourceHash: inputs.sourceHash,
    constants: buildConstants(facts),
    families,
    records,
    sqe,
    operations: buildOperations({ ...inputs, sqe, records }),
  };
}
