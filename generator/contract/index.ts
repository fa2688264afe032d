/** Kernel source → contract: its files are read as one, and from what was kept of it the contract is derived. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clang } from '../clang/index.js';
import { Problem } from '../problem.js';
import type { KernelContract } from './contract.js';
import { deriveContract } from './derive.js';
import { elsewhere } from './elsewhere.js';
import { NOTHING_EXTRACTED } from './problems.js';
import { Program } from './program.js';
import { readSources } from './read-unit.js';
import { type PreparedTree, prepareTree, type SourceTree } from './tree.js';

export type * from './contract.js';
export type { SourceTree } from './tree.js';

/** Before it, libclang does not tell the operators of expressions. */
const OLDEST_CLANG = 17;

export function extractContract(clang: Clang, tree: SourceTree): KernelContract {
  if (clang.major < OLDEST_CLANG) {
    throw new Problem({
      code: 'LIBCLANG_TOO_OLD',
      what: `libclang ${clang.major} (${clang.path}) does not tell the operators of expressions`,
      consequence: NOTHING_EXTRACTED,
      remedy: `Install libclang ${OLDEST_CLANG} or newer, or name one with LIBCLANG_PATH.`,
    });
  }
  const prepared = prepareTree(tree);
  const program = new Program(prepared.root, elsewhere(clang, prepared));
  readSources(clang, prepared, prepared.sources, program);
  if (program.rows.size === 0) throw noTable(program);
  return {
    schema: 1,
    source: { ...tree.source, sha256: digest(prepared) },
    ...deriveContract(program),
  };
}

function noTable({ root, tableError }: Program): Problem {
  if (tableError === undefined) {
    return new Problem({
      code: 'SOURCE_NO_TABLE',
      what: 'no array indexed by IORING_OP_* is in io_uring/*.c',
      where: { file: root },
      consequence: NOTHING_EXTRACTED,
      remedy: 'Give the source of Linux 6.0 or newer; before, the operations were in one file of fs/.',
    });
  }
  return new Problem({
    code: 'SOURCE_BAD_TABLE',
    what: `the table of operations cannot be read: ${tableError.message}`,
    where: { file: join(root, tableError.place.file), line: tableError.place.line },
    consequence: NOTHING_EXTRACTED,
    remedy: 'Correct the table, or declare what it names in a header that it includes.',
  });
}

/** Of the files of io_uring/, by name: what the contract was derived from. */
function digest(tree: PreparedTree): string {
  const hash = createHash('sha256');
  for (const [name, contents] of tree.files) hash.update(`${name}\0${contents.length}\0`).update(contents);
  return hash.digest('hex');
}
