/**
 * What one kernel's ABI has that another's lacks, and what one's contracts allow that another's do not.
 */
import type { HeaderFacts } from '../parse/index.js';
import type { KernelInput } from '../pipeline.js';
import { type Change, sortChanges } from './change.js';
import { compareConstants } from './constants.js';
import { type ContractSide, compareContracts } from './contracts.js';
import type { DiffReport } from './formats.js';
import { compareRecords } from './records.js';

export type { Change, ChangeKind, Severity } from './change.js';

/** Every difference, breaking ones first. */
export function diffFacts(before: HeaderFacts, after: HeaderFacts): Change[] {
  return sortChanges([...compareConstants(before, after), ...compareRecords(before, after)]);
}

/** A neighbour's contract says nothing of how two kernels differ. */
const ownContract = ({ facts, contract }: KernelInput): ContractSide | undefined =>
  contract?.own === true ? { facts, contract: contract.contract } : undefined;

/** Headers, and contracts when both kernels have one of their own. */
export function diffKernels(before: KernelInput, after: KernelInput): DiffReport {
  const [old, current] = [ownContract(before), ownContract(after)];
  const changes = diffFacts(before.facts, after.facts);
  const report = { from: before.label, to: after.label };
  if (old !== undefined && current !== undefined) {
    const all = sortChanges([...changes, ...compareContracts(old, current)]);
    return { ...report, contracts: { compared: true }, changes: all };
  }
  const without = [before, after].filter((input) => ownContract(input) === undefined);
  const names = [...new Set(without.map((input) => input.label))].join(' and ');
  return {
    ...report,
    contracts: { compared: false, why: `none was read from the source of ${names}` },
    changes,
  };
}
