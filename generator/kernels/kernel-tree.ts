/**
 * A kernel's source tree on this machine, as a user names it: which kernel it is, and the facts of its own header.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { DEFAULT_TARGET, type HeaderFacts } from '../parse/index.js';
import { Problem } from '../problem.js';
import { exportTree } from './export-headers.js';
import { parseHeaderTree } from './header-file.js';
import { seriesOf } from './versions.js';

const UAPI = join('include', 'uapi');
const HEADER = join(UAPI, 'linux', 'io_uring.h');
const OPERATIONS = 'io_uring';

/** A kernel's tree, as far as its contract needs it. */
export interface KernelTree {
  readonly folder: string;
  /** e.g. `6.12.117`; absent when the tree has no Makefile that says so. */
  readonly kernel?: string;
  /** What it came from, e.g. `linux-source-6.12`. */
  readonly source: { readonly package: string; readonly version: string };
}

/** `VERSION = 7`, `PATCHLEVEL = 3`, … → `7.3.4`, `7.3-rc7` */
function versionOf(folder: string): string | undefined {
  const makefile = join(folder, 'Makefile');
  if (!existsSync(makefile)) return undefined;
  const text = readFileSync(makefile, 'utf8');
  const value = (name: string): string =>
    new RegExp(`^${name}[ \\t]*=[ \\t]*(\\S*)`, 'm').exec(text)?.[1] ?? '';
  const [version, patch, sub] = ['VERSION', 'PATCHLEVEL', 'SUBLEVEL'].map(value);
  if (!/^\d+$/.test(version!) || !/^\d+$/.test(patch!)) return undefined;
  const candidate = /^-rc\d+$/.exec(value('EXTRAVERSION'))?.[0] ?? '';
  return `${version}.${patch}${sub === '' || sub === '0' ? '' : `.${sub}`}${candidate}`;
}

/** @throws Problem when the folder is no kernel tree that a contract can be read from */
export function readKernelTree(path: string): KernelTree {
  const folder = resolve(path);
  const refused = (code: string, what: string): Problem =>
    new Problem({
      code,
      what,
      where: { file: folder },
      consequence: 'nothing was written',
      remedy: 'give the top folder of a tree of Linux 6.0 or later, or only its header with --header FILE',
    });
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) throw refused('SOURCE_MISSING', 'there is no such folder');
  if (!stats.isDirectory()) throw refused('SOURCE_NO_TREE', 'the source is not a folder');
  if (!existsSync(join(folder, HEADER)))
    throw refused('SOURCE_NO_TREE', `this is no kernel tree: it has no ${HEADER}`);
  if (!existsSync(join(folder, OPERATIONS)))
    throw refused(
      'SOURCE_NO_TREE',
      'the tree has no folder io_uring/, so that no contract can be read from it',
    );
  const kernel = versionOf(folder);
  return {
    folder,
    ...(kernel === undefined ? {} : { kernel }),
    source: { package: 'kernel tree', version: kernel ?? 'unknown' },
  };
}

/** What people call a tree. */
export const treeLabel = (tree: KernelTree): string =>
  tree.kernel === undefined ? 'the kernel tree' : `Linux ${tree.kernel}`;

/** A tree of another kernel than the one that was asked for is a mistake, not a neighbour. */
export function checkTreeKernel(tree: KernelTree, kernel: string | undefined): void {
  if (kernel === undefined || tree.kernel === undefined || seriesOf(tree.kernel) === seriesOf(kernel)) return;
  throw new Problem({
    code: 'SOURCE_OTHER_KERNEL',
    what: `the tree is of Linux ${tree.kernel}, and Linux ${kernel} was asked for`,
    where: { file: tree.folder },
    consequence: 'nothing was written',
    remedy: `give a tree of Linux ${seriesOf(kernel)}, or --source alone: a tree is a complete input`,
  });
}

/** A place in the exported headers is one in the tree that they were exported from. */
function inTree(problem: Problem, exported: string, folder: string): Problem {
  const { where } = problem;
  if (where === undefined || !where.file.startsWith(exported)) return problem;
  const file = join(folder, UAPI, relative(exported, where.file));
  return new Problem({ ...problem, where: { ...where, file } }, { cause: problem });
}

/** Of the headers that facts were read from, by their names and texts. */
function headersDigest(exported: string, { files }: HeaderFacts): string {
  const hash = createHash('sha256');
  for (const { include } of files) {
    const file = join(exported, include);
    if (existsSync(file)) hash.update(`${include}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Facts of the headers that a tree has for programs. */
export const treeFacts = (tree: KernelTree, target = DEFAULT_TARGET): HeaderFacts =>
  treeHeaders(tree, target).facts;

/** The same, with the digest of those headers. */
export function treeHeaders(
  tree: KernelTree,
  target = DEFAULT_TARGET,
): { readonly facts: HeaderFacts; readonly sha256: string } {
  const exported = mkdtempSync(join(tmpdir(), 'ringsmith-tree-'));
  try {
    exportTree(tree.folder, exported, target);
    const facts = parseHeaderTree(exported, target, treeLabel(tree));
    return { facts, sha256: headersDigest(exported, facts) };
  } catch (error) {
    throw error instanceof Problem ? inTree(error, exported, tree.folder) : error;
  } finally {
    rmSync(exported, { recursive: true });
  }
}
