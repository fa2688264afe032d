/**
 * From the command line's words for a kernel to its facts.
 */
import { onBothMachines } from '../kernels/arm64.js';
import { GitClone } from '../kernels/git-clone.js';
import { headerInput, parseHeaderTree, runningHeader } from '../kernels/header-file.js';
import { headerTree, readPackageFile, targetOf } from '../kernels/header-package.js';
import { kernelFacts } from '../kernels/kernel-facts.js';
import { readKernelTree, treeFacts, treeLabel } from '../kernels/kernel-tree.js';
import { withLibc } from '../kernels/libc.js';
import { loadSnapshot, snapshotOf, snapshotVersions, sourceText } from '../kernels/snapshot.js';
import { fetchTag, kernelUrl } from '../kernels/tag.js';
import { isKernelVersion, upstreamVersion } from '../kernels/versions.js';
import { DEFAULT_TARGET } from '../parse/index.js';
import type { KernelInput } from '../pipeline.js';
import { Problem } from '../problem.js';

/** Options that several commands share. */
export interface KernelOptions {
  readonly kernel?: string;
  readonly header?: string;
  readonly include?: readonly string[];
  readonly target?: string;
  /** A package of kernel headers. */
  readonly deb?: string;
  readonly tag?: string;
  readonly baseUrl?: string;
  /** A local clone of the kernel, to read the tag from. */
  readonly git?: string;
  /** A kernel's source tree, to read the contract from. */
  readonly source?: string;
  /** Headers of a tag, once {@link withTag} has fetched them. */
  readonly tagFolder?: string;
}

const usage = (what: string, remedy: string): Problem =>
  new Problem({ code: 'USAGE', what, consequence: 'nothing was done', remedy });

function snapshotInput(version: string): KernelInput {
  const { source, kernel, facts } = loadSnapshot(version);
  return { facts, label: `Linux ${kernel}`, source: sourceText(source), kernel };
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

/** A snapshot needs neither network nor libclang; whatever has none is fetched and parsed. */
function versionInput(version: string, target: string | undefined): KernelInput {
  if (!isKernelVersion(version)) {
    throw usage(`${version} is no kernel version`, "give one such as 6.12, 6.1.187 or 7.3-rc7, or 'running'");
  }
  const series = snapshotOf(version);
  if (series !== undefined) {
    const input = snapshotInput(series);
    if (target === undefined || input.facts.target.triple === target) return input;
  }
  const { facts, kernel, source } = kernelFacts(version, target);
  return { facts, label: `Linux ${kernel}`, source: sourceText(source), kernel };
}

function packageInput(file: string, target: string | undefined): KernelInput {
  const found = readPackageFile(file);
  const triple = target ?? targetOf(found, DEFAULT_TARGET);
  const kernel = upstreamVersion(found.version);
  const label = `Linux ${kernel}`;
  return {
    facts: parseHeaderTree(headerTree(found, triple), triple, label),
    label,
    source: `${found.name} ${found.version}`,
    kernel,
  };
}

function tagInput(tag: string, folder: string | undefined, target: string | undefined): KernelInput {
  if (folder === undefined)
    throw new Error('the headers of a tag are fetched before its facts are asked for');
  const kernel = tag.replace(/^v(?=\d)/, '');
  const label = `Linux ${kernel}`;
  return {
    facts: parseHeaderTree(folder, target ?? DEFAULT_TARGET, label),
    label,
    source: `kernel tag ${tag}`,
    ...(isKernelVersion(kernel) ? { kernel } : {}),
  };
}

/** A kernel's tree is a complete input: it has its header too. */
function treeInput(folder: string, target: string | undefined): KernelInput {
  const tree = readKernelTree(folder);
  return {
    facts: treeFacts(tree, target),
    label: treeLabel(tree),
    source: `${tree.source.package} ${tree.source.version}`,
    ...(tree.kernel === undefined ? {} : { kernel: tree.kernel }),
  };
}

/** Fetches the headers of `--tag`, when it is given: the one source that answers only later. */
export async function withTag<T extends KernelOptions>(options: T): Promise<T> {
  const { tag, git, baseUrl } = options;
  if (tag === undefined && git !== undefined)
    throw usage('--git is where a tag is read from', 'give --tag too');
  if (tag === undefined) return options;
  if (git !== undefined && baseUrl !== undefined)
    throw usage('--git and --base-url each name where to read the tag from', 'give one of them');
  const template = git === undefined ? kernelUrl(baseUrl) : new GitClone(git);
  const tagFolder = await fetchTag({ tag, template, target: options.target ?? DEFAULT_TARGET });
  return { ...options, tagFolder };
}

function chosenInput(options: KernelOptions): KernelInput {
  const { header, kernel, deb, tag, include, target } = options;
  const given = Object.entries({
    '--header': header,
    '--kernel': kernel,
    '--package': deb,
    '--tag': tag,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length > 1) throw usage(`${given.join(' and ')} each name what to read`, 'give one of them');
  if (deb !== undefined) return packageInput(deb, target);
  if (tag !== undefined) return tagInput(tag, options.tagFolder, target);
  const extra = {
    ...(include === undefined ? {} : { include }),
    ...(target === undefined ? {} : { target }),
  };
  if (header !== undefined) return headerInput({ header, ...extra });
  if (kernel === 'running') {
    const installed = runningHeader();
    return {
      ...headerInput({ header: installed, ...extra }),
      label: 'the running system',
      source: `installed ${installed}`,
    };
  }
  if (kernel === undefined && options.source !== undefined) return treeInput(options.source, target);
  return versionInput(kernel ?? newestVersion(), target);
}

/**
 * Facts for `--header`, `--kernel`, `--package` or `--tag`, else for `--source`, or by default of the newest snapshot;
 * the C library's with them.
 */
export function kernelInput(options: KernelOptions): KernelInput {
  const input = chosenInput(options);
  const facts = withLibc(input.facts);
  // A target that is named is the only one that is wanted.
  if (options.target !== undefined) return { ...input, facts };
  const both = onBothMachines(facts);
  return 'alone' in both
    ? { ...input, facts, alone: both.alone }
    : { ...input, facts: both.x64, arm64: both.arm64 };
}
