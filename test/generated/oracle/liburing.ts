/**
 * The other side of the oracle: fetches liburing, lists its helpers, and runs a C program that calls them.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackage } from '../../../generator/kernels/fetch.js';
import { headerTree, unpack } from '../../../generator/kernels/header-package.js';
import { comparePackages } from '../../../generator/kernels/versions.js';
import { DEFAULT_TARGET } from '../../../generator/parse/index.js';
import { Problem } from '../../../generator/problem.js';
import { C_NAMES, type Row } from './rows.js';

/** The release that the rows describe. An older one lacks helpers that have rows. */
const OLDEST = '2.15';

const COMPILER = process.env['CC'] ?? 'cc';

/** Everything that a machine may lack; any other failure is a failure of the test. */
export class Missing extends Error {}

export interface Liburing {
  readonly version: string;
  /** Folder of liburing.h. */
  readonly include: string;
  /** Folder with kernel headers, which liburing.h includes. */
  readonly kernelInclude: string;
}

/** `#include`s of the program besides liburing's own. */
const INCLUDES = ['fcntl.h', 'inttypes.h', 'limits.h', 'poll.h', 'stdio.h', 'string.h'];
const INCLUDES_AFTER = ['netinet/in.h', 'sys/stat.h'];

function compile(args: readonly string[], text: string): string | undefined {
  const result = spawnSync(COMPILER, [...args, '-x', 'c', '-'], { input: text, encoding: 'utf8' });
  if (result.error !== undefined) throw new Missing(`no C compiler (${COMPILER}): ${result.error.message}`);
  return result.status === 0 ? undefined : result.stderr;
}

/** @throws Missing when the machine cannot do it */
export function fetchLiburing(folder: string): Liburing {
  const libc = [...INCLUDES, ...INCLUDES_AFTER].map((name) => `#include <${name}>\n`).join('');
  const refused = compile(['-fsyntax-only'], libc);
  if (refused !== undefined) throw new Missing(`no headers of a C library: ${refused.split('\n')[0]}`);
  try {
    const file = fetchPackage('liburing-dev');
    if (comparePackages(file.version, OLDEST) < 0)
      throw new Missing(`no liburing-dev ${OLDEST} or later: the archive has ${file.version}`);
    // The system's own may be too old for what liburing.h includes.
    const kernelInclude = headerTree(fetchPackage('linux-libc-dev'), DEFAULT_TARGET);
    unpack(file.path, folder);
    return { version: file.version, include: join(folder, 'usr', 'include'), kernelInclude };
  } catch (error) {
    if (error instanceof Problem) throw new Missing(`no liburing-dev: ${error.what}`);
    throw error;
  }
}

/** Every name that liburing's headers give to something that prepares an SQE: functions, macros, whatever. */
export function helpersIn(header: string): string[] {
  const code = header.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ' ');
  return [...new Set([...code.matchAll(/\b_*io_uring_prep_\w+/g)].map(([name]) => name))].sort();
}

export function helpersOf({ include }: Liburing): string[] {
  const headers = readdirSync(include, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.h'),
  );
  return helpersIn(headers.map((name) => readFileSync(join(include, name), 'utf8')).join('\n'));
}

/** One statement an argument set: a clean SQE, the helper, and its bytes on a line of their own. */
function statementsOf({ helper, sqeBytes, sets }: Row, rowIndex: number): string {
  const statements = sets.map(({ c, before = '', after = '' }, setIndex) => {
    const args = /\bsqe\b/.test(c) ? c : ['sqe', c].filter((part) => part !== '').join(', ');
    return `  memset(sqe, 0, 128); ${before} ${helper}(${args}); ${after} show(${rowIndex}, ${setIndex}, sqe, ${sqeBytes});`;
  });
  return `static void row_${rowIndex}(struct io_uring_sqe *sqe)\n{\n${statements.join('\n')}\n}\n`;
}

function programOf(rows: readonly Row[]): string {
  const include = (name: string): string => `#include <${name}>`;
  return [
    '#define _GNU_SOURCE',
    ...INCLUDES.map(include),
    '#include <liburing.h>',
    ...INCLUDES_AFTER.map(include),
    ...Object.entries(C_NAMES).map(([name, value]) => `#define ${name} ${value}`),
    'static void show(int row, int set, const void *sqe, int bytes)',
    '{',
    '  printf("%d %d ", row, set);',
    '  for (int i = 0; i < bytes; i++) printf("%02x", ((const unsigned char *)sqe)[i]);',
    "  putchar('\\n');",
    '}',
    ...rows.map(statementsOf),
    'int main(void)',
    '{',
    '  static unsigned char memory[128] __attribute__((aligned(64)));',
    '  struct io_uring_sqe *sqe = (struct io_uring_sqe *)memory;',
    ...rows.map((_, index) => `  row_${index}(sqe);`),
    '  return 0;',
    '}',
    '',
  ].join('\n');
}

export type Lookup = (row: number, set: number) => string;

/** Compiles and runs the program; its bytes as hexadecimal text, by row and set. */
export function runHelpers(liburing: Liburing, rows: readonly Row[], folder: string): Lookup {
  const program = join(folder, 'helpers');
  const text = programOf(rows);
  writeFileSync(`${program}.c`, text);
  const headers = ['-isystem', liburing.include, '-isystem', liburing.kernelInclude];
  const refused = compile(['-std=gnu11', '-Wall', '-Wextra', '-Werror', ...headers, '-o', program], text);
  if (refused !== undefined) throw new Error(`the program of the oracle does not compile:\n${refused}`);
  const { status, stdout, stderr } = spawnSync(program, { encoding: 'utf8', maxBuffer: 1 << 24 });
  if (status !== 0) throw new Error(`the program of the oracle ended with ${status}: ${stderr}`);
  const lines = new Map(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  );
  return (row, set) => {
    const bytes = lines.get(`${row} ${set}`);
    if (bytes === undefined) throw new Error(`the program of the oracle printed nothing for ${row} ${set}`);
    return bytes;
  };
}
