/**
 * `ringsmith diff A B`: what kernel B's ABI has that A's lacks, and what B's opcodes accept that A's do not, breaking
 * changes first.
 */
import { statSync } from 'node:fs';
import { DIFF_FORMATS, diffSummary } from '../diff/formats.js';
import { diffKernels } from '../diff/index.js';
import type { KernelInput } from '../pipeline.js';
import { contractInput } from './contract-input.js';
import type { DiffFormat } from './format-names.js';
import type { KernelOptions } from './input.js';

export interface DiffOptions extends Pick<KernelOptions, 'include' | 'target'> {
  readonly format: DiffFormat;
}

/** A version, `running`, or the path of a header or of a kernel tree. */
function side(word: string, options: DiffOptions): KernelInput {
  const { include, target } = options;
  const shared = {
    ...(include === undefined ? {} : { include }),
    ...(target === undefined ? {} : { target }),
  };
  const isVersion = word === 'running' || /^\d+\.\d+(\.\d+)?$/.test(word);
  if (isVersion) return contractInput({ kernel: word, ...shared });
  const isFolder = statSync(word, { throwIfNoEntry: false })?.isDirectory() === true;
  return contractInput(isFolder ? { source: word, ...shared } : { header: word, ...shared });
}

/** @returns the exit code: 1 when something would break */
export function diffCommand(from: string, to: string, options: DiffOptions): number {
  const report = diffKernels(side(from, options), side(to, options));
  process.stdout.write(DIFF_FORMATS[options.format](report));
  process.stderr.write(`${diffSummary(report)}\n`);
  return report.changes.some((change) => change.severity === 'breaking') ? 1 : 0;
}
