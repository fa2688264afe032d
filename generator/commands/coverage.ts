/**
 * `ringsmith coverage`: does a generated package have everything that a kernel has?
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compareCoverage, coverageSummary } from '../coverage/compare.js';
import { COVERAGE_FORMATS } from '../coverage/formats.js';
import { headerItems, type Item } from '../coverage/items.js';
import { readPackage } from '../coverage/package-exports.js';
import { coveragePage } from '../coverage/page.js';
import { runningItems } from '../coverage/running.js';
import { loadHistory } from '../kernels/history.js';
import { loadSnapshot, snapshotVersions } from '../kernels/snapshot.js';
import { runtimeRoot } from '../package-root.js';
import type { CoverageFormat } from './format-names.js';
import { type KernelOptions, kernelInput, newestVersion } from './input.js';

export interface CoverageOptions extends KernelOptions {
  readonly running?: boolean;
  readonly package?: string;
  readonly format: CoverageFormat;
}

/** ringsmith's own package: the sources in a checkout, the declarations in an installed one. */
function ownPackage(): string {
  const sources = join(runtimeRoot(), 'generated');
  return existsSync(join(sources, 'index.ts')) ? sources : join(runtimeRoot(), 'dist', 'generated');
}

function kernelSide(options: CoverageOptions): { against: string; items: Item[] } {
  if (options.running === true) {
    return { against: 'the running kernel', items: runningItems(loadSnapshot(newestVersion()).facts) };
  }
  const input = kernelInput(options);
  return { against: input.label, items: headerItems(input.facts) };
}

/** Names in some snapshot, but not in the newest. */
function retiredNames(): Set<string> {
  const names = snapshotVersions().map((version) =>
    headerItems(loadSnapshot(version).facts).map((item) => item.name),
  );
  const current = new Set(names.at(-1));
  return new Set(names.flat().filter((name) => !current.has(name)));
}

/** @returns the exit code: 1 when something is missing */
export function coverageCommand(options: CoverageOptions): number {
  const { against, items } = kernelSide(options);
  const exports = readPackage(options.package === undefined ? ownPackage() : resolve(options.package));
  const coverage = compareCoverage(against, items, exports, retiredNames(), loadHistory().since);
  const text =
    options.format === 'html'
      ? coveragePage(coverage, snapshotVersions().map(loadSnapshot))
      : COVERAGE_FORMATS[options.format](coverage);
  process.stdout.write(text);
  process.stderr.write(`${coverageSummary(coverage)}\n`);
  if (coverage.gaps.length === 0) return 0;
  process.stderr.write(`not covered: ${coverage.gaps.join(', ')}\n`);
  process.stderr.write(
    'fix: generate the package for this kernel or a newer one: ringsmith generate --kernel V | --header FILE\n',
  );
  return 1;
}
