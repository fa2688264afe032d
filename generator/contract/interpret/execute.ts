/** Statements. A path ends where memory becomes undefined: at a return, a jump, or where both sides of a test end. */
import type { Statement, StatementOf } from '../ast.js';
import { convert } from './arithmetic.js';
import { executeIf, executeSwitch } from './branches.js';
import { evaluate, notePointer, noteWrite } from './evaluate.js';
import { executeGoto, executeReturn } from './jumps.js';
import { executeLoop } from './loops.js';
import type { Machine } from './machine.js';
import { constant } from './values.js';

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
