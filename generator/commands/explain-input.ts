/**
 * Where the contract to explain comes from: a file, a kernel's tree, or the kernels that ringsmith knows.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { ContractInput } from '../explain/subject.js';
import { readContract } from '../kernels/contracts.js';
import { Problem } from '../problem.js';
import { contractInput as kernelWithContract } from './contract-input.js';
import type { KernelOptions } from './input.js';

export interface ContractOptions extends Pick<KernelOptions, 'kernel' | 'source'> {
  /** A contract as JSON. */
  readonly contract?: string;
}

export function contractInput(options: ContractOptions): ContractInput {
  const { contract: file, ...kernel } = options;
  const input = kernelWithContract(kernel);
  if (file !== undefined) {
    if (!existsSync(file)) {
      throw new Problem({
        code: 'CONTRACT_MISSING',
        what: 'there is no such contract',
        where: { file },
        consequence: 'nothing can be explained',
        remedy: 'check the path',
      });
    }
    return {
      contract: readContract(file, readFileSync(file, 'utf8')),
      facts: input.facts,
      from: input.label,
    };
  }
  if (input.contract === undefined) {
    throw new Problem({
      code: 'CONTRACT_NONE',
      what: `there is no contract for ${input.label}`,
      consequence: 'nothing can be explained',
      remedy: 'give its source tree with --source DIR, or a contract with --contract FILE',
    });
  }
  return { contract: input.contract.contract, facts: input.facts, from: input.contract.from };
}
