/**
 * A kernel's tree → its contract: where trees meet the extraction.
 */
import { loadClang } from '../clang/index.js';
import type { KernelContract } from '../contract/contract.js';
import { extractContract } from '../contract/index.js';
import type { KernelTree } from './kernel-tree.js';

/** Takes some seconds. */
export const treeContract = (tree: KernelTree): KernelContract => extractContract(loadClang(), tree);
