/**
 * From the command line's words for a kernel to its facts.
 */
import { createHash } from 'node:crypto';
import { headerInput, runningHeader } from '../kernels/header-file.js';
import { loadSnapshot, snapshotVersions } from '../kernels/snapshot.js';
import type { KernelInput } from '../pipeline.js';
import { Problem } from '../problem.js';

/** Options that several commands share. */
export interface KernelOptions {
  readonly kernel?: string;
  readonly header?: string;
  readonly include?: readonly string[];
  readonly target?: string;
}

function snapshotInput(version: string): KernelInput {
  const snapshot = loadSnapshot(version);
  const { source } = snapshot;
  return {
    facts: snapshot.facts,
    label: `Linux ${snapshot.kernel}`,
    source: `${source.package} ${source.version}`,
  };
}

/** The newest kernel with a snapshot: what ringsmith's own package is generated for. */
export function newestVersion(): string {
  const newest = snapshotVersions().at(-1);
  if (newest !== undefined) return newest;
  throw new Problem({
    code: 'KERNEL_NONE',
    what: 'there is no snapshot of any kernel',
    consequence: 'there is nothing to generate from',
    remedy: 'give a header with --header FILE',
  });
}

/** Facts for `--header`, `--kernel`, or by default the newest snapshot. */
export function kernelInput(options: KernelOptions): KernelInput {
  if (options.header !== undefined && options.kernel !== undefined) {
    throw new Problem({
      code: 'USAGE',
      what: '--header and --kernel both name what to read',
      consequence: 'nothing was done',
      remedy: 'give one of them',
    });
  }
  const extra = {
    ...(options.include === undefined ? {} : { include: options.include }),
    ...(options.target === undefined ? {} : { target: options.target }),
  };
  if (options.header !== undefined) return headerInput({ header: options.header, ...extra });
  if (options.kernel === 'running') {
    const header = runningHeader();
    return {
      ...headerInput({ header, ...extra }),
      label: 'the running system',
      source: `installed ${header}`,
    };
  }
  return snapshotInput(options.kernel ?? newestVersion());
}

/** A digest of text, for manifests and reports. */
export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
