/**
 * What an argument is called and typed as: in a program's arguments, and in those of a builder; and how it gets from the
 * one to the other.
 */
import type { ArgumentModel, FlagType, OperationModel } from '../model/model.js';
import { COMMON_ARGS } from './encode-body.js';

/** The program's arguments, or the same with everything in kernel-visible memory. */
export type Level = 'args' | 'ready';

export interface MemberText {
  readonly name: string;
  readonly optional: boolean;
  readonly type: string;
  readonly doc: string;
}

/** `AcceptFlags.MULTISHOT | AcceptFlags.POLL_FIRST | 0` */
export function flagTypeText(flags: FlagType): string {
  const names = flags.enums.flatMap(({ name, keys }) =>
    keys === undefined ? [name.pascal] : keys.map((key) => `${name.pascal}.${key}`),
  );
  return [...names, ...(flags.zero ? ['0'] : [])].join(' | ');
}

/** Where the members of a selectable buffer stand: a type of the seam, so that each operation need not spell it out. */
export const isSelectable = (operation: OperationModel): boolean =>
  operation.typed?.args.some((arg) => arg.kind === 'bytes' && arg.selectable) ?? false;

const MEMORY = 'RingBuffer';

function argsType(arg: ArgumentModel): string {
  switch (arg.kind) {
    case 'integer':
      if (arg.file) return 'number | DirectDescriptor';
      return arg.flags !== undefined ? flagTypeText(arg.flags) : arg.wide ? 'U64' : 'number';
    case 'bytes':
      return 'Bytes';
    case 'memory':
      return MEMORY;
    case 'vector':
      return arg.inPlace ? `readonly ${MEMORY}[]` : 'readonly Bytes[]';
    case 'path':
      return 'string | Uint8Array';
    case 'socketAddress':
      return 'SocketAddress';
    case 'peer':
      return 'PeerAddress';
    case 'timespec':
      return 'Duration';
    case 'descriptors':
      return 'readonly number[] | Int32Array';
    case 'message':
      return arg.direction === 'in' ? 'Message' : 'MessageTarget';
    case 'record':
      return `RecordArgument<${arg.record.pascal}>`;
    case 'records':
      return `readonly RecordArgument<${arg.record.pascal}>[]`;
    case 'result':
    case 'results':
      return 'never';
  }
}

function readyType(arg: ArgumentModel): string {
  switch (arg.kind) {
    case 'integer':
      return arg.file ? 'number' : argsType(arg);
    case 'vector':
      return 'IoVector';
    case 'message':
      return 'MessageHeader';
    default:
      return MEMORY;
  }
}

function argsMembers(arg: ArgumentModel): MemberText[] {
  const { name, optional, doc } = arg;
  if (arg.kind === 'result') return [];
  if (arg.kind === 'results') return [{ name: arg.most.name, optional: true, type: 'number', doc }];
  return [{ name, optional, type: argsType(arg), doc }];
}

function readyMembers(arg: ArgumentModel): MemberText[] {
  const { name, optional, doc } = arg;
  const type = readyType(arg);
  const absent = optional && arg.kind !== 'integer' ? ' | undefined' : '';
  const own = { name, optional, type: `${type}${absent}`, doc };
  if (arg.kind !== 'peer') return [own];
  const length = 'Holds 32 bits: how many bytes there are for the address, and how many it took.';
  return [own, { ...own, name: arg.lengthName, doc: length }];
}

/** Members of the interface of an operation's own arguments: without those of {@link isSelectable}. */
export function members(operation: OperationModel, level: Level): MemberText[] {
  const selectable = isSelectable(operation);
  const own = operation.typed!.args.filter(
    (arg) => !(selectable && ((arg.kind === 'bytes' && arg.selectable) || arg.name === 'bufGroup')),
  );
  const refused = operation.typed!.refused.map((name) => ({
    name,
    optional: true,
    type: 'never',
    doc: 'The kernel refuses it here.',
  }));
  return [...own.flatMap((arg) => (level === 'args' ? argsMembers(arg) : readyMembers(arg))), ...refused];
}

/** How an argument is brought into kernel-visible memory, given its expression; undefined when it goes as it is. */
function pinExpression(arg: ArgumentModel, value: string, what: string): string | undefined {
  switch (arg.kind) {
    case 'integer':
      return arg.file ? `pins.descriptor(${value}, ${what})` : undefined;
    case 'peer':
      return undefined;
    case 'bytes': {
      const method = { in: 'source', out: 'target', inout: 'both' }[arg.direction];
      return `pins.${method}(${value}, ${what})`;
    }
    case 'vector': {
      const direction = arg.direction === 'in' ? 'source' : 'target';
      return `pins.vector(${value}, '${direction}', ${what}${arg.inPlace ? ', true' : ''})`;
    }
    case 'memory':
    case 'path':
    case 'timespec':
    case 'descriptors':
      return `pins.${arg.kind}(${value}, ${what})`;
    case 'socketAddress':
      return `pins.socketAddress(${value})`;
    case 'record':
    case 'records':
      return `pins.${arg.kind === 'record' ? 'encoded' : 'encodedList'}(${arg.record.camel}Layout, ${value}, ${what})`;
    case 'message':
      return `pins.${arg.direction === 'in' ? 'message' : 'messageTarget'}(${value}, ${what})`;
    case 'result':
      return `pins.record(${arg.byteLength})`;
    case 'results':
      return `pins.room(a.${arg.most.name} ?? ${arg.most.default}, ${arg.byteLength}, ${what})`;
  }
}

/** Members of the object literal that makes the builder's arguments of the program's. */
function pinMembers(operation: OperationModel): string[] {
  return operation.typed!.args.flatMap((arg) => {
    const what = `'${operation.name.camel}: ${arg.name}'`;
    const value = `a.${arg.name}`;
    if (arg.kind === 'peer') return [`...pins.peer(${value})`];
    const pinned = pinExpression(arg, value, what);
    if (pinned === undefined) return [];
    if (arg.kind === 'bytes' && arg.selectable)
      return [`${arg.name}: a.bufGroup === undefined ? ${pinned} : undefined`];
    return [`${arg.name}: ${arg.optional ? `${value} === undefined ? undefined : ` : ''}${pinned}`];
  });
}

/**
 * The program's arguments with some replaced. Each is named: what `{...a}` makes with members replaced has a shape of its
 * own for every operation that is started, and reading that takes microseconds.
 */
function copyWith(operation: OperationModel, replaced: readonly string[]): string {
  const given = new Set(replaced.map((member) => member.split(':', 1)[0]));
  const names = operation
    .typed!.args.filter((arg) => arg.kind !== 'peer')
    .flatMap((arg) => argsMembers(arg).map(({ name }) => name));
  const plain = [...COMMON_ARGS.map(({ name }) => name), ...names].filter((name) => !given.has(name));
  return `{ ${[...plain.map((name) => `${name}: a.${name}`), ...replaced].join(', ')} }`;
}

/** The function that brings a program's arguments into kernel-visible memory. */
export function readyFunction(operation: OperationModel): string {
  const memory = pinMembers(operation);
  if (memory.length === 0) return '(_pins, a) => a';
  const ready = `${operation.name.pascal}Ready`;
  const selectable = isSelectable(operation);
  const copied = `${copyWith(operation, memory)} as unknown as ${ready}`;
  const file = operation.typed!.args.find((arg) => arg.kind === 'integer' && arg.file);
  const ordinary = file === undefined ? [] : [`typeof a.${file.name} === 'number'`];
  // Most files are ordinary descriptors, for which there is nothing to do.
  if (memory.length === ordinary.length) return `(pins, a) => ${ordinary[0]} ? (a as ${ready}) : (${copied})`;
  const [first, ...others] = operation.typed!.args.filter((arg) => arg.kind !== 'integer');
  // The one buffer of a plain read or write is usually the ring's own: then nothing is copied, not even the arguments.
  if (first?.kind === 'bytes' && !first.optional && others.every((arg) => arg.optional)) {
    // In checked mode what is known not to be both read and written is kept account of here.
    const writes = { in: ', false', out: ', true', inout: '' }[first.direction];
    const direct = `pins.direct(a.${first.name}${writes})`;
    const there = selectable ? `(a.bufGroup !== undefined || ${direct})` : direct;
    const alone = [...ordinary, ...others.map((arg) => `a.${arg.name} === undefined`), there].join(' && ');
    return `(pins, a) => ${alone} ? (a as unknown as ${ready}) : (${copied})`;
  }
  return `(pins, a) => (${copied})`;
}
