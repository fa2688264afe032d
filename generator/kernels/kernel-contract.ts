/**
 * A kernel's tree → its contract: where trees meet the extraction.
 */
import type { KernelContract } from '../contract/contract.js';
import { Problem } from '../problem.js';
import type { KernelTree } from './kernel-tree.js';

/** Takes about ten seconds. */
export function treeContract(tree: KernelTree): KernelContract {
  throw new Problem({
    code: 'CONTRACT_NO_READER',
    what: 'this ringsmith cannot read a contract from kernel source yet',
    where: { file: tree.folder },
    consequence: 'nothing was written',
    remedy: 'leave --source out',
  });
}
