/**
 * Runs one operation: the dispatcher's checks, its own preparation, and its issue. Without a row, the dispatcher alone,
 * for what holds for any operation.
 */
import type { FunctionDeclaration, Node, Statement } from '../ast.js';
import { ContractProblem } from '../problems.js';
import type { Program } from '../program.js';
import type { TableRow } from '../tables.js';
import { binary } from './arithmetic.js';
import { runToExits } from './call.js';
import type { Facts } from './facts.js';
import { type Exit, Machine } from './machine.js';
import { ENTRY, REQUEST, RING } from './objects.js';
import { isRefusal } from './refusal.js';
import { constant, type Value } from './values.js';

export interface OperationRun {
  readonly machine: Machine;
  readonly facts: Facts;
  /** Ways out of preparing and issuing, in the order of the source. */
  readonly prepared: readonly Exit[];
  readonly issued: readonly Exit[];
}

const FIRST_FLAGS: Value = { kind: 'field', field: 'flags', bits: 8, signed: false };
/** Beyond the bits that are copied from the SQE, the core sets what it likes before an operation is issued. */
const CORE_FLAGS = constant(~0xffn);

export function runOperation(
  program: Program,
  dispatcher: FunctionDeclaration | undefined,
  row: TableRow,
): OperationRun {
  const machine = new Machine(program, row);
  const prep = functionOf(program, row, 'prep');
  machine.store({ object: REQUEST, path: 'flags' }, FIRST_FLAGS);
  const prepared = runToExits(machine, ...bound(dispatcher ?? prep));
  const issue = functionOf(program, row, 'issue');
  const going = prepared.filter((exit) => !isRefusal(exit));
  if (going.length === 0) return { machine, facts: machine.facts, prepared, issued: [] };
  machine.memory = machine.join(
    going.map(({ guards, memory }) => ({ guards: guards.filter(({ passed }) => !passed), memory })),
  );
  const flags = machine.load({ object: REQUEST, path: 'flags' }, () => 'req->flags');
  const unknown = machine.unknown('req->flags');
  const of = (): Value => unknown;
  const core = binary('&', unknown, CORE_FLAGS, of);
  machine.store({ object: REQUEST, path: 'flags' }, binary('|', flags, core, of));
  machine.forget({ object: REQUEST, path: 'cqe' });
  machine.store({ object: REQUEST, path: 'cqe.res' }, constant(0n));
  machine.forget({ object: REQUEST, path: 'file' });
  machine.facts.issuing = true;
  const issued = runToExits(machine, ...bound(issue));
  return { machine, facts: machine.facts, prepared, issued };
}

export function runDispatcher(program: Program, dispatcher: FunctionDeclaration): OperationRun {
  const machine = new Machine(program, undefined);
  const prepared = runToExits(machine, ...bound(dispatcher));
  return { machine, facts: machine.facts, prepared, issued: [] };
}

function functionOf(program: Program, row: TableRow, member: 'prep' | 'issue'): FunctionDeclaration {
  const name = row.functions.get(member);
  const found = name === undefined ? undefined : program.find(name, '');
  if (found?.body === undefined) throw new ContractProblem(row.opcode, member, name);
  return found;
}

/** A function with what its parameters stand for. */
function bound(declaration: FunctionDeclaration): [FunctionDeclaration, Value[]] {
  const values = declaration.parameters.map(({ type, name }, i): Value => {
    const object = type.kind === 'pointer' ? OBJECTS[type.pointee] : undefined;
    return object === undefined
      ? { kind: 'unknown', id: -1 - i, text: name, fields: [] }
      : { kind: 'address', object, path: '' };
  });
  return [declaration, values];
}

const OBJECTS: Readonly<Record<string, string>> = {
  'struct io_kiocb': REQUEST,
  'struct io_uring_sqe': ENTRY,
  'struct io_ring_ctx': RING,
};

/** The function that is given an SQE and calls the row's `prep`. */
export function findDispatcher(program: Program): FunctionDeclaration | undefined {
  return program
    .definitions()
    .find(
      ({ body, parameters }) =>
        body !== undefined &&
        parameters.some(({ type }) => type.kind === 'pointer' && type.pointee === 'struct io_uring_sqe') &&
        callsPrep(body, program),
    );
}

function callsPrep(statement: Statement | Node, program: Program): boolean {
  if (statement.kind === 'member') {
    return statement.member === 'prep' && program.tableRecords.has(statement.record);
  }
  return Object.values(statement).some((value: unknown) =>
    (Array.isArray(value) ? value : [value]).some(
      (child: unknown) =>
        typeof child === 'object' && child !== null && 'at' in child && callsPrep(child as Node, program),
    ),
  );
}
