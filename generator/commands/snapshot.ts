/**
 * `ringsmith snapshot V…`: makes the snapshot of a kernel, or makes it again; without versions only the index.
 */
import { refreshIndex, refreshSnapshot } from '../kernels/refresh.js';

/** @returns the exit code */
export function snapshotCommand(versions: readonly string[]): number {
  for (const version of versions) {
    const { kernel, package: name, version: from, changed } = refreshSnapshot(version);
    process.stderr.write(`${kernel}: ${changed ? 'written' : 'unchanged'}, from ${name} ${from}\n`);
  }
  process.stderr.write(`index: ${refreshIndex() ? 'written' : 'unchanged'}\n`);
  return 0;
}
