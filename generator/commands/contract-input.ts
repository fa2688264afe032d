/**
 * From the command line's words for a kernel to its facts together with a contract: of the tree that the user names, or
 * of a kernel that ringsmith knows.
 */
import { contractFor } from '../kernels/choose-contract.js';
import { treeContract } from '../kernels/kernel-contract.js';
import {
  checkTreeKernel,
  type KernelTree,
  readKernelTree,
  treeFacts,
  treeLabel,
} from '../kernels/kernel-tree.js';
import { withLibc } from '../kernels/libc.js';
import { restrictContract } from '../kernels/restrict-contract.js';
import type { InputContract, KernelInput } from '../pipeline.js';
import { type KernelOptions, kernelInput } from './input.js';

/** The header may be another than the tree's own. */
function contractOf(tree: KernelTree, input: KernelInput): InputContract {
  checkTreeKernel(tree, input.kernel);
  const own = withLibc(treeFacts(tree, input.facts.target.triple));
  return {
    contract: restrictContract(treeContract(tree), own, input.facts),
    from: treeLabel(tree),
    own: true,
  };
}

/** As {@link kernelInput}, and with the contract that answers for the kernel when there is any. */
export function contractInput(options: KernelOptions): KernelInput {
  const input = kernelInput(options);
  const contract =
    options.source === undefined
      ? contractFor(input.facts, input.kernel)
      : contractOf(readKernelTree(options.source), input);
  return contract === undefined ? input : { ...input, contract };
}
