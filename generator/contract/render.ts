/** What the interpretation found out about an operation → its contract. */
import type { Condition, FieldContract, OperationContract, PointerContract, Rule } from './contract.js';
import { type Expressions, isCertain } from './expressions.js';
import { binary, unary } from './interpret/arithmetic.js';
import type { Facts, PointerFact } from './interpret/facts.js';
import { and, implies, not, or } from './interpret/logic.js';
import type { OperationRun } from './interpret/operation.js';
import { equal, type Guard, ONE, unknownValue, type Value, ZERO } from './interpret/values.js';
import { IOVEC } from './interpret/vocabulary.js';
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
      ...(named === undefined ||
      named.type.endsWith('*') ||
      (pointer !== undefined && pointer.when === undefined)
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
  for (const strength of ['view', 'member', 'variable', 'elsewhere', 'parameter']) {
    const found = named.find((fact) => fact.strength === strength);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Conditions under which one of several things happens; empty when one of them always does. */
function conditionsOf(ways: readonly (readonly Guard[])[], expressions: Expressions): readonly Condition[] {
  const [first, ...rest] = ways;
  if (first === undefined) return [];
  const common = first.filter((guard) => rest.every((way) => has(way, guard)));
  const others = ways.map((way) => way.filter((guard) => !has(common, guard)));
  const conditions = common
    .filter((guard) => !common.some((other) => other !== guard && implies(other.value, guard.value)))
    .map((guard) => expressions.condition(guard));
  const simple = simplest(others);
  if (simple.some((way) => way.length === 0)) return conditions;
  const any = simple.map((way) => way.map(({ value }) => value).reduce(and, ONE)).reduce(or);
  if (any.kind === 'constant') return conditions;
  const text = simple.map((way) => way.map((guard) => guard.text).join(' && ')).join(' || ');
  return [...conditions, expressions.condition({ value: any, text, at: '', passed: false })];
}

/** The same ways without those that cannot be, and without what does not matter: of `a` or `!a && b`, `a` or `b`. */
function simplest(ways: readonly (readonly Guard[])[]): readonly (readonly Guard[])[] {
  let left: readonly (readonly Guard[])[] = ways.filter(
    (way) => !way.some((guard) => way.some((other) => isOpposite(guard, other))),
  );
  if (left.length === 0) left = ways;
  for (let changed = true; changed; ) {
    changed = false;
    left = left.map((way) => {
      const needed = way.filter(
        (guard) => !left.some((other) => other !== way && resolves(other, way, guard)),
      );
      if (needed.length < way.length) changed = true;
      return needed;
    });
  }
  return left.filter(
    (way, i) =>
      !left.some(
        (other, j) =>
          i !== j && other.every((guard) => has(way, guard)) && (other.length < way.length || j < i),
      ),
  );
}

/** Another way that is this one with one guard turned round, or less, makes that guard needless. */
const resolves = (other: readonly Guard[], way: readonly Guard[], guard: Guard): boolean =>
  other.some((counterpart) => isOpposite(counterpart, guard)) &&
  other.every((item) => isOpposite(item, guard) || has(way, item));

const has = (way: readonly Guard[], guard: Guard): boolean =>
  way.some((other) => equal(other.value, guard.value));

const isOpposite = (a: Guard, b: Guard): boolean => equal(a.value, not(b.value));

function pointerOf(field: string, facts: Facts, expressions: Expressions): PointerContract | undefined {
  const known = facts.pointers.filter((fact) => fact.field === field);
  if (known.length === 0) return undefined;
  const pointee = pointeeOf(known);
  const length = facts.lengths.get(field);
  const use = useOf(field, pointee, facts);
  const direction = directionOf(field, use, facts);
  const when = conditionsOf(
    known.map(({ guards }) => guards),
    expressions,
  ).filter((condition) => isCertain(condition.if));
  const reads = conditionsOf(facts.reads.get(field) ?? [], expressions);
  const own = when.filter((condition) => !reads.some((other) => other.text === condition.text));
  return {
    pointee,
    ...(direction === undefined ? {} : { direction }),
    ...(use === undefined ? {} : { use }),
    ...(length === undefined ? {} : { length }),
    ...(own.length === 0 ? {} : { when: own }),
  };
}

function directionOf(field: string, use: PointerContract['use'], facts: Facts): PointerContract['direction'] {
  const own = facts.directions.get(field);
  // Buffers of iovecs that are kept for later go where everything of the operation goes.
  const [direction, ...others] = own ?? (use === 'iovec' ? facts.iterators : []);
  return others.length > 0 ? 'inout' : direction;
}

function useOf(field: string, pointee: string, facts: Facts): PointerContract['use'] {
  if (facts.paths.has(field)) return 'path';
  if (pointee === IOVEC) return 'iovec';
  // Characters that come without a length end with a NUL.
  return pointee === 'char' && !facts.lengths.has(field) && facts.directions.get(field)?.has('in')
    ? 'string'
    : undefined;
}

/** What it points to as long as no flag asks for something else, if that is told; else what it points to at all. */
function pointeeOf(facts: readonly PointerFact[]): string {
  const plain = facts.filter(({ guards }) => guards.every(({ value }) => holdsForZero(value)));
  return telling(plain.some(({ how }) => how === 'used') ? plain : facts);
}

function telling(facts: readonly PointerFact[]): string {
  const of = (...hows: PointerFact['how'][]): string | undefined =>
    facts.find(({ how, pointee }) => hows.includes(how) && pointee !== 'void')?.pointee;
  const isUsed = facts.some(({ how }) => how === 'used');
  return of('used') ?? of('stored', 'cast') ?? (isUsed ? 'void' : (of('union') ?? 'void'));
}

/** Whether a condition is met by an SQE of zeroes, as far as that decides it. */
function holdsForZero(value: Value): boolean {
  const zero = atZero(value);
  return zero.kind !== 'constant' || zero.value !== 0n;
}

function atZero(value: Value): Value {
  switch (value.kind) {
    case 'field':
      return ZERO;
    case 'unary':
      return unary(value.operator, atZero(value.of), () => value);
    case 'binary':
      return binary(value.operator, atZero(value.left), atZero(value.right), () => unknownValue('any'));
    default:
      return value;
  }
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
  if (ways.some(({ when }) => when.length === 0)) return [{ when: [] }];
  const own = row.opcode.replace(/^IORING_OP_/, 'IORING_');
  for (const rule of rules) {
    if (rule.kind !== 'mask') continue;
    for (const name of rule.names) {
      const isOwn = MULTISHOT.test(name) && own.startsWith(name.replace(MULTISHOT, ''));
      if (isOwn && !ways.some(({ when }) => JSON.stringify(when).includes(name))) {
        ways.push({ when: [flagCondition(program, rule.field, name)] });
      }
    }
  }
  const texts = ways.map((way) => JSON.stringify(way));
  return ways.filter((_, i) => texts.indexOf(texts[i]!) === i);
}

const MULTISHOT = /_MULTI(SHOT)?$/;

function flagCondition(program: Program, field: string, name: string): Condition {
  const bits = program.widthOf(field) as 8 | 16 | 32 | 64;
  return {
    if: {
      kind: 'binary',
      operator: '&',
      left: { kind: 'field', field, bits, signed: false },
      right: { kind: 'constant', value: String(program.macros.value(name) ?? 0n), names: [name] },
    },
    text: `${field} & ${name}`,
  };
}
