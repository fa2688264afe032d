/**
 * What an argument is called and typed as: in a program's arguments, and in those of a builder; and how it gets from the
 * one to the other.
 */
import type { ArgumentModel, FileArgument, FlagType, OperationModel, Registrable } from '../model/model.js';
import { COMMON_ARGS } from './encode-body.js';
import { chosenText } from './machine.js';

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

/** A buffer whose members stand in a type of the seam, so that each operation need not spell them out. */
export const selectableOf = (operation: OperationModel) =>
  operation.typed?.args.find((arg) => arg.kind === 'bytes' && arg.selectable === true) as
    | (ArgumentModel & { readonly kind: 'bytes' })
    | undefined;

const MEMORY = 'RingBuffer';
const FIXED = 'FixedBuffer';

/** Whether other memory than that of a registered buffer makes no sense to the operation. */
const onlyRegistered = ({ registered }: Registrable): boolean =>
  registered !== undefined && registered.flag === undefined;

function fileType(file: FileArgument): string {
  if (file === 'bare') return 'number';
  if (file === 'direct') return 'DirectDescriptor';
  return file === 'ordinary' ? 'OrdinaryDescriptor' : 'Descriptor';
}

const PIN_OF_FILE = { any: 'descriptor', direct: 'registered', ordinary: 'ordinary', bare: 'bare' } as const;

/** What the kernel only reads may be read-only. */
export const bytesType = (direction: 'in' | 'out' | 'inout'): string =>
  direction === 'in' ? 'SourceBytes' : 'Bytes';

type IntegerArgument = ArgumentModel & { readonly kind: 'integer' };

const numberType = ({ flags, wide }: IntegerArgument): string =>
  flags !== undefined ? flagTypeText(flags) : wide ? 'U64' : 'number';

function argsType(arg: ArgumentModel): string {
  switch (arg.kind) {
    case 'integer':
      if (arg.file !== undefined) return fileType(arg.file);
      if (arg.operation === true) return `${numberType(arg)} | OperationTarget`;
      return numberType(arg);
    case 'inheritable':
      return 'boolean';
    case 'bytes':
      return onlyRegistered(arg) ? FIXED : bytesType(arg.direction);
    case 'memory':
      return MEMORY;
    case 'vector':
      return `readonly ${onlyRegistered(arg) ? FIXED : bytesType(arg.direction)}[]`;
    case 'path':
      return 'string | Uint8Array';
    case 'socketAddress':
      return 'SocketAddress';
    case 'peer':
      return 'PeerAddress';
    case 'timespec':
      return 'Duration';
    case 'descriptors':
      return 'readonly OrdinaryDescriptor[] | Int32Array';
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
      return arg.file === undefined ? numberType(arg) : 'number';
    case 'inheritable':
      return argsType(arg);
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
  if (arg.kind === 'result' || (arg.kind === 'integer' && arg.derived)) return [];
  if (arg.kind === 'results') return [{ name: arg.most.name, optional: true, type: 'number', doc }];
  return [{ name, optional, type: argsType(arg), doc }];
}

/** Whether a program may give an object that stands for the number. */
const isReference = ({ file, operation }: IntegerArgument): boolean =>
  file !== undefined || operation === true;

/** Whether it is another thing in kernel-visible memory. */
const isPrepared = (arg: ArgumentModel): boolean =>
  arg.kind === 'integer' ? isReference(arg) : arg.kind !== 'inheritable';

function readyMembers(arg: ArgumentModel): MemberText[] {
  const { name, optional, doc } = arg;
  const type = readyType(arg);
  const prepared = isPrepared(arg);
  const absent = optional && prepared ? ' | undefined' : '';
  const own = { name, optional, type: `${type}${absent}`, doc };
  if (arg.kind !== 'peer') return [own];
  const length = 'Holds 32 bits: how many bytes there are for the address, and how many it took.';
  return [own, { ...own, name: arg.lengthName, doc: length }];
}

/** Members of the interface of an operation's own arguments: without those of {@link selectableOf}. */
export function members(operation: OperationModel, level: Level): MemberText[] {
  const selectable = selectableOf(operation) !== undefined;
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

/** Everything that may be called an argument at a level. */
export function argumentNames(operation: OperationModel, level: Level): string[] {
  const { args, refused } = operation.typed!;
  const own = args.flatMap((arg) => (level === 'args' ? argsMembers(arg) : readyMembers(arg)));
  return [
    ...new Set([
      ...own.map(({ name }) => name),
      ...(selectableOf(operation) === undefined ? [] : ['bufGroup', 'length']),
      ...COMMON_ARGS.map(({ name }) => name),
      ...refused,
    ]),
  ];
}

/** How an argument is brought into kernel-visible memory, given its expression; undefined when it goes as it is. */
function pinExpression(arg: ArgumentModel, value: string, what: string): string | undefined {
  switch (arg.kind) {
    case 'integer':
      if (arg.operation === true) return `pins.operation(${value}, ${what})`;
      if (arg.file === undefined) return undefined;
      return `pins.${typeof arg.file === 'object' ? 'beside' : PIN_OF_FILE[arg.file]}(${value}, ${what})`;
    case 'peer':
    case 'inheritable':
      return undefined;
    case 'bytes': {
      const method = { in: 'source', out: 'target', inout: 'both' }[arg.direction];
      return `pins.${method}(${value}, ${what})`;
    }
    case 'vector': {
      const direction = arg.direction === 'in' ? 'source' : 'target';
      return `pins.vector(${value}, '${direction}', ${what})`;
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
      return `pins.record(${chosenText(String(arg.byteLength), arg.arm64?.toString())})`;
    case 'results':
      return `pins.results(a.${arg.most.name} ?? ${arg.most.default}, ${chosenText(String(arg.byteLength), arg.arm64?.toString())}, ${what.replace(arg.name, arg.most.name)})`;
  }
}

/** The condition that an argument's memory is not said to be that of a registered buffer. */
function isOrdinary({ registered }: Registrable): string[] {
  const { flag } = registered ?? {};
  return flag === undefined ? [] : [`((a.${flag.argument} ?? 0) & ${flag.bits}) === 0`];
}

/** The place of the registered buffer that an argument's memory lies in. */
function placeMember(arg: ArgumentModel, what: string): string[] {
  if (arg.kind !== 'bytes' && arg.kind !== 'vector' && arg.kind !== 'message') return [];
  if (arg.registered === undefined) return [];
  const memory = `a.${arg.name}${arg.kind === 'message' ? '.buffers' : ''}`;
  const place = `pins.${arg.kind === 'bytes' ? 'fixed' : 'fixedParts'}(${memory}, ${what})`;
  const [ordinary] = isOrdinary(arg);
  return [`${arg.registered.index}: ${ordinary === undefined ? '' : `${ordinary} ? undefined : `}${place}`];
}

/** Members, for one argument, of the object literal that makes the builder's arguments of the program's. */
function pinMembers(operation: OperationModel, arg: ArgumentModel): string[] {
  const what = `'${operation.name.camel}: ${arg.name}'`;
  const value = `a.${arg.name}`;
  if (arg.kind === 'peer') return [`...pins.peer(${value})`];
  const isOperation = arg.kind === 'integer' && arg.operation === true;
  const pinned = pinExpression(arg, value, isOperation ? `${what}, '${operation.constant}'` : what);
  if (pinned === undefined) return [];
  // What is no registered buffer is refused before anything is done with it.
  const place = placeMember(arg, what);
  if (arg.kind === 'bytes' && arg.selectable)
    return [...place, `${arg.name}: a.bufGroup === undefined ? ${pinned} : undefined`];
  const own = `${arg.name}: ${arg.optional ? `${value} === undefined ? undefined : ` : ''}${pinned}`;
  if (arg.kind !== 'integer' || typeof arg.file !== 'object') return [...place, own];
  const { argument, directBit } = arg.file;
  const flags = `bits32(a.${argument} ?? 0, '${operation.name.camel}: ${argument}')`;
  return [own, `${argument}: ${flags} | pins.directBit(${value}, ${directBit})`];
}

/** What a bare number may stand for. */
const isNumbered = (arg: ArgumentModel): arg is IntegerArgument =>
  arg.kind === 'integer' && isReference(arg) && arg.file !== 'direct';

/** The condition that such an argument is given as the number. */
function isBare({ name, optional, operation }: IntegerArgument): string {
  if (operation === true) return `typeof a.${name} !== 'object'`;
  return optional
    ? `(a.${name} === undefined || typeof a.${name} === 'number')`
    : `typeof a.${name} === 'number'`;
}

/**
 * The members that go as they are. By name and not as `...a`: V8 gives an object that gets members beyond those of the
 * object it was spread from a hidden class of its own, and every look at its members then takes the slow way.
 */
function plainMembers(operation: OperationModel, memory: readonly string[]): string[] {
  const own = operation.typed!.args.flatMap((arg) =>
    arg.kind === 'peer' ? [] : argsMembers(arg).map(({ name }) => name),
  );
  const names = [
    ...COMMON_ARGS.map(({ name }) => name),
    ...own,
    ...(selectableOf(operation) !== undefined ? ['length'] : []),
  ];
  const prepared = new Set(memory.map((member) => member.slice(0, member.indexOf(':'))));
  return names.filter((name) => !prepared.has(name)).map((name) => `${name}: a.${name}`);
}

/** The function that brings a program's arguments into kernel-visible memory. */
export function readyFunction(operation: OperationModel): string {
  const memory = operation.typed!.args.flatMap((arg) => pinMembers(operation, arg));
  if (memory.length === 0) return '(_pins, a) => a';
  const ready = `${operation.name.pascal}Ready`;
  const selectable = selectableOf(operation) !== undefined;
  const copied = `{ ${[...plainMembers(operation, memory), ...memory].join(', ')} } as unknown as ${ready}`;
  const numbers = operation.typed!.args.filter(isNumbered).map(isBare);
  // Where what stands for numbers is given as such there is nothing to do.
  if (operation.typed!.args.every((arg) => isNumbered(arg) || pinMembers(operation, arg).length === 0))
    return `(pins, a) => ${numbers.join(' && ')} ? (a as ${ready}) : (${copied})`;
  const [first, ...others] = operation.typed!.args.filter(
    (arg) => arg.kind !== 'integer' && arg.kind !== 'inheritable',
  );
  // The one buffer of a plain read or write is usually the ring's own: then nothing is copied, not even the arguments.
  if (
    first?.kind === 'bytes' &&
    !first.optional &&
    !onlyRegistered(first) &&
    others.every((arg) => arg.optional)
  ) {
    // In checked mode what is known not to be both read and written is kept account of here.
    const writes = { in: ', false', out: ', true', inout: '' }[first.direction];
    const direct = `pins.direct(a.${first.name}${writes})`;
    const there = selectable ? `(a.bufGroup !== undefined || ${direct})` : direct;
    const alone = [
      ...numbers,
      ...isOrdinary(first),
      ...others.map((arg) => `a.${arg.name} === undefined`),
      there,
    ].join(' && ');
    return `(pins, a) => ${alone} ? (a as unknown as ${ready}) : (${copied})`;
  }
  return `(pins, a) => (${copied})`;
}
