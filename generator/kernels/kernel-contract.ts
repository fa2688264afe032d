/**
 * A kernel's tree → its contract: where trees meet the extraction.
 */
import { loadClang } from '../clang/index.js';
import type { KernelContract } from '../contract/contract.js';
import { extractContract } from '../contract/index.js';
import type { KernelTree } from './kernel-tree.js';

/** Takes some seconds. */
export const treeContract = ({ folder, source }: KernelTree): KernelContract =>
  extractContract(loadClang(), { folder, package: source.package, version: source.version });
