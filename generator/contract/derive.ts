/**
 * A program → its contract: each operation of the tables is run on an SQE of unknown fields, and what was found is told.
 */
import type { KernelContract, OperationContract, Rule } from './contract.js';
import { Expressions } from './expressions.js';
import { findDispatcher, runDispatcher, runOperation } from './interpret/operation.js';
import { Names } from './names.js';
import type { Program } from './program.js';
import { issueRefusals, refusalsOf } from './refusals.js';
import { renderOperation } from './render.js';
import { Rules } from './rules.js';

export function deriveContract(program: Program): Pick<KernelContract, 'common' | 'operations'> {
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
