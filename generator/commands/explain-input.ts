/**
 * Where the contract to explain comes from: the one place that knows.
 */
import { readFileSync } from 'node:fs';
import type { KernelContract } from '../contract/contract.js';
import type { ContractInput } from '../explain/subject.js';
import { Problem } from '../problem.js';
import { type KernelOptions, kernelInput } from './input.js';

export interface ContractOptions extends Pick<KernelOptions, 'kernel'> {
  /** A kernel's source tree. */
  readonly source?: string;
  /** A contract as JSON. */
  readonly contract?: string;
}

export function contractInput(options: ContractOptions): ContractInput {
  const { facts, label } = kernelInput(options.kernel === undefined ? {} : { kernel: options.kernel });
  if (options.contract === undefined) {
    throw new Problem({
      code: 'CONTRACT_NONE',
      what: `there is no contract of ${label}`,
      consequence: 'nothing can be explained',
      remedy: 'give one with --contract FILE',
    });
  }
  return {
    contract: JSON.parse(readFileSync(options.contract, 'utf8')) as KernelContract,
    facts,
    from: label,
  };
}
