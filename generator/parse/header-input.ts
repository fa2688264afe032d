/**
 * What a caller hands to the parse stage, and everything about it that can be refused before libclang sees it:
 * a missing file, a directory, a device, a binary. Also decides the include path and the text of the main file.
 */
import { existsSync, readFileSync, type Stats, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Place, Problem } from '../problem.js';

export interface HeaderInput {
  /** Absolute path of the io_uring header; the file may have any name. */
  readonly header: string;
  /** Directories that hold `linux/`, `asm/` and `asm-generic/`; the header's own root goes before them. */
  readonly includeDirs: readonly string[];
  /** Target triple; `x86_64-linux-gnu` when absent. */
  readonly target?: string;
  /** More headers, by include name, whose facts are wanted too. One that no include directory has is skipped. */
  readonly vocabulary?: readonly string[];
  /** Headers whose facts are wanted too, but that only the others include: alone they would not parse. */
  readonly parts?: readonly string[];
  /** How messages call the header, e.g. `linux 7.3`; the file's base name when absent. */
  readonly label?: string;
  /** The header's own include name; `linux/io_uring.h` when absent. Any other is not asked for opcodes and an SQE. */
  readonly include?: string;
  /** Look into the header's own root after the include directories: for one that stands in a kernel's source tree. */
  readonly ownRootLast?: boolean;
  /** Headers, by include name, to read before the header: what it uses and forgets to include. */
  readonly before?: readonly string[];
  /** Macros to define before everything else, e.g. `_GNU_SOURCE`. */
  readonly defines?: readonly string[];
}

/** The input after it was checked and completed: what the two units are parsed from. */
export interface ResolvedInput {
  readonly header: string;
  readonly include: string;
  readonly label: string;
  readonly lastLine: number;
  readonly includeDirs: readonly string[];
  readonly target: string;
  /** Include names of the headers whose facts are wanted. */
  readonly scope: readonly string[];
  /** The main file's text: includes only. */
  readonly mainText: string;
  readonly args: readonly string[];
}

export const NOTHING_WRITTEN = 'nothing was written';
export const DEFAULT_TARGET = 'x86_64-linux-gnu';
export const IO_URING_INCLUDE = 'linux/io_uring.h';
/** Name of the main files; they exist only in memory. */
export const MAIN_FILE = 'ringsmith-facts.c';

/** The largest UAPI header is well under 1 MiB; a file beyond this is something else. */
const LARGEST_HEADER = 8 * 1024 * 1024;
/** Brackets, operators and the like between two separators; each may be a level of clang's parser. */
const DEEPEST_NESTING = 1024;
const HEADER_REMEDY = 'Pass the path of a kernel UAPI header, usually <include directory>/linux/io_uring.h.';

export function resolveInput(input: HeaderInput): ResolvedInput {
  const header = resolve(input.header);
  const label = input.label ?? basename(header);
  const bytes = readHeader(header);
  refuseGarbage(header, label, bytes);
  const target = input.target ?? DEFAULT_TARGET;
  const include = input.include ?? IO_URING_INCLUDE;
  const includeDirs = includePath(header, include, input, target);
  const vocabulary = [...new Set(input.vocabulary ?? [])].filter(
    (name) => name !== include && includeDirs.some((dir) => existsSync(join(dir, name))),
  );
  const before = (input.before ?? []).filter((name) =>
    includeDirs.some((dir) => existsSync(join(dir, name))),
  );
  return {
    header,
    include,
    label,
    lastLine: lineAt(bytes, bytes.length),
    includeDirs,
    target,
    scope: [...vocabulary, ...(input.parts ?? [])],
    mainText: mainText(header, vocabulary, before),
    args: [
      '-xc',
      '-std=gnu11',
      '-nostdinc',
      '-fparse-all-comments',
      '-ferror-limit=0',
      `--target=${target}`,
      ...(input.defines ?? []).map((name) => `-D${name}`),
      ...includeDirs.map((dir) => `-I${dir}`),
    ],
  };
}

function readHeader(header: string): Uint8Array {
  const unreadable = (what: string, cause?: unknown): Problem =>
    new Problem(
      {
        code: 'HEADER_UNREADABLE',
        what,
        where: { file: header },
        consequence: NOTHING_WRITTEN,
        remedy: HEADER_REMEDY,
      },
      { cause },
    );
  let stats: Stats;
  try {
    stats = statSync(header);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw unreadable(`the header cannot be read (${code ?? String(cause)})`, cause);
    }
    throw new Problem({
      code: 'HEADER_MISSING',
      what: 'there is no such header',
      where: { file: header },
      consequence: NOTHING_WRITTEN,
      remedy: `${HEADER_REMEDY} Distributions ship it in the kernel headers package (linux-libc-dev, kernel-headers).`,
    });
  }
  if (stats.isDirectory()) throw unreadable('the header is a directory, not a file');
  // A pipe or device could block for ever or never end, so only regular files are read.
  if (!stats.isFile()) throw unreadable('the header is not a regular file');
  if (stats.size > LARGEST_HEADER)
    throw unreadable(`the file is too large for a header (${stats.size} bytes)`);
  // An #include cannot spell these, whatever the quotes.
  if (/[\n\r\0]/.test(header) || (header.includes('"') && header.includes('>'))) {
    throw unreadable('the path has characters that an #include cannot spell');
  }
  try {
    return readFileSync(header);
  } catch (cause) {
    throw unreadable(
      `the header cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`,
      cause,
    );
  }
}

function refuseGarbage(header: string, label: string, bytes: Uint8Array): void {
  const refused = (code: string, what: string, where: Place): Problem =>
    new Problem({ code, what, where, consequence: NOTHING_WRITTEN, remedy: HEADER_REMEDY });
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    const what = `${label} is not text: it has a NUL byte at offset ${nul}`;
    throw refused('HEADER_SYNTAX', what, { file: header, line: lineAt(bytes, nul) });
  }
  if (bytes.every((byte) => byte <= 0x20)) {
    throw refused('HEADER_NO_OPCODES', `${label} is empty`, { file: header, line: 1 });
  }
  const monster = longStretch(Buffer.from(bytes).toString('latin1'));
  if (monster >= 0) {
    const what = `${label} has more than ${DEEPEST_NESTING} brackets and operators without a comma, semicolon, brace or directive`;
    throw refused('HEADER_SYNTAX', what, { file: header, line: lineAt(bytes, monster) });
  }
}

/** Offset of code that would nest so deep in clang's parser that it overflows its stack; -1 when there is none. */
function longStretch(text: string): number {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (comment) => ';'.repeat(comment.length));
  let start = 0;
  for (const end of code.matchAll(/[;,{}#]|$/g)) {
    // Fewer bytes cannot hold more.
    if (end.index - start > DEEPEST_NESTING && nesting(code.slice(start, end.index)) > DEEPEST_NESTING)
      return start;
    start = end.index + 1;
  }
  return -1;
}

/** Names and numbers do not nest; prefix words do. */
function nesting(stretch: string): number {
  return (
    stretch.match(/[^\s\w"'\\]|\b(?:sizeof|_*[Aa]lignof_*|_*extension_*|_*typeof_*|_*real_*|_*imag_*)\b/g)
      ?.length ?? 0
  );
}

function lineAt(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let index = 0; index < offset; index++) if (bytes[index] === 0x0a && index + 1 < bytes.length) line++;
  return line;
}

/**
 * The header's own root first, so that it meets the siblings it was shipped with; then what the caller gave.
 * A multiarch system keeps `asm/` one level down, in a directory named after the target.
 */
function includePath(
  header: string,
  include: string,
  { includeDirs, ownRootLast }: HeaderInput,
  target: string,
): readonly string[] {
  const given = includeDirs.map((dir) => resolve(dir));
  const own = header.endsWith(`/${include}`) ? [header.slice(0, -include.length - 1)] : [];
  const roots = ownRootLast === true ? [...given, ...own] : [...own, ...given];
  const path: string[] = [];
  for (const root of roots) {
    path.push(root);
    const multiarch = join(root, multiarchName(target));
    if (!existsSync(join(root, 'asm')) && existsSync(join(multiarch, 'asm'))) path.push(multiarch);
  }
  return [...new Set(path)];
}

/** `x86_64-unknown-linux-gnu` → `x86_64-linux-gnu`, `i686-linux-gnu` → `i386-linux-gnu`. */
function multiarchName(target: string): string {
  const parts = target.split('-');
  const cpu = (parts[0] ?? '').replace(/^i[3-6]86$/, 'i386');
  return [cpu, ...parts.slice(parts.length > 3 ? 2 : 1)].join('-');
}

/**
 * The declaration after the header is a tripwire: a header that ends inside a declaration makes it an error,
 * here, instead of somewhere in the vocabulary that follows.
 */
function mainText(header: string, vocabulary: readonly string[], before: readonly string[]): string {
  const quoted = header.includes('"') ? `<${header}>` : `"${header}"`;
  const first = before.map((name) => `#include <${name}>`);
  const lines = [...first, `#include ${quoted}`, 'static void ringsmith_end_of_header(void);'];
  for (const name of vocabulary) lines.push(`#include <${name}>`);
  return `${lines.join('\n')}\n`;
}
