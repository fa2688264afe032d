/**
 * Where the contract to explain comes from: the one place that knows.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelContract } from '../contract/contract.js';
import type { ContractInput } from '../explain/subject.js';
import { snapshotFolder } from '../kernels/snapshot.js';
import { compareKernels } from '../kernels/versions.js';
import { Problem } from '../problem.js';
import { type KernelOptions, kernelInput } from './input.js';

export interface ContractOptions extends Pick<KernelOptions, 'kernel'> {
  /** A kernel's source tree. */
  readonly source?: string;
  /** A contract as JSON. */
  readonly contract?: string;
}

const CONTRACT_FILE = /^(\d+\.\d+)\.contract\.json$/;

function refused(code: string, what: string, remedy: string, file?: string, cause?: unknown): Problem {
  const consequence = 'nothing can be explained';
  const details = { code, what, consequence, remedy };
  return new Problem(file === undefined ? details : { ...details, where: { file } }, { cause });
}

/** Series that have a contract, oldest first. */
function contractVersions(): string[] {
  return readdirSync(snapshotFolder())
    .flatMap((file) => CONTRACT_FILE.exec(file)?.[1] ?? [])
    .sort(compareKernels);
}

function readContract(file: string): KernelContract {
  const remedy = 'give a contract that ringsmith wrote';
  let contract: KernelContract;
  try {
    contract = JSON.parse(readFileSync(file, 'utf8')) as KernelContract;
  } catch (cause) {
    throw refused(
      'CONTRACT_UNREADABLE',
      `the contract cannot be read: ${(cause as Error).message}`,
      remedy,
      file,
      cause,
    );
  }
  if (contract?.schema === 1 && Array.isArray(contract.operations)) return contract;
  throw refused(
    'CONTRACT_UNREADABLE',
    'this is no contract of a schema that this ringsmith reads',
    remedy,
    file,
  );
}

export function contractInput(options: ContractOptions): ContractInput {
  if (options.source !== undefined) {
    throw refused(
      'CONTRACT_NO_READER',
      'this ringsmith cannot read a contract from kernel source yet',
      'leave --source out',
      options.source,
    );
  }
  const version = options.kernel ?? (options.contract === undefined ? contractVersions().at(-1) : undefined);
  const { facts, label } = kernelInput(version === undefined ? {} : { kernel: version });
  const file = options.contract ?? join(snapshotFolder(), `${version ?? ''}.contract.json`);
  if (options.contract === undefined && !existsSync(file)) {
    const known = contractVersions();
    const remedy = known.length === 0 ? 'give one with --contract FILE' : `use one of ${known.join(', ')}`;
    throw refused('CONTRACT_NONE', `there is no contract of ${label}`, remedy);
  }
  return { contract: readContract(file), facts, from: label };
}
