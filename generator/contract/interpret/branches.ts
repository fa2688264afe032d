/** Tests and switches: every way is run on a memory of its own, and what is left of them is joined. */
import type { Node, Statement, StatementOf } from '../ast.js';
import { binary } from './arithmetic.js';
import { evaluate } from './evaluate.js';
import { execute } from './execute.js';
import { and, known, not, or, truth } from './logic.js';
import { type Exit, type Machine, type Memory, outliving } from './machine.js';
import { isRefusal } from './refusal.js';
import { constant, type Guard, ONE, type Value } from './values.js';

/** One way through a test or switch. */
interface Way {
  readonly guards: readonly Guard[];
  readonly memory: Memory | undefined;
  readonly exits: readonly Exit[];
}

export function take(machine: Machine, from: Memory, guard: Guard, run: () => void): Way {
  const { path, frame } = machine;
  const base = path.length;
  const exits = frame.exits.length;
  machine.memory = new Map(from);
  path.push(guard);
  run();
  return { guards: path.splice(base), memory: machine.memory, exits: frame.exits.slice(exits) };
}

export function executeIf(machine: Machine, statement: StatementOf<'if'>): void {
  const test = known(truth(evaluate(machine, statement.if)), machine.path);
  if (test.kind === 'constant') {
    if (test.value !== 0n) execute(machine, statement.yes);
    else if (statement.no) execute(machine, statement.no);
    return;
  }
  const before = machine.memory;
  if (before === undefined) return;
  const text = machine.program.text(statement.if.at);
  const { at } = statement.if;
  const subject = subjectOf(machine, statement.if);
  const opposite: Value | undefined = subject && { kind: 'unary', operator: '!', of: subject };
  const yes = take(machine, before, machine.guard(test, text, at, subject), () =>
    execute(machine, statement.yes),
  );
  const no = take(machine, before, machine.guard(not(test), `!(${text})`, at, opposite), () => {
    if (statement.no) execute(machine, statement.no);
  });
  merge(machine, [yes, no]);
}

/** A test of a choice, as it stands: `ret`, `!ret`, `ret < 0`. */
function subjectOf(machine: Machine, node: Node): Value | undefined {
  switch (node.kind) {
    case 'cast':
      return subjectOf(machine, node.of);
    case 'variable':
    case 'member': {
      const { watching } = machine;
      machine.watching = false;
      const value = evaluate(machine, node);
      machine.watching = watching;
      return value.kind === 'choice' ? value : undefined;
    }
    case 'unary': {
      const of = node.operator === '!' ? subjectOf(machine, node.of) : undefined;
      return of && { kind: 'unary', operator: '!', of };
    }
    case 'binary': {
      if (!/^([<>]=?|[=!]=)$/.test(node.operator)) return undefined;
      const left = subjectOf(machine, node.left);
      const right = evaluate(machine, node.right);
      if (left === undefined || right.kind !== 'constant') return undefined;
      return { kind: 'binary', operator: node.operator as '<', left, right };
    }
    default:
      return undefined;
  }
}

/** Goes on behind the ways: with the memory of those that got here, on the path that is left. */
function merge(machine: Machine, ways: readonly Way[]): void {
  const alive = ways.filter((way): way is Way & { memory: Memory } => way.memory !== undefined);
  const ended = ways.filter(({ memory }) => memory === undefined);
  const [only, second] = alive;
  if (only === undefined) {
    machine.memory = undefined;
    return;
  }
  const onlyRefused = ended.every(({ exits }) => exits.length > 0 && exits.every((exit) => isRefusal(exit)));
  if (second === undefined) {
    const [first, ...rest] = only.guards;
    if (first !== undefined && ended.length > 0) machine.path.push({ ...first, passed: onlyRefused });
    machine.path.push(...rest);
    machine.memory = only.memory;
    return;
  }
  for (const { guards } of alive) machine.path.push(...outliving(guards));
  if (ended.length > 0 && !onlyRefused) {
    const firsts = alive.map(({ guards }) => guards[0]!);
    machine.path.push({
      ...firsts[0]!,
      value: firsts.map(({ value }) => value).reduce(or),
      text: firsts.map(({ text }) => text).join(' || '),
    });
  }
  machine.memory = machine.join(
    alive.map(({ guards, memory }) => ({
      guards: guards.filter((guard, i) => i === 0 || !guard.passed),
      memory,
    })),
  );
}

export function executeSwitch(machine: Machine, statement: StatementOf<'switch'>): void {
  const on = evaluate(machine, statement.on);
  const before = machine.memory;
  if (before === undefined) return;
  const statements = statement.body.kind === 'block' ? statement.body.statements : [statement.body];
  const entries = statements.flatMap((inner, start) => {
    const values = caseValues(inner);
    return values.length === 0 ? [] : [{ start, values }];
  });
  const unknown = machine.unknownAt(statement.on);
  const matches = entries.map(({ values }) =>
    values
      .filter((value) => value !== undefined)
      .map((value) => binary('==', on, evaluate(machine, value), unknown))
      .reduce<Value>(or, constant(0n)),
  );
  const otherwise = matches.map((test) => not(test)).reduce<Value>(and, ONE);
  const text = machine.program.text(statement.on.at);
  const ways: Way[] = [];
  const run = (test: Value, start: number, label: string, subject?: Value): void => {
    const decided = truth(test);
    if (decided.kind === 'constant' && decided.value === 0n) return;
    const target = { breaks: [] as Memory[], continues: machine.frame.leaving.at(-1)?.continues ?? [] };
    machine.frame.leaving.push(target);
    const guard = machine.guard(test, label, statement.on.at, subject);
    const way = take(machine, before, guard, () => {
      for (const inner of statements.slice(start)) execute(machine, inner);
    });
    machine.frame.leaving.pop();
    const ends = [...target.breaks, ...(way.memory ? [way.memory] : [])];
    const memory =
      ends.length === 0 ? undefined : machine.join(ends.map((end) => ({ guards: way.guards, memory: end })));
    ways.push({ ...way, memory });
  };
  // As they stand, for when the value is the result of a call and its alternatives have to be told apart.
  const isCase = (value: Node | undefined): Value =>
    value === undefined
      ? constant(0n)
      : { kind: 'binary', operator: '==', left: on, right: evaluate(machine, value) };
  const anyOf = (left: Value, right: Value): Value => ({ kind: 'binary', operator: '||', left, right });
  const isOther: Value | undefined =
    on.kind === 'choice'
      ? {
          kind: 'unary',
          operator: '!',
          of: entries.flatMap(({ values }) => values.map(isCase)).reduce(anyOf, constant(0n)),
        }
      : undefined;
  let hasDefault = false;
  for (const [i, { start, values }] of entries.entries()) {
    const isDefault = values.includes(undefined);
    hasDefault ||= isDefault;
    const test = isDefault ? or(matches[i]!, otherwise) : matches[i]!;
    const subject =
      on.kind !== 'choice'
        ? undefined
        : isDefault
          ? isOther
          : values.map((value) => isCase(value)).reduce(anyOf);
    run(test, start, isDefault ? `other ${text}` : `${text} is ${caseText(machine, values)}`, subject);
  }
  if (!hasDefault) run(otherwise, statements.length, `other ${text}`, isOther);
  merge(machine, ways);
}

function caseText(machine: Machine, values: readonly (Node | undefined)[]): string {
  return values
    .filter((value) => value !== undefined)
    .map((value) => machine.program.text(value.at))
    .join(' or ');
}

/** The values of nested case labels; undefined stands for default; empty: no label. */
function caseValues(statement: Statement): readonly (Node | undefined)[] {
  return statement.kind === 'case' ? [statement.value, ...caseValues(statement.statement)] : [];
}
