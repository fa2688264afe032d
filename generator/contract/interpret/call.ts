/** Calls: the functions of io_uring/ are run, others are known by their declaration only. */
import type { CType, FunctionDeclaration, Node, NodeOf } from '../ast.js';
import { choose, LARGEST_RESULT } from './choices.js';
import { evaluate, notePointer, noteWrite } from './evaluate.js';
import { execute } from './execute.js';
import { leave } from './jumps.js';
import type { Exit, Frame, Machine } from './machine.js';
import { COMMAND, ENTRY, REQUEST, RING } from './objects.js';
import { isRefusal } from './refusal.js';
import { type Alternative, constant, fieldsOf, type Guard, mark, ONE, type Value } from './values.js';
import { isPrimitive, noteCall, type Passed } from './vocabulary.js';

const DEEPEST = 10;
/** Functions of other folders' sources; those of headers are as good as the kernel's language. */
const isElsewhere = ({ at }: FunctionDeclaration): boolean =>
  at.file.endsWith('.c') && !at.file.startsWith('io_uring/');

export function call(machine: Machine, node: NodeOf<'call'>): Value {
  const callee = evaluate(machine, node.callee);
  const name = callee.kind === 'function' ? callee.name : calledName(node.callee);
  const values = node.arguments.map((argument) => evaluate(machine, argument));
  const builtin = name === undefined ? undefined : callBuiltin(machine, name, values);
  if (builtin !== undefined) return builtin;
  const text = machine.program.text(node.at);
  if (name === undefined) return machine.unknown(text, values);
  const declaration = calledFunction(machine, name, values);
  const passed = node.arguments.map((argument, i) => ({
    value: values[i]!,
    /** What the caller has, before it becomes what the function wants. */
    type: withoutImplicit(argument).type,
    parameter: declaration?.parameters[i],
  }));
  if (machine.watching) noteCall(machine, name, passed);
  const result = machine.unknown(text, values);
  if (declaration?.body !== undefined && !isPrimitive(name) && isWorthRunning(machine, declaration, values)) {
    if (!isFirstElsewhere(machine, declaration))
      return run(machine, declaration, values) ?? machine.unknown(text);
    answer(machine, declaration, passed, result);
  }
  for (const { value, type, parameter } of passed) leaveKernelPart(machine, value, type, parameter?.type);
  return result;
}

/**
 * A function's definition; from outside of io_uring/ where it answers with a number what it is given of the SQE. What such
 * a function calls is followed inside its own file: those that check arguments do so at once.
 */
function calledFunction(
  machine: Machine,
  name: string,
  values: readonly Value[],
): FunctionDeclaration | undefined {
  const from = machine.frame.declaration;
  const found = machine.program.find(name, from.at.file);
  if (found === undefined || found.body !== undefined || isPrimitive(name)) return found;
  if (machine.frames.some(({ declaration }) => isElsewhere(declaration))) return found;
  const decides = found.parameters.some(({ type }, i) => {
    const value = values[i];
    if (value === undefined) return false;
    return type.kind === 'integer' ? fieldsOf(value).size > 0 : isCommand(value);
  });
  const answers = found.result.kind === 'integer';
  return decides && answers ? machine.program.findAnywhere(name, from.at.file) : found;
}

/** Whether a function is where io_uring/ is left. */
const isFirstElsewhere = (machine: Machine, declaration: FunctionDeclaration): boolean =>
  isElsewhere(declaration) && !machine.frames.some((frame) => isElsewhere(frame.declaration));

/** The operation's own record, or a part of it. */
const isCommand = (value: Value): boolean => value.kind === 'address' && value.object.startsWith(COMMAND);

/**
 * What a function outside of io_uring/ answers. Only its refusals count, and only where the answer becomes the operation's:
 * what it calls a value, and how it uses it, is no fact about the operation, and what it leaves in memory is as unknown
 * as after a function that nobody can read.
 */
function answer(
  machine: Machine,
  declaration: FunctionDeclaration,
  passed: readonly Passed[],
  result: Value,
): void {
  if (result.kind !== 'unknown') return;
  const { watching, memory } = machine;
  machine.watching = false;
  const value = run(
    machine,
    declaration,
    passed.map((one) => one.value),
  );
  machine.watching = watching;
  machine.memory = memory;
  if (value !== undefined) machine.answers.set(result.id, value);
}

const calledName = (node: Node): string | undefined =>
  node.kind === 'function' ? node.name : node.kind === 'cast' ? calledName(node.of) : undefined;

const withoutImplicit = (node: Node): Node =>
  node.kind === 'cast' && node.implicit ? withoutImplicit(node.of) : node;

/** What a function without a body is given: fields are used, what pointers lead to may change. */
function leaveKernelPart(machine: Machine, value: Value, type: CType, parameter: CType | undefined): void {
  if (machine.watching) for (const field of fieldsOf(value)) machine.facts.used.add(field);
  if (value.kind !== 'address' || type.kind !== 'pointer') return;
  const isConst = parameter?.kind === 'pointer' && parameter.toConst;
  const isShared = value.path === '' && [REQUEST, ENTRY, RING].includes(value.object);
  if (!isConst && !isShared && value.object !== ENTRY)
    machine.forget({ object: value.object, path: value.path });
}

function callBuiltin(machine: Machine, name: string, values: readonly Value[]): Value | undefined {
  const [first] = values;
  switch (name) {
    case '__builtin_expect':
    case '__builtin_expect_with_probability':
    case 'READ_ONCE':
      return first;
    case '__builtin_constant_p':
      // Macros that ask this have a plain expression for constants and assembly for the rest.
      return ONE;
    case '__builtin_object_size':
    case '__builtin_dynamic_object_size':
      return constant((1n << 64n) - 1n);
    case 'memset':
      if (first?.kind === 'address' && values[1]?.kind === 'constant' && values[1].value === 0n) {
        machine.store({ object: first.object, path: first.path }, constant(0n));
        return first;
      }
      return undefined;
    default:
      return undefined;
  }
}

function isWorthRunning(
  machine: Machine,
  declaration: FunctionDeclaration,
  values: readonly Value[],
): boolean {
  if (machine.frames.length > DEEPEST || machine.exhausted) return false;
  if (machine.frames.some((frame) => frame.declaration === declaration)) return false;
  const isOurs = declaration.at.file.startsWith('io_uring/');
  return values.some((value) => {
    if (value.kind === 'address')
      return (
        isOurs ||
        (isElsewhere(declaration) && isCommand(value)) ||
        [REQUEST, ENTRY, RING].includes(value.object)
      );
    if (value.kind === 'unknown') return isOurs && value.fields.length > 0;
    return value.kind !== 'function' && (!isOurs || value.kind !== 'constant');
  });
}

/** Runs a function; undefined when it returns nothing that is known. */
export function run(
  machine: Machine,
  declaration: FunctionDeclaration,
  values: readonly Value[],
): Value | undefined {
  const first = machine.nextId();
  const exits = runToExits(machine, declaration, values);
  const going = exits.filter((exit) => !isRefusal(exit));
  const kept = going.length > 0 ? going : exits.slice(-1);
  if (kept.length === 0) {
    // It never returns, as far as this can see.
    return undefined;
  }
  machine.memory = machine.join(
    kept.map(({ guards, memory }) => ({ guards: guards.filter(({ passed }) => !passed), memory })),
  );
  forgetLocals(machine, first);
  const results = exits.filter((exit): exit is Exit & { value: Value } => exit.value !== undefined);
  if (results.length === 0) return undefined;
  const ways = results.flatMap(({ guards, value }) => leaves(essential(guards), value));
  return choose(
    ways.map(({ guards, value }) => ({ guards: [...guards, mark()], value })),
    undefined,
    LARGEST_RESULT,
  );
}

/** Without what only says that nothing was refused before. */
const essential = (guards: readonly Guard[]): readonly Guard[] =>
  guards.filter(({ passed, mark: isMark }) => !passed || isMark);

/** What a function gives back may be what another one gave back: all is one choice. */
function leaves(guards: readonly Guard[], value: Value): readonly Alternative[] {
  if (value.kind !== 'choice') return [{ guards, value }];
  return value.alternatives.flatMap((alternative) =>
    leaves([...guards, ...alternative.guards], alternative.value),
  );
}

export function runToExits(
  machine: Machine,
  declaration: FunctionDeclaration,
  values: readonly Value[],
): readonly Exit[] {
  const before = machine.memory;
  if (before === undefined || declaration.body === undefined) return [];
  const frame: Frame = {
    id: machine.nextId(),
    declaration,
    base: machine.path.length,
    exits: [],
    leaving: [],
    jumps: 0,
  };
  machine.memory = new Map(before);
  machine.frames.push(frame);
  for (const [i, parameter] of declaration.parameters.entries()) {
    const value = values[i];
    if (value === undefined) continue;
    machine.memory.set(`${frame.id}.${parameter.id}|`, value);
    noteWrite(machine, value, parameter.type, parameter.name, 'parameter');
    notePointer(machine, value, parameter.type, 'stored');
  }
  execute(machine, declaration.body);
  leave(machine, undefined, { at: declaration.at });
  machine.frames.pop();
  machine.path.length = frame.base;
  return frame.exits;
}

/** Variables of functions that have returned: those of frames from an id on. */
function forgetLocals(machine: Machine, first: number): void {
  const { memory } = machine;
  if (memory === undefined) return;
  for (const name of memory.keys()) {
    const id = /^(\d+)\./.exec(name)?.[1];
    if (id !== undefined && Number(id) >= first) memory.delete(name);
  }
}
