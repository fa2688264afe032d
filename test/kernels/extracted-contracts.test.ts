/**
 * Proves that trees and their contracts come together: the committed contract of the newest kernel is what its source
 * package gives, and a tree alone generates a package and compares with a version.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import {
  contractFile,
  contractText,
  contractVersions,
  loadContract,
} from '../../generator/kernels/contracts.js';
import { treeContract } from '../../generator/kernels/kernel-contract.js';
import type { KernelTree } from '../../generator/kernels/kernel-tree.js';
import { loadSnapshot, snapshotFolder } from '../../generator/kernels/snapshot.js';
import { sourceTree } from '../../generator/kernels/source-tree.js';
import { Problem } from '../../generator/problem.js';
import { ringsmith, temporaryFolder } from '../support/cli.js';
import { tellDifference } from './revisions.js';

const newest = contractVersions().at(-1)!;

let tree: KernelTree | undefined;
let missing = '';

beforeAll(() => {
  try {
    // An archive that has moved on has a later release.
    tree = sourceTree(loadSnapshot(newest).source.version, newest);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    missing = error.what;
  }
}, 180_000);

it('the committed contract is that of its source package', { timeout: 300_000 }, (context) => {
  if (tree === undefined) return context.skip(`the source of ${newest} cannot be had: ${missing}`);
  const committed = readFileSync(join(snapshotFolder(), contractFile(newest)), 'utf8');
  const contract = treeContract(tree);
  const { source } = loadContract(newest)!;
  if (tree.source.version === source.version) return expect(contractText(contract)).toBe(committed);
  const before = new Set(committed.split('\n'));
  const changed = contractText(contract)
    .split('\n')
    .filter((line) => !before.has(line));
  tellDifference({ kernel: newest, source }, `${tree.source.package} ${tree.source.version}`, changed);
});

it('a tree is a complete input', { timeout: 300_000 }, (context) => {
  if (tree === undefined) return context.skip(`the source of ${newest} cannot be had: ${missing}`);
  const out = join(temporaryFolder(), 'package');
  const generated = ringsmith(['generate', '--source', tree.folder, '--out', out]);
  expect(generated.code, generated.stderr).toBe(0);
  expect(generated.stderr).toContain(`Linux ${tree.kernel}: `);
  const same = tree.source.version === loadContract(newest)!.source.version;
  const diff = ringsmith(['diff', newest, tree.folder]);
  if (same) expect(diff).toMatchObject({ code: 0, stdout: '' });
  else expect(diff.code, diff.stderr).toBeLessThanOrEqual(1);
});
