/**
 * From the command line's words for a kernel to its facts together with a contract: of the tree that the user names, or
 * of a kernel that ringsmith knows.
 */
import { contractFor } from '../kernels/contracts.js';
import { treeContract } from '../kernels/kernel-contract.js';
import { type KernelTree, readKernelTree, treeFacts, treeLabel } from '../kernels/kernel-tree.js';
import { withLibc } from '../kernels/libc.js';
import { restrictContract } from '../kernels/restrict-contract.js';
import { seriesOf } from '../kernels/versions.js';
import type { InputContract, KernelInput } from '../pipeline.js';
import { Problem } from '../problem.js';
import { type KernelOptions, kernelInput } from './input.js';

/** A tree of another kernel than the one that was asked for is a mistake, not a neighbour. */
function checkKernel(tree: KernelTree, kernel: string | undefined): void {
  if (kernel === undefined || tree.kernel === undefined || seriesOf(tree.kernel) === seriesOf(kernel)) return;
  throw new Problem({
    code: 'SOURCE_OTHER_KERNEL',
    what: `the tree is of Linux ${tree.kernel}, and Linux ${kernel} was asked for`,
    where: { file: tree.folder },
    consequence: 'nothing was written',
    remedy: `give a tree of Linux ${seriesOf(kernel)}, or --source alone: a tree is a complete input`,
  });
}

/** The header may be another than the tree's own. */
function contractOf(tree: KernelTree, input: KernelInput): InputContract {
  checkKernel(tree, input.kernel);
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
