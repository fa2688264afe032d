/** Statements. A path ends where memory becomes undefined: at a return, a jump, or where both sides of a test end. */
import type { Node, Statement } from '../ast.js';
import { evaluate, locate, notePointer, noteWrite } from './evaluate.js';
import { type Exit, type Machine, type Memory, outliving } from './machine.js';
import { decide, isRefusal, possible } from './refusal.js';
import { and, binary, convert, not, or, truth } from './simplify.js';
import { constant, type Guard, ONE, type Value } from './values.js';

const MOST_JUMPS = 24;

type StatementOf<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

export function execute(machine: Machine, statement: Statement): void {
  if (machine.memory === undefined) return;
  machine.step();
  switch (statement.kind) {
    case 'block':
      for (const inner of statement.statements) execute(machine, inner);
      return;
    case 'expression':
      evaluate(machine, statement.expression);
      return;
    case 'declare':
      declare(machine, statement);
      return;
    case 'if':
      executeIf(machine, statement);
      return;
    case 'return':
      executeReturn(machine, statement);
      return;
    case 'label':
      execute(machine, statement.statement);
      return;
    case 'goto':
      executeGoto(machine, statement);
      return;
    case 'switch':
      executeSwitch(machine, statement);
      return;
    case 'case':
      execute(machine, statement.statement);
      return;
    case 'loop':
      executeLoop(machine, statement);
      return;
    case 'leave': {
      const target = machine.frame.leaving.at(-1);
      target?.[statement.how === 'break' ? 'breaks' : 'continues'].push(machine.memory);
      machine.memory = undefined;
      return;
    }
    case 'empty':
      return;
  }
}

function declare(machine: Machine, statement: StatementOf<'declare'>): void {
  const location = { object: `${machine.frame.id}.${statement.id}`, path: '' };
  const { value: initial, type } = statement;
  if (initial === undefined) return;
  if (initial.kind === 'list') {
    machine.store(location, constant(0n));
    for (const { designator, value } of initial.entries) {
      const given = evaluate(machine, value);
      if (designator !== undefined) machine.memory?.set(`${location.object}|${designator}`, given);
    }
    return;
  }
  const value = convert(evaluate(machine, initial), type, machine.unknownAt(initial));
  noteWrite(machine, value, type, statement.name, 'variable');
  notePointer(machine, value, type, 'stored');
  machine.store(location, value);
}

/** One way through a test or switch. */
interface Way {
  readonly guards: readonly Guard[];
  readonly memory: Memory | undefined;
  readonly exits: readonly Exit[];
}

function take(machine: Machine, from: Memory, guard: Guard, run: () => void): Way {
  const { path, frame } = machine;
  const base = path.length;
  const exits = frame.exits.length;
  machine.memory = new Map(from);
  path.push(guard);
  run();
  return { guards: path.splice(base), memory: machine.memory, exits: frame.exits.slice(exits) };
}

function executeIf(machine: Machine, statement: StatementOf<'if'>): void {
  const test = truth(evaluate(machine, statement.if));
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
      machine.watching = false;
      const value = evaluate(machine, node);
      machine.watching = true;
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

function executeReturn(machine: Machine, statement: StatementOf<'return'>): void {
  const { frame } = machine;
  const { value: node } = statement;
  const value =
    node === undefined
      ? undefined
      : convert(evaluate(machine, node), frame.declaration.result, machine.unknownAt(node));
  leave(machine, value, statement);
}

/** Ends the path at the function's end or at a return. */
export function leave(machine: Machine, value: Value | undefined, statement: { at: Exit['at'] }): void {
  const { frame, memory } = machine;
  if (memory === undefined) return;
  const guards = machine.path.slice(frame.base);
  for (const way of narrow(guards, value)) frame.exits.push({ ...way, memory, at: statement.at });
  machine.memory = undefined;
}

/**
 * `if (ret) return ret;` gives back only what made the test true: each of that is a way out of its own, and the test is
 * no condition of it any more.
 */
function narrow(
  guards: readonly Guard[],
  value: Value | undefined,
): readonly Pick<Exit, 'guards' | 'value'>[] {
  if (value?.kind !== 'choice' || !guards.some(({ subject }) => subject !== undefined))
    return [{ guards, value }];
  const alternatives = possible(value.alternatives, guards);
  if (alternatives.length === 0) return [{ guards, value }];
  return alternatives.map((alternative) => ({
    guards: [
      ...guards.filter((guard) => decide(guard, alternative.guards) === undefined),
      ...alternative.guards,
    ],
    value: alternative.value,
  }));
}

/** Runs what follows the label on a path of its own. A jump back is a loop, whose first round has been seen. */
function executeGoto(machine: Machine, statement: StatementOf<'goto'>): void {
  const { frame } = machine;
  const { body } = frame.declaration;
  const rest = body && afterLabel(body, statement.label);
  if (rest === undefined || rest[0]!.at.start <= statement.at.start || frame.jumps > MOST_JUMPS) {
    machine.memory = undefined;
    return;
  }
  frame.jumps++;
  const base = machine.path.length;
  for (const inner of rest) execute(machine, inner);
  leave(machine, undefined, statement);
  machine.path.length = base;
}

/** The statements from a label to the end of its block. */
function afterLabel(statement: Statement, label: string): readonly Statement[] | undefined {
  if (statement.kind !== 'block') return undefined;
  for (const [i, inner] of statement.statements.entries()) {
    if (inner.kind === 'label' && hasLabel(inner, label)) return statement.statements.slice(i);
    const found =
      inner.kind === 'if'
        ? (afterLabel(inner.yes, label) ?? (inner.no && afterLabel(inner.no, label)))
        : inner.kind === 'loop'
          ? afterLabel(inner.body, label)
          : afterLabel(inner, label);
    if (found !== undefined) return found;
  }
  return undefined;
}

const hasLabel = (statement: StatementOf<'label'>, label: string): boolean =>
  statement.label === label || (statement.statement.kind === 'label' && hasLabel(statement.statement, label));

function executeSwitch(machine: Machine, statement: StatementOf<'switch'>): void {
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

function executeLoop(machine: Machine, statement: StatementOf<'loop'>): void {
  const { frame } = machine;
  const target = { breaks: [] as Memory[], continues: [] as Memory[] };
  if (statement.once) {
    frame.leaving.push(target);
    execute(machine, statement.body);
    frame.leaving.pop();
    joinEnds(machine, target.breaks.concat(target.continues));
    return;
  }
  forgetAssigned(machine, statement);
  const before = machine.memory;
  if (before === undefined) return;
  const text = machine.program.text({ ...statement.at, end: statement.body.at.start });
  const guard = machine.guard(machine.unknown(text), text, statement.at);
  frame.leaving.push(target);
  const base = machine.path.length;
  const round = take(machine, before, guard, () => {
    for (const part of statement.parts) if (part.kind === 'block') execute(machine, part);
    execute(machine, statement.body);
  });
  frame.leaving.pop();
  machine.path.length = base;
  machine.memory = new Map(before);
  forgetAssigned(machine, statement);
  if (round.exits.length > 0) {
    const passed = round.exits.every(isRefusal);
    machine.path.push({ ...guard, value: not(guard.value), text: `behind ${text}`, passed });
  }
}

function joinEnds(machine: Machine, others: readonly Memory[]): void {
  const ends = [...(machine.memory ? [machine.memory] : []), ...others];
  if (ends.length === 0) return;
  const text = 'loop';
  machine.memory = machine.join(
    ends.map((memory) => ({
      guards: [{ value: machine.unknown(text), text, at: '', passed: false }],
      memory,
    })),
  );
}

/** What a loop assigns is not known inside it nor behind it. */
function forgetAssigned(machine: Machine, statement: StatementOf<'loop'>): void {
  machine.watching = false;
  const visitNode = (node: Node): void => {
    if (node.kind === 'assign' || (node.kind === 'unary' && /^(\+\+|--)$/.test(node.operator))) {
      const to = node.kind === 'assign' ? node.to : node.of;
      const location = locate(machine, to);
      if (location !== undefined) machine.store(location, machine.unknown(machine.program.text(to.at)));
    }
    for (const child of childrenOf(node)) visitNode(child);
  };
  const visit = (inner: Statement): void => {
    for (const node of nodesOf(inner)) visitNode(node);
    for (const child of statementsOf(inner)) visit(child);
  };
  visit({ ...statement, kind: 'block', statements: [...statement.parts, statement.body] });
  machine.watching = true;
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'unary':
    case 'cast':
      return [node.of];
    case 'binary':
      return [node.left, node.right];
    case 'assign':
      return [node.to, node.value];
    case 'conditional':
      return [node.if, node.yes, node.no];
    case 'call':
      return node.arguments;
    default:
      return [];
  }
}

function nodesOf(statement: Statement): readonly Node[] {
  switch (statement.kind) {
    case 'expression':
      return [statement.expression];
    case 'if':
      return [statement.if];
    case 'switch':
      return [statement.on];
    default:
      return [];
  }
}

function statementsOf(statement: Statement): readonly Statement[] {
  switch (statement.kind) {
    case 'block':
      return statement.statements;
    case 'if':
      return statement.no ? [statement.yes, statement.no] : [statement.yes];
    case 'label':
    case 'case':
      return [statement.statement];
    case 'switch':
      return [statement.body];
    case 'loop':
      return [...statement.parts, statement.body];
    default:
      return [];
  }
}
