/**
 * `ringsmith diff A B`: what kernel B's ABI has that A's lacks, breaking changes first.
 */

import { DIFF_FORMATS, type DiffReport, diffSummary } from '../diff/formats.js';
import { diffFacts } from '../diff/index.js';
import type { KernelInput } from '../pipeline.js';
import type { DiffFormat } from './format-names.js';
import { type KernelOptions, kernelInput } from './input.js';

export interface DiffOptions extends Pick<KernelOptions, 'include' | 'target'> {
  readonly format: DiffFormat;
}

/** A version, `running`, or the path of a header. */
function side(word: string, options: DiffOptions): KernelInput {
  const { include, target } = options;
  const shared = {
    ...(include === undefined ? {} : { include }),
    ...(target === undefined ? {} : { target }),
  };
  const isVersion = word === 'running' || /^\d+\.\d+(\.\d+)?$/.test(word);
  return kernelInput(isVersion ? { kernel: word, ...shared } : { header: word, ...shared });
}

/** @returns the exit code: 1 when something would break */
export function diffCommand(from: string, to: string, options: DiffOptions): number {
  const [before, after] = [side(from, options), side(to, options)];
  const report: DiffReport = {
    from: before.label,
    to: after.label,
    changes: diffFacts(before.facts, after.facts),
  };
  process.stdout.write(DIFF_FORMATS[options.format](report));
  process.stderr.write(`${diffSummary(report)}\n`);
  return report.changes.some((change) => change.severity === 'breaking') ? 1 : 0;
}
