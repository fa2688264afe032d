/** What the interpretation found out about an operation → its contract. */
import type { Condition, FieldContract, OperationContract, PointerContract, Rule } from './contract.js';
import { type Expressions, isCertain } from './expressions.js';
import type { Facts, PointerFact } from './interpret/facts.js';
import type { OperationRun } from './interpret/operation.js';
import { and, not, or } from './interpret/simplify.js';
import { equal, type Guard, ONE, type Value } from './interpret/values.js';
import type { Program } from './program.js';
import type { TableRow } from './tables.js';

/** What every operation has; a contract does not repeat it. */
const OF_EVERY_OPERATION: ReadonlySet<string> = new Set(['opcode', 'flags', 'user_data', 'personality']);

export function renderOperation(
  program: Program,
  row: TableRow,
  run: OperationRun,
  rules: readonly Rule[],
  expressions: Expressions,
): OperationContract {
  const prep = row.functions.get('prep') ?? '';
  const at = program.find(prep, '')?.at;
  const { facts } = run;
  return {
    opcode: row.opcode,
    prep,
    issue: row.functions.get('issue') ?? '',
    at: at === undefined ? '' : `${at.file}:${at.line}`,
    attributes: Object.fromEntries([...row.attributes].filter(([, value]) => value !== 0)),
    ...(facts.open ? { open: true as const } : {}),
    fields: fieldsOf(facts, rules, expressions),
    rules,
    multishot: multishotOf(program, row, facts, rules, expressions),
  };
}

function fieldsOf(facts: Facts, rules: readonly Rule[], expressions: Expressions): FieldContract[] {
  const fields: FieldContract[] = [];
  for (const [field, reads] of facts.reads) {
    if (OF_EVERY_OPERATION.has(field) || !isMeant(field, facts, rules)) continue;
    const pointer = pointerOf(field, facts, expressions);
    const named = nameOf(field, facts);
    fields.push({
      field,
      ...(named === undefined || named.name === field ? {} : { name: named.name }),
      ...(named === undefined || (pointer !== undefined && pointer.when === undefined)
        ? {}
        : { type: named.type }),
      ...(pointer === undefined ? {} : { pointer }),
      when: conditionsOf(reads, expressions),
    });
  }
  return fields;
}

/** It goes somewhere, or a rule lets it have more than one value; and no rule fixes it. */
function isMeant(field: string, facts: Facts, rules: readonly Rule[]): boolean {
  const fixed = rules.some(
    (rule) =>
      rule.when.length === 0 &&
      ((rule.kind === 'zero' && rule.fields.includes(field)) ||
        (rule.kind === 'compare' && rule.field === field && rule.operator === '==')),
  );
  if (fixed) return false;
  return (
    facts.used.has(field) ||
    rules.some(
      (rule) => rule.kind !== 'zero' && rule.kind !== 'flags' && 'field' in rule && rule.field === field,
    )
  );
}

function nameOf(field: string, facts: Facts): { readonly name: string; readonly type: string } | undefined {
  const named = facts.names.filter((fact) => fact.field === field);
  for (const strength of ['member', 'variable', 'parameter']) {
    const found = named.find((fact) => fact.strength === strength);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Conditions under which one of several things happens; empty when one of them always does. */
function conditionsOf(ways: readonly (readonly Guard[])[], expressions: Expressions): readonly Condition[] {
  const [first, ...rest] = ways;
  if (first === undefined) return [];
  const common = first.filter((guard) =>
    rest.every((way) => way.some((other) => equal(other.value, guard.value))),
  );
  const others = ways.map((way) =>
    way.filter((guard) => !common.some((shared) => equal(shared.value, guard.value))),
  );
  const conditions = common.map((guard) => expressions.condition(guard));
  if (others.some((way) => way.length === 0)) return conditions;
  const values = others.map((way) => way.map(({ value }) => value).reduce(and, ONE));
  const any = values.reduce(either);
  if (any.kind === 'constant') return conditions;
  const text = [...new Set(others.map((way) => way.map((guard) => guard.text).join(' && ')))].join(' || ');
  return [...conditions, expressions.condition({ value: any, text, at: '', passed: false })];
}

/** `a || !a` is no condition. */
const either = (left: Value, right: Value): Value => (equal(left, not(right)) ? ONE : or(left, right));

function pointerOf(field: string, facts: Facts, expressions: Expressions): PointerContract | undefined {
  const known = facts.pointers.filter((fact) => fact.field === field);
  if (known.length === 0) return undefined;
  const pointee = pointeeOf(known);
  const directions = facts.directions.get(field);
  const use = facts.paths.has(field) ? 'path' : pointee === 'struct iovec' ? 'iovec' : undefined;
  const length = facts.lengths.get(field);
  const when = conditionsOf(
    known.map(({ guards }) => guards),
    expressions,
  ).filter((condition) => isCertain(condition.if));
  const reads = conditionsOf(facts.reads.get(field) ?? [], expressions);
  const own = when.filter((condition) => !reads.some((other) => other.text === condition.text));
  return {
    pointee,
    ...(directions === undefined
      ? {}
      : { direction: directions.size > 1 ? ('inout' as const) : [...directions][0]! }),
    ...(use === undefined ? {} : { use }),
    ...(length === undefined ? {} : { length }),
    ...(own.length === 0 ? {} : { when: own }),
  };
}

function pointeeOf(facts: readonly PointerFact[]): string {
  const of = (...hows: PointerFact['how'][]): string | undefined =>
    facts.find(({ how, pointee }) => hows.includes(how) && pointee !== 'void')?.pointee;
  const isUsed = facts.some(({ how }) => how === 'used');
  return of('used') ?? of('stored', 'cast') ?? (isUsed ? 'void' : (of('union') ?? 'void'));
}

/** Where the request is marked so, or a flag of the operation's own name asks for it. */
function multishotOf(
  program: Program,
  row: TableRow,
  facts: Facts,
  rules: readonly Rule[],
  expressions: Expressions,
): { readonly when: readonly Condition[] }[] {
  const ways = facts.multishot.map((guards) => ({ when: conditionsOf([guards], expressions) }));
  const own = row.opcode.replace(/^IORING_OP_/, 'IORING_');
  for (const rule of rules) {
    if (rule.kind !== 'mask') continue;
    for (const name of rule.names) {
      const isOwn = /_MULTI(SHOT)?$/.test(name) && own.startsWith(name.replace(/_MULTI(SHOT)?$/, ''));
      if (isOwn && !ways.some(({ when }) => JSON.stringify(when).includes(name))) {
        ways.push({ when: [flagCondition(rule.field, 64, name, program.macros.value(name) ?? 0n)] });
      }
    }
  }
  return ways.filter(
    (way, i) => ways.findIndex((other) => JSON.stringify(other) === JSON.stringify(way)) === i,
  );
}

function flagCondition(field: string, bits: 8 | 16 | 32 | 64, name: string, value: bigint): Condition {
  return {
    if: {
      kind: 'binary',
      operator: '&',
      left: { kind: 'field', field, bits, signed: false },
      right: { kind: 'constant', value: String(value), names: [name] },
    },
    text: `${field} & ${name}`,
  };
}
