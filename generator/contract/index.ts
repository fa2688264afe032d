/**
 * Kernel source → contract: find the tables, read the functions they name, run each operation's on an SQE of unknown
 * fields, and tell what was found.
 */
import { createHash } from 'node:crypto';
import type { Clang } from '../clang/index.js';
import { Problem } from '../problem.js';
import type { KernelContract, OperationContract, Rule } from './contract.js';
import { Expressions } from './expressions.js';
import { findDispatcher, runDispatcher, runOperation } from './interpret/operation.js';
import { Names } from './names.js';
import { NOTHING_EXTRACTED } from './problems.js';
import { Program } from './program.js';
import { readUnit } from './read-unit.js';
import { issueRefusals, refusalsOf } from './refusals.js';
import { renderOperation } from './render.js';
import { Rules } from './rules.js';
import { type KernelTree, type PreparedTree, prepareTree } from './tree.js';

export type * from './contract.js';
export type { KernelTree } from './tree.js';

/** Before it, libclang does not tell the operators of expressions. */
const OLDEST_CLANG = 17;

export function extractContract(clang: Clang, tree: KernelTree): KernelContract {
  if (clang.major < OLDEST_CLANG) {
    throw new Problem({
      code: 'LIBCLANG_TOO_OLD',
      what: `libclang ${clang.major} (${clang.path}) does not tell the operators of expressions`,
      consequence: NOTHING_EXTRACTED,
      remedy: `Install libclang ${OLDEST_CLANG} or newer, or name one with LIBCLANG_PATH.`,
    });
  }
  const prepared = prepareTree(tree);
  const program = new Program(prepared.root);
  for (const source of prepared.sources) readUnit(clang, prepared, source, program);
  if (program.rows.size === 0) {
    throw new Problem({
      code: 'SOURCE_NO_TABLE',
      what: 'no array indexed by IORING_OP_* is in io_uring/*.c',
      where: { file: prepared.root },
      consequence: NOTHING_EXTRACTED,
      remedy: 'Give the source of Linux 6.0 or newer; before, the operations were in one file of fs/.',
    });
  }
  return {
    schema: 1,
    source: { package: tree.package, version: tree.version, sha256: digest(prepared) },
    ...contractOf(program),
  };
}

function contractOf(program: Program): Pick<KernelContract, 'common' | 'operations'> {
  const names = new Names(program.macros);
  const expressions = new Expressions(names);
  const rules = new Rules(expressions, names, (field) => program.widthOf(field));
  const dispatcher = findDispatcher(program);
  const checks =
    dispatcher === undefined ? [] : rules.of(refusalsOf(runDispatcher(program, dispatcher).prepared));
  // What depends on an operation's row stands, decided, among the rules of each operation.
  const common = checks.filter(isFullyKnown);
  const isCommon = new Set(checks.map((rule) => JSON.stringify(rule)));
  const operations = [...program.rows.values()]
    .sort((a, b) => a.number - b.number)
    .map((row): OperationContract => {
      const run = runOperation(program, dispatcher, row);
      const prepared = rules.of(refusalsOf(run.prepared));
      const issued = rules.of(issueRefusals(run.issued)).filter(isFullyKnown);
      const own = [...prepared, ...issued].filter((rule) => !isCommon.has(JSON.stringify(rule)));
      return renderOperation(program, row, run, own, expressions);
    });
  return { common, operations };
}

const isFullyKnown = (rule: Rule): boolean => !JSON.stringify(rule.when).includes('"unknown"');

/** Of the files of io_uring/, by name: what the contract was derived from. */
function digest(tree: PreparedTree): string {
  const hash = createHash('sha256');
  for (const [name, contents] of tree.files) hash.update(`${name}\0${contents.length}\0`).update(contents);
  return hash.digest('hex');
}
