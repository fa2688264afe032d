/** A kernel source tree: which files of it are read, and how libclang is told to read them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Problem } from '../problem.js';
import { rewriteSource } from './rewrite.js';
import { CONFIGURATION_FILE, FALLBACK_FILE, generatedHeaders } from './stubs.js';

export interface SourceTree {
  /** Folder with `io_uring/`, `include/` and so on. */
  readonly folder: string;
  /** How the contract names where it comes from, e.g. `linux-source-7.3` and the package's version. */
  readonly source: { readonly package: string; readonly version: string };
}

/** The tree with everything that does not depend on the file that is parsed. */
export interface PreparedTree {
  readonly root: string;
  readonly args: readonly string[];
  /** Absolute path → contents: what a plain tree lacks, and rewritten sources. */
  readonly unsaved: Readonly<Record<string, string>>;
  /** Paths inside the tree, in order. */
  readonly sources: readonly string[];
  /** Every file of io_uring/, by its path inside the tree. */
  readonly files: ReadonlyMap<string, Buffer>;
}

const FOLDER = 'io_uring';

/** What tells a file that takes part in preparing or issuing an operation. */
const OF_INTEREST = /\bio_uring_sqe\b|\bissue_flags\b|\bIORING_OP_\w+\]/;

export function prepareTree(tree: SourceTree): PreparedTree {
  const root = resolve(tree.folder);
  const folder = join(root, FOLDER);
  if (!existsSync(folder)) {
    throw new Problem({
      code: 'SOURCE_NO_IO_URING',
      what: `the tree has no folder ${FOLDER}`,
      where: { file: root },
      consequence: 'no contract was extracted',
      remedy: 'Give the root of a kernel source tree of Linux 6.0 or newer.',
    });
  }
  const files = new Map<string, Buffer>();
  for (const name of readdirSync(folder).sort()) {
    if (/\.[ch]$/.test(name)) files.set(`${FOLDER}/${name}`, readFileSync(join(folder, name)));
  }
  const unsaved: Record<string, string> = generatedHeaders(root, [...files.values()]);
  for (const [name, contents] of files) {
    // latin1 keeps one character a byte, so that a rewritten file has the offsets of the one on disk.
    const text = contents.toString('latin1');
    const rewritten = rewriteSource(text);
    if (rewritten !== text) unsaved[join(root, name)] = Buffer.from(rewritten, 'latin1').toString('utf8');
  }
  const sources = [...files]
    .filter(([name, contents]) => name.endsWith('.c') && OF_INTEREST.test(contents.toString('latin1')))
    .map(([name]) => name);
  return { root, args: argumentsFor(root), unsaved, sources, files };
}

function argumentsFor(root: string): readonly string[] {
  const include = ['include/linux/kconfig.h', 'include/linux/compiler_types.h'].filter((name) =>
    existsSync(join(root, name)),
  );
  return [
    '-xc',
    '-std=gnu11',
    '-nostdinc',
    '-ferror-limit=0',
    '-w',
    // An undeclared function is what a missing header leaves behind; its call is still worth reading.
    '-Wno-error=implicit-function-declaration',
    '--target=x86_64-linux-gnu',
    '-fms-extensions',
    '-fshort-wchar',
    '-mfentry',
    '-DCC_USING_FENTRY',
    '-D__KERNEL__',
    '-DKBUILD_MODNAME="io_uring"',
    '-DKBUILD_MODFILE="io_uring"',
    '-DKBUILD_BASENAME="io_uring"',
    ...[
      'arch/x86/include',
      'arch/x86/include/generated',
      'include',
      'arch/x86/include/uapi',
      'arch/x86/include/generated/uapi',
      'include/uapi',
      'include/generated/uapi',
    ].map((name) => `-I${join(root, name)}`),
    ...[CONFIGURATION_FILE, ...include, FALLBACK_FILE].flatMap((name) => ['-include', join(root, name)]),
  ];
}
