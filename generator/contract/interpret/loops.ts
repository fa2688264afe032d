/** Loops: one round stands for all, with what the loop assigns unknown. */
import type { Node, Statement, StatementOf } from '../ast.js';
import { take } from './branches.js';
import { locate } from './evaluate.js';
import { execute } from './execute.js';
import { not } from './logic.js';
import type { Machine, Memory } from './machine.js';
import { isRefusal } from './refusal.js';

export function executeLoop(machine: Machine, statement: StatementOf<'loop'>): void {
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
  const after = round.memory;
  const behind = { ...guard, value: not(guard.value), text: `behind ${text}` };
  machine.memory =
    after === undefined
      ? new Map(before)
      : machine.join([
          { guards: [behind], memory: before },
          { guards: [guard], memory: after },
        ]);
  forgetAssigned(machine, statement);
  if (round.exits.length > 0) {
    const passed = round.exits.every(isRefusal);
    machine.path.push({ ...behind, passed });
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
  const { watching } = machine;
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
  machine.watching = watching;
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
