/**
 * A program → its contract: each operation of the tables is run on an SQE of unknown fields, and what was found is told.
 */
import type { FieldPlace, SqeLayout, Submission } from '../../runtime/contract/evaluate.js';
import { breaks } from '../../runtime/contract/offence.js';
import type { KernelContract, OperationContract, Rule } from './contract.js';
import { Expressions, isCertain } from './expressions.js';
import { findDispatcher, runDispatcher, runOperation } from './interpret/operation.js';
import { Names } from './names.js';
import type { Program } from './program.js';
import { issueRefusals, refusalsOf } from './refusals.js';
import { renderOperation } from './render.js';
import { OF_ARGUMENTS, Rules } from './rules.js';

export function deriveContract(program: Program): Pick<KernelContract, 'common' | 'operations'> {
  const names = new Names(program.macros);
  const expressions = new Expressions(names);
  // An entry of zeros asks for nothing: a rule that it may break would be a possible reason for every refusal.
  const zeros: Submission = { words: new Uint32Array(2), layout: anywhere(program), setupFlags: 0 };
  const isAskedFor = (rule: Rule): boolean => breaks(rule, zeros) !== undefined;
  const rules = new Rules(expressions, names, (field) => program.widthOf(field));
  const dispatcher = findDispatcher(program);
  const dispatched = dispatcher && runDispatcher(program, dispatcher);
  const checks =
    dispatched === undefined ? [] : rules.of(refusalsOf(dispatched.prepared, dispatched.machine.answers));
  // What depends on an operation's row stands, decided, among the rules of each operation.
  const known = checks.filter(isFullyKnown);
  const isCommon = new Set(checks.filter((rule) => !isUndecided(rule)).map((rule) => JSON.stringify(rule)));
  const operations = [...program.rows.values()]
    .sort((a, b) => a.number - b.number)
    .map((row): OperationContract => {
      const run = runOperation(program, dispatcher, row);
      const prepared = rules
        .of(refusalsOf(run.prepared, run.machine.answers))
        .filter((rule) => isFullyKnown(rule) || isOwn(rule) || isAskedFor(rule))
        .filter((rule) => !isUndecided(rule) || isAskedFor(rule));
      const issued = possibleOnly(rules.of(issueRefusals(run.issued, run.machine.answers))).filter(
        (rule) => (isFullyKnown(rule) && !isUndecided(rule)) || isAskedFor(rule),
      );
      const own = [...prepared, ...issued].filter((rule) => !isCommon.has(JSON.stringify(rule)));
      return renderOperation(program, row, run, own, expressions);
    });
  return shareUndecided(known, operations);
}

/** A layout of entries of zeros: fields may lie anywhere in those. */
const anywhere = (program: Program): SqeLayout =>
  new Map(
    [...program.sqeFields.keys()].map((field): [string, FieldPlace] => [
      field,
      { bitOffset: 0, bits: program.widthOf(field) as FieldPlace['bits'], signed: false },
    ]),
  );

/** A rule whose reason the dispatcher's own look at no row does not tell: the row decides it, or nothing does. */
const isUndecided = (rule: Rule): boolean => rule.kind === 'reject' && !isCertain(rule.if);

/** What no row decides is left undecided in every operation, and is then common to them. */
function shareUndecided(
  checks: readonly Rule[],
  operations: readonly OperationContract[],
): Pick<KernelContract, 'common' | 'operations'> {
  const told = operations.map(({ rules }) => new Set(rules.map((rule) => JSON.stringify(rule))));
  const isEverywhere = (rule: Rule): boolean => told.every((rules) => rules.has(JSON.stringify(rule)));
  const common = checks.filter((rule) => !isUndecided(rule) || isEverywhere(rule));
  const isCommon = new Set(common.map((rule) => JSON.stringify(rule)));
  return {
    common,
    operations: operations.map((operation) => ({
      ...operation,
      rules: operation.rules.filter((rule) => !isCommon.has(JSON.stringify(rule))),
    })),
  };
}

/**
 * Rules of the issue that depend on more than the submission may be broken, and no more can be said: of what they depend
 * on, one unknown condition says that as well as several. Those that say the same are one.
 */
function possibleOnly(rules: readonly Rule[]): readonly Rule[] {
  const seen = new Set<string>();
  return rules.flatMap((rule): Rule[] => {
    if (isFullyKnown(rule)) return [rule];
    if (!OF_ARGUMENTS.has(rule.error)) return [];
    const known = rule.when.filter((condition) => isCertain(condition.if));
    const unknown = rule.when.filter((condition) => !isCertain(condition.if)).slice(-1);
    const isUnknown = rule.kind === 'reject' && !isCertain(rule.if);
    if (isUnknown && known.length === 0) return [];
    const told: Rule = { ...rule, when: isUnknown ? known : [...known, ...unknown] };
    const identity = JSON.stringify({ ...told, at: '' });
    if (seen.has(identity)) return [];
    seen.add(identity);
    return [told];
  });
}

/** What io_uring/ checks itself, or functions that are compiled into it. */
const isOwn = (rule: Rule): boolean => /^(io_uring|include)\//.test(rule.at);

const isFullyKnown = (rule: Rule): boolean => !JSON.stringify(rule.when).includes('"unknown"');
