/** The model that ringsmith's own package is generated from. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelContract } from '../../generator/contract/contract.js';
import { loadHistory } from '../../generator/kernels/history.js';
import { withLibc } from '../../generator/kernels/libc.js';
import { loadSnapshot, snapshotFolder, snapshotVersions } from '../../generator/kernels/snapshot.js';
import type { Model } from '../../generator/model/model.js';
import { type InputContract, modelOf } from '../../generator/pipeline.js';

/** The contract that is kept beside a snapshot. */
export function keptContract(version: string): { contract?: InputContract } {
  const file = join(snapshotFolder(), `${version}.contract.json`);
  if (!existsSync(file)) return {};
  const contract = JSON.parse(readFileSync(file, 'utf8')) as KernelContract;
  return { contract: { contract, from: `Linux ${version}`, own: true } };
}

export function newestModel(): Model {
  const version = snapshotVersions().at(-1)!;
  const facts = withLibc(loadSnapshot(version).facts);
  return modelOf({ facts, label: version, source: 'snapshot', ...keptContract(version) }, loadHistory());
}
