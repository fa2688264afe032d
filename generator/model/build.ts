/**
 * Facts and semantics → model: the one place where they meet.
 */
import type { HeaderFacts } from '../parse/index.js';
import type { OperationRows } from '../semantics/row.js';
import { architectureOf, onBoth } from './architectures.js';
import { refuseBigEndian } from './byte-order.js';
import { buildConstants } from './constants.js';
import { contractOn } from './contract-on.js';
import { buildFamilies } from './families.js';
import { knownBits } from './flag-types.js';
import type { FamilyModel, Model, SqeModel } from './model.js';
import { buildOperations, type ContractInput, contractName } from './operations.js';
import { withFamilies } from './record-families.js';
import { buildRecords } from './records.js';
import { buildSqe } from './sqe.js';

export interface ModelInputs {
  readonly facts: HeaderFacts;
  /** What the same headers say on arm64, when the files are to be for both; `facts` are then those of x86-64. */
  readonly arm64?: HeaderFacts;
  readonly rows: OperationRows;
  /** What the kernel's source says of the operations, where it is known. */
  readonly contract?: ContractInput;
  /** For people: what this is generated for. */
  readonly label: string;
  /** For the preamble: where the facts came from. */
  readonly source: string;
  readonly sourceHash: string;
  readonly knownOpcodes: ReadonlySet<string>;
  readonly strict: boolean;
  readonly since: (constant: string) => string | undefined;
}

/** What `sqe->flags` may have: the family of its bits, without that of their numbers. */
function sqeFlags(families: readonly FamilyModel[]): Pick<SqeModel, 'flags'> {
  const isFlags = ({ members }: FamilyModel): boolean =>
    members.some(({ constant }) => constant === 'IOSQE_FIXED_FILE');
  const own = families.find(isFlags);
  const flags = own === undefined ? undefined : knownBits([own]);
  return flags === undefined ? {} : { flags };
}

type Since = ModelInputs['since'];

function sinceOf(since: Since, constant: string): { since?: string } {
  const release = since(constant);
  return release === undefined ? {} : { since: release };
}

const dated = <T extends FamilyModel>(family: T, since: Since): T => ({
  ...family,
  members: family.members.map((member) => ({ ...member, ...sinceOf(since, member.constant) })),
});

function modelOfOne(inputs: ModelInputs): Model {
  const { facts } = inputs;
  refuseBigEndian(facts);
  const families = buildFamilies(facts).map((family) => dated(family, inputs.since));
  const records = withFamilies(buildRecords(facts), families);
  const sqe = { ...buildSqe(facts, families), ...sqeFlags(families) };
  return {
    label: inputs.label,
    source: inputs.source,
    sourceHash: inputs.sourceHash,
    architectures: [architectureOf(facts.target.triple)],
    constants: buildConstants(facts).map((one) => ({ ...one, ...sinceOf(inputs.since, one.name) })),
    families,
    records,
    sqe,
    operations: buildOperations({ ...inputs, sqe, records, families }),
    ...(inputs.contract === undefined
      ? {}
      : { contract: { from: contractName(inputs.contract), common: inputs.contract.contract.common } }),
  };
}

/** @throws Problem when the headers say on arm64 what one set of files cannot */
export function buildModel(inputs: ModelInputs): Model {
  const { facts, arm64, contract } = inputs;
  const model = modelOfOne(inputs);
  if (arm64 === undefined) return model;
  const there =
    contract === undefined
      ? {}
      : { contract: { ...contract, contract: contractOn(contract.contract, facts, arm64) } };
  return onBoth(model, modelOfOne({ ...inputs, ...there, facts: arm64 }));
}
