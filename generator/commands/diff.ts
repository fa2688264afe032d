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
import { type KernelOptions, withTag } from './input.js';

export interface DiffOptions extends Pick<KernelOptions, 'include' | 'target' | 'git' | 'baseUrl'> {
  readonly format: DiffFormat;
}

/** A version, `running`, a tag such as `v6.12`, or the path of a header or of a kernel tree. */
async function side(word: string, options: DiffOptions): Promise<KernelInput> {
  const { include, target } = options;
  const shared = {
    ...(include === undefined ? {} : { include }),
    ...(target === undefined ? {} : { target }),
  };
  const isVersion = word === 'running' || /^\d+\.\d+(\.\d+)?$/.test(word);
  if (isVersion) return contractInput({ kernel: word, ...shared });
  const stats = statSync(word, { throwIfNoEntry: false });
  if (stats === undefined && /^v\d+\.\d+/.test(word)) {
    const { git, baseUrl } = options;
    const from = { ...(git === undefined ? {} : { git }), ...(baseUrl === undefined ? {} : { baseUrl }) };
    return contractInput(await withTag({ tag: word, ...from, ...shared }));
  }
  const isFolder = stats?.isDirectory() === true;
  return contractInput(isFolder ? { source: word, ...shared } : { header: word, ...shared });
}

/** @returns the exit code: 1 when something would break */
export async function diffCommand(from: string, to: string, options: DiffOptions): Promise<number> {
  const report = diffKernels(await side(from, options), await side(to, options));
  process.stdout.write(DIFF_FORMATS[options.format](report));
  process.stderr.write(`${diffSummary(report)}\n`);
  return report.changes.some((change) => change.severity === 'breaking') ? 1 : 0;
}
