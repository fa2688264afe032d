/**
 * `ringsmith snapshot V…`: makes the snapshot of a kernel with its contract, or makes it again; without versions only
 * the index.
 */
import { ARM64 } from '../kernels/arm64.js';
import { LIBC } from '../kernels/libc.js';
import { type Refreshed, refreshIndex, refreshSnapshot } from '../kernels/refresh.js';
import { hasProjectSnapshots, snapshotFolder } from '../kernels/snapshot-folders.js';
import { Problem } from '../problem.js';

export interface SnapshotOptions {
  readonly source?: string;
  readonly force?: boolean;
}

const told = ({ package: name, version, changed }: Omit<Refreshed, 'contract'>): string =>
  `${changed ? 'written' : 'unchanged'}, from ${name} ${version}`;

/** @returns the exit code */
export function snapshotCommand(versions: readonly string[], options: SnapshotOptions): number {
  const { source } = options;
  if (source !== undefined && (versions.length !== 1 || [LIBC, ARM64].includes(versions[0]!))) {
    throw new Problem({
      code: 'USAGE',
      what: '--source is the tree of one kernel',
      consequence: 'nothing was done',
      remedy: 'name that kernel, and no other: ringsmith snapshot V --source DIR',
    });
  }
  for (const version of versions) {
    const refreshed = refreshSnapshot(version, options);
    const { kernel, contract } = refreshed;
    process.stderr.write(`${kernel}: ${told(refreshed)}\n`);
    if (contract === undefined) continue;
    const text = 'missing' in contract ? `not made: ${contract.missing}` : told(contract);
    process.stderr.write(`${kernel}, contract: ${text}\n`);
  }
  if (hasProjectSnapshots()) process.stderr.write(`snapshots of this project: ${snapshotFolder()}\n`);
  else process.stderr.write(`index: ${refreshIndex() ? 'written' : 'unchanged'}\n`);
  return 0;
}
