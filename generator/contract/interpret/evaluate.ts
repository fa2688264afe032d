/** Expressions: what they are worth, what they read and write. */
import type { CType, Node, NodeOf } from '../ast.js';
import { binary, convert, unary } from './arithmetic.js';
import { call } from './call.js';
import { choose } from './choices.js';
import { execute } from './execute.js';
import { type PointerFact, plainFields, type Strength } from './facts.js';
import { known, not, truth } from './logic.js';
import type { Location, Machine } from './machine.js';
import { ASYNC, COMMAND, ENTRY, REQUEST, RING } from './objects.js';
import { constant, fieldsOf, ONE, type Value, type ValueOf } from './values.js';

export function evaluate(machine: Machine, node: Node): Value {
  machine.step();
  switch (node.kind) {
    case 'constant':
      return constant(node.value, machine.program.text(node.at));
    case 'string':
      return machine.unknown(machine.program.text(node.at));
    case 'function':
      return { kind: 'function', name: node.name };
    case 'variable':
    case 'member':
    case 'index':
      return readPlace(machine, node);
    case 'unary':
      return evaluateUnary(machine, node);
    case 'binary':
      return evaluateBinary(machine, node);
    case 'assign':
      return assign(machine, node);
    case 'conditional':
      return evaluateConditional(machine, node);
    case 'call':
      return call(machine, node);
    case 'cast':
      return evaluateCast(machine, node);
    case 'statements':
      return evaluateStatements(machine, node);
    case 'list':
      return machine.unknown(
        machine.program.text(node.at),
        node.entries.map((entry) => evaluate(machine, entry.value)),
      );
    case 'opaque':
      return machine.unknown(
        machine.program.text(node.at),
        node.parts.map((part) => evaluate(machine, part)),
      );
  }
}

/** The place a node denotes; undefined for values. */
export function locate(machine: Machine, node: Node): Location | undefined {
  switch (node.kind) {
    case 'variable':
      return node.id === ''
        ? { object: `global ${node.name}`, path: '' }
        : { object: `${machine.frame.id}.${node.id}`, path: '' };
    case 'member': {
      const base = node.arrow
        ? machine.target(evaluate(machine, node.base), node.record)
        : locate(machine, node.base);
      if (base === undefined) return undefined;
      const name = base.object === ENTRY ? node.member : node.cell;
      return { object: base.object, path: base.path === '' ? name : `${base.path}.${name}` };
    }
    case 'index': {
      const pointer = node.base.type.kind === 'pointer' ? evaluate(machine, node.base) : undefined;
      const base =
        pointer === undefined
          ? locate(machine, node.base)
          : pointer.kind === 'address'
            ? { object: pointer.object, path: pointer.path }
            : undefined;
      const index = evaluate(machine, node.index);
      if (base === undefined) return undefined;
      // Elements of the SQE's arrays are read as the field.
      if (base.object === ENTRY) return base;
      const element = index.kind === 'constant' ? `[${index.value}]` : '[]';
      return { object: base.object, path: base.path === '' ? element : `${base.path}.${element}` };
    }
    case 'unary':
      if (node.operator !== '*') return undefined;
      return node.type.kind === 'record'
        ? machine.target(evaluate(machine, node.of), node.type.spelling)
        : pointed(evaluate(machine, node.of));
    case 'cast':
      return node.implicit ? locate(machine, node.of) : undefined;
    default:
      return undefined;
  }
}

const pointed = (pointer: Value): Location | undefined =>
  pointer.kind === 'address' ? { object: pointer.object, path: pointer.path } : undefined;

function readPlace(machine: Machine, node: NodeOf<'variable' | 'member' | 'index'>): Value {
  const text = (): string => machine.program.text(node.at);
  if (node.kind === 'member') {
    const special = readMember(machine, node);
    if (special !== undefined) return special;
  }
  const location = locate(machine, node);
  if (location === undefined) return machine.unknown(text());
  if (node.type.kind === 'array') return { kind: 'address', ...location };
  // Records are handed around whole; only their members have values.
  if (node.type.kind === 'record') return machine.unknown(text());
  if (location.object === ENTRY && location.path !== '') return readField(machine, location.path, node.type);
  const value = machine.load(location, text);
  const isView = node.kind === 'member' && node.inUnion && location.object.startsWith(COMMAND);
  if (isView && node.type.kind === 'pointer' && value.kind === 'field') {
    noteWrite(machine, value, node.type, node.member, 'view');
  }
  return value;
}

/** Members whose values do not come from memory: of the tables' rows, and what one request has one of. */
function readMember(machine: Machine, node: NodeOf<'member'>): Value | undefined {
  const { program, row } = machine;
  if (program.tableRecords.has(node.record)) {
    if (row === undefined) return undefined;
    const name = row.functions.get(node.member);
    if (name !== undefined) return { kind: 'function', name };
    return constant(BigInt(row.attributes.get(node.member) ?? 0));
  }
  if (!node.arrow) return undefined;
  const { object, path } = machine.target(evaluate(machine, node.base), node.record);
  if (path !== '') return undefined;
  if (object === REQUEST && node.member === 'opcode' && row !== undefined)
    return constant(BigInt(row.number));
  if (object === REQUEST && node.member === 'ctx') return { kind: 'address', object: RING, path: '' };
  if (object === REQUEST && node.member === 'async_data') return { kind: 'address', object: ASYNC, path: '' };
  if (object === RING && node.member === 'flags') return { kind: 'setup' };
  return undefined;
}

function readField(machine: Machine, path: string, type: CType): Value {
  const field = path.split('.')[0]!;
  if (field === 'opcode' && machine.row !== undefined) return constant(BigInt(machine.row.number));
  if (machine.watching) machine.facts.read(field, machine.guards());
  if (type.kind !== 'integer')
    return machine.unknown(field, [{ kind: 'field', field, bits: 64, signed: false }]);
  return { kind: 'field', field, bits: type.bits, signed: type.signed, own: true };
}

function evaluateUnary(machine: Machine, node: NodeOf<'unary'>): Value {
  switch (node.operator) {
    case '&': {
      if (node.of.kind === 'function') return evaluate(machine, node.of);
      const location = locate(machine, node.of);
      return location === undefined
        ? machine.unknown(machine.program.text(node.at))
        : { kind: 'address', ...location };
    }
    case '*': {
      const location = locate(machine, node);
      if (location === undefined) {
        return machine.unknown(machine.program.text(node.at), [evaluate(machine, node.of)]);
      }
      if (location.object === ENTRY && location.path !== '')
        return readField(machine, location.path, node.type);
      return machine.load(location, () => machine.program.text(node.at));
    }
    case '++':
    case '--': {
      const location = locate(machine, node.of);
      const before = evaluate(machine, node.of);
      if (location !== undefined) {
        machine.store(location, binary(node.operator[0]!, before, ONE, machine.unknownAt(node)));
      }
      return machine.unknown(machine.program.text(node.at), [before]);
    }
    default: {
      const value = unary(node.operator, evaluate(machine, node.of), machine.unknownAt(node));
      return convert(value, node.type, machine.unknownAt(node));
    }
  }
}

function evaluateBinary(machine: Machine, node: NodeOf<'binary'>): Value {
  const left = evaluate(machine, node.left);
  if (node.operator === '&&' || node.operator === '||') {
    const decided = truth(left);
    if (decided.kind === 'constant' && (decided.value === 0n) === (node.operator === '&&')) return decided;
  }
  const right = evaluate(machine, node.right);
  const value = binary(node.operator, left, right, machine.unknownAt(node));
  const isFolded = value.kind === 'constant' && left.kind === 'constant' && right.kind === 'constant';
  const named = isFolded ? constant(value.value, machine.program.text(node.at)) : value;
  return isComparison(node.operator) ? named : convert(named, node.type, machine.unknownAt(node));
}

const isComparison = (operator: string): boolean => /^([<>]=?|[=!]=|&&|\|\|)$/.test(operator);

function evaluateConditional(machine: Machine, node: NodeOf<'conditional'>): Value {
  const test = known(truth(evaluate(machine, node.if)), machine.path);
  if (test.kind === 'constant') return evaluate(machine, test.value === 0n ? node.no : node.yes);
  const text = machine.program.text(node.if.at);
  const yes = machine.guard(test, text, node.if.at);
  const no = machine.guard(not(test), `!(${text})`, node.if.at);
  const under = (guard: typeof yes, branch: Node): Value => {
    machine.path.push(guard);
    const value = evaluate(machine, branch);
    machine.path.pop();
    return value;
  };
  return choose([
    { guards: [yes], value: under(yes, node.yes) },
    { guards: [no], value: under(no, node.no) },
  ]);
}

function evaluateCast(machine: Machine, node: NodeOf<'cast'>): Value {
  const value = evaluate(machine, node.of);
  const { type } = node;
  if (type.kind === 'integer') return convert(value, type, machine.unknownAt(node));
  if (type.kind !== 'pointer') return value;
  if (!node.implicit) notePointer(machine, value, type, 'cast');
  const isOtherRecord =
    !node.implicit &&
    type.pointee.startsWith('struct ') &&
    node.of.type.kind === 'pointer' &&
    node.of.type.pointee !== type.pointee;
  // A request's command area, seen as one command's record.
  if (isOtherRecord && value.kind === 'address' && value.path !== '') {
    return { kind: 'address', object: `${value.object}.${value.path}:${type.pointee}`, path: '' };
  }
  return value;
}

/** A field's value that becomes a pointer. */
export function notePointer(machine: Machine, value: Value, type: CType, how: PointerFact['how']): void {
  if (type.kind !== 'pointer' || !machine.watching) return;
  for (const field of plainFields(value)) {
    machine.facts.point({ field, pointee: type.pointee, how, guards: machine.guards() });
    machine.facts.used.add(field);
  }
}

function evaluateStatements(machine: Machine, node: NodeOf<'statements'>): Value {
  const { body } = node;
  if (body.kind !== 'block') return machine.unknown(machine.program.text(node.at));
  const last = body.statements.at(-1);
  for (const statement of body.statements.slice(0, -1)) execute(machine, statement);
  if (last?.kind !== 'expression') {
    if (last !== undefined) execute(machine, last);
    return machine.unknown(machine.program.text(node.at));
  }
  return evaluate(machine, last.expression);
}

function assign(machine: Machine, node: NodeOf<'assign'>): Value {
  const given = evaluate(machine, node.value);
  const location = locate(machine, node.to);
  const old = node.operator === undefined ? undefined : evaluate(machine, node.to);
  const computed =
    old === undefined ? given : binary(node.operator ?? '', old, given, machine.unknownAt(node));
  const value = convert(computed, node.to.type, machine.unknownAt(node));
  if (location !== undefined) write(machine, location, value, node);
  return value;
}

function write(machine: Machine, location: Location, value: Value, node: NodeOf<'assign'>): void {
  const { to } = node;
  const target = to.kind === 'cast' ? to.of : to;
  const name =
    target.kind === 'member' ? target.member : target.kind === 'variable' ? target.name : undefined;
  const isOwn = location.object === REQUEST || location.object.startsWith(COMMAND);
  noteWrite(
    machine,
    value,
    to.type,
    name,
    target.kind !== 'member' ? 'variable' : isOwn ? 'member' : 'elsewhere',
  );
  if (target.kind === 'member') {
    notePointer(machine, value, to.type, target.inUnion ? 'union' : 'stored');
    if (location.object === REQUEST && target.member === 'flags') noteMultishot(machine, node);
    if (value.kind === 'address' && value.object === ENTRY && !/^\d+\./.test(location.object))
      machine.facts.open = true;
  } else notePointer(machine, value, to.type, 'stored');
  machine.store(location, value);
}

/** A field's value that is given another name. */
export function noteWrite(
  machine: Machine,
  value: Value,
  type: CType,
  name: string | undefined,
  strength: Strength,
): void {
  if (!machine.watching) return;
  for (const field of fieldsOf(value)) if (strength !== 'parameter') machine.facts.used.add(field);
  const core = named(value);
  if (core === undefined || name === undefined || name.startsWith('_')) return;
  if (machine.facts.issuing && strength !== 'view') return;
  if (strength === 'variable' && /^(tmp|val|ret)$/.test(name)) return;
  machine.facts.names.push({ field: core.field, name, type: type.spelling, strength });
}

/** The field that a value is, but for bits that the kernel adds. */
function named(value: Value): ValueOf<'field'> | undefined {
  if (value.kind === 'field') return value;
  return value.kind === 'binary' && value.operator === '|' && value.right.kind === 'constant'
    ? named(value.left)
    : undefined;
}

/** `req->flags |= REQ_F_APOLL_MULTISHOT`: from here on the request may complete more than once. */
function noteMultishot(machine: Machine, node: NodeOf<'assign'>): void {
  if (node.operator !== '|') return;
  if (/\bREQ_F_\w*MULTISHOT\b/.test(machine.program.text(node.value.at))) {
    machine.facts.multishot.push(machine.guards());
  }
}
