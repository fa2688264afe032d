/** Ends of a path: returns, and jumps to what is left of a function. */
import type { Statement, StatementOf } from '../ast.js';
import { convert } from './arithmetic.js';
import { evaluate } from './evaluate.js';
import { execute } from './execute.js';
import type { Exit, Machine } from './machine.js';
import { decide, possible } from './refusal.js';
import type { Guard, Value } from './values.js';

/** A function that jumps more often is not followed everywhere. */
const MOST_JUMPS = 24;

export function executeReturn(machine: Machine, statement: StatementOf<'return'>): void {
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
export function executeGoto(machine: Machine, statement: StatementOf<'goto'>): void {
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
