/**
 * Facts from a header on this machine: a file the user names, or the one the system has installed.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import { loadClang } from '../clang/index.js';
import { DEFAULT_TARGET, type HeaderFacts, isPartOfIoUring, parseWithWhatFits } from '../parse/index.js';
import type { KernelInput } from '../pipeline.js';
import { Problem } from '../problem.js';
import { keepVocabulary } from './keep.js';
import { includesOf, KERNEL_VOCABULARY } from './vocabulary.js';
import { vocabularyFor } from './whole-kernel.js';

const HEADER = 'linux/io_uring.h';
const SPLIT_FOLDER = 'linux/io_uring';

/** GNU triples of Debian's header folders, by Node's name of the architecture. */
const TRIPLES: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  ppc64: 'powerpc64le-linux-gnu',
  loong64: 'loongarch64-linux-gnu',
};

/** The triple of the machine this runs on. */
export const hostTarget = (): string => TRIPLES[process.arch] ?? DEFAULT_TARGET;

/** Include folders of a tree such as `/usr/include`: itself, and its part for the architecture. */
export const includeTree = (root: string, target: string): string[] => [root, `${root}${sep}${target}`];

export interface HeaderRequest {
  readonly header: string;
  /** More folders to look for included headers in, before the system's. */
  readonly include?: readonly string[];
  readonly target?: string;
}

export function parseHeaderFile(request: HeaderRequest): HeaderFacts {
  const target = request.target ?? hostTarget();
  const own = (request.include ?? []).flatMap((folder) => includeTree(resolve(folder), target));
  return parseKernel(resolve(request.header), [...own, ...includeTree('/usr/include', target)], target);
}

/**
 * The headers that io_uring.h was split into: of the tree that it stands in, or of the first that has any when it stands
 * alone. Some are included by no other header.
 */
function splitHeaders(header: string, includeDirs: readonly string[]): string[] {
  const roots = header.endsWith(`${sep}${HEADER}`) ? [header.slice(0, -HEADER.length - 1)] : includeDirs;
  const root = roots.find((folder) => existsSync(join(folder, SPLIT_FOLDER)));
  if (root === undefined) return [];
  return readdirSync(join(root, SPLIT_FOLDER), { recursive: true, encoding: 'utf8' })
    .map((name) => `${SPLIT_FOLDER}/${name}`)
    .filter(isPartOfIoUring)
    .sort();
}

function parseKernel(
  header: string,
  includeDirs: readonly string[],
  target: string,
  label?: string,
): HeaderFacts {
  const facts = parseWithWhatFits(loadClang(), {
    header,
    includeDirs,
    target,
    vocabulary: [...splitHeaders(header, includeDirs), ...includesOf(KERNEL_VOCABULARY)],
    ...(label === undefined ? {} : { label }),
  });
  return keepVocabulary(facts, vocabularyFor(facts));
}

/** A folder with `linux/`, `asm/` and `asm-generic/`, and nothing of this machine's. */
export const parseHeaderTree = (folder: string, target: string, label: string): HeaderFacts =>
  parseKernel(join(folder, HEADER), [folder], target, label);

export function headerInput(request: HeaderRequest): KernelInput {
  return {
    facts: parseHeaderFile(request),
    label: basename(request.header),
    source: `header ${basename(request.header)}`,
  };
}

/** The header that the system has installed for programs. */
export function runningHeader(): string {
  const header = `/usr/include/${HEADER}`;
  if (existsSync(header)) return header;
  throw new Problem({
    code: 'HEADER_NOT_INSTALLED',
    what: `this system has no ${HEADER}`,
    consequence: 'nothing was generated',
    remedy:
      'install it (Debian, Ubuntu: linux-libc-dev; Fedora: kernel-headers; Arch, Alpine: linux-headers), or use --kernel with a version',
  });
}
