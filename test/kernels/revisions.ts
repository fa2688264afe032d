/**
 * Packages move on under the snapshots that were made from them: an archive keeps one revision of a series, and drops it
 * for the next within days. Tests take the newest revision, and tell when it says something else than the snapshot.
 */
import type { AvailableKernel } from '../../generator/kernels/fetch.js';
import { seriesOf, upstreamVersion } from '../../generator/kernels/versions.js';

interface Source {
  readonly package: string;
  readonly version: string;
}

/** The newest package of the same name and series, of packages oldest first. */
export const newestRevision = (
  source: Source,
  packages: readonly AvailableKernel[],
): AvailableKernel['package'] | undefined =>
  packages.findLast(
    ({ kernel, package: item }) =>
      item.name === source.package && seriesOf(kernel) === seriesOf(upstreamVersion(source.version)),
  )?.package;

/** Says what a newer package changed, which is no failure: the snapshot is of the older one. */
export function tellDifference(
  { kernel, source }: { readonly kernel: string; readonly source: Source },
  label: string,
  changes: readonly unknown[],
): void {
  if (changes.length === 0) return;
  console.log(
    `Linux ${kernel}: ${label} differs from ${source.package} ${source.version}, of which the snapshot is ` +
      `(renew it with \`npm run snapshot -- ${kernel}\`):\n${changes.map((change) => JSON.stringify(change)).join('\n')}`,
  );
}
