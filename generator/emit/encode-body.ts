/**
 * Bodies of the TypeScript builders: which expression goes into which 32-bit word of the SQE.
 */
import type { OperationModel, SqeFieldModel, SqeModel, StoreModel } from '../model/model.js';
import { render } from './render.js';

export interface EncodeContext {
  /** Contents of the destructuring pattern that reads every argument once. */
  readonly bindings: string;
  readonly words: readonly { readonly at: string; readonly value: string }[];
  /** Clear the second half of a 128-byte SQE. */
  readonly tail: boolean;
  /** Expression for what must be kept alive. */
  readonly held: string;
}

export interface FieldsContext {
  readonly stores: readonly { readonly name: string; readonly lines: readonly string[] }[];
  readonly command: false | { readonly name: string; readonly word: number; readonly byte: number };
}

const WORD_BITS = 32;

/** Arguments every operation takes, and the SQE fields they go to. */
export const COMMON_ARGS = [
  { name: 'sqeFlags', field: 'flags' },
  { name: 'personality', field: 'personality' },
  { name: 'userData', field: 'user_data' },
] as const;

const atWord = (word: number): string => (word === 0 ? '' : ` + ${word}`);

/** An integer that fits a word, at its place in it. */
function narrow(expression: string, field: SqeFieldModel, what: string): string {
  const shift = field.bitOffset % WORD_BITS;
  const checked = `bits${field.bits}(${expression}, '${what}')`;
  return shift === 0 ? checked : `(${checked} << ${shift})`;
}

/** Terms a store contributes, by word. */
function terms(operation: OperationModel, store: StoreModel): [word: number, term: string][] {
  const { field, value } = store;
  const word = Math.floor(field.bitOffset / WORD_BITS);
  const wide = field.bits === 64;
  const pair = (low: string, high: string): [number, string][] => [
    [word, low],
    [word + 1, high],
  ];
  const number = (expression: string, what: string): [number, string][] =>
    wide
      ? pair(`low(${expression}, '${what}')`, `high(${expression}, '${what}')`)
      : [[word, narrow(expression, field, what)]];
  switch (value.kind) {
    case 'opcode':
      return [[word, String(operation.opcode << (field.bitOffset % WORD_BITS))]];
    case 'fixed':
      return wide
        ? pair(String(value.value), '0')
        : [[word, String(value.value << (field.bitOffset % WORD_BITS))]];
    case 'integer':
      return number(value.argument, `${operation.name.camel}: ${value.argument}`);
    case 'address':
      return pair(`RingBuffer.low(${value.argument})`, `RingBuffer.high(${value.argument})`);
    case 'vectorAddress':
      return pair(
        `RingBuffer.low(IoVector.memory(${value.argument}))`,
        `RingBuffer.high(IoVector.memory(${value.argument}))`,
      );
    case 'length':
      return number(
        `RingBuffer.length(${value.argument})`,
        `${operation.name.camel}: length of ${value.argument}`,
      );
    case 'vectorCount':
      return number(
        `IoVector.count(${value.argument})`,
        `${operation.name.camel}: entries of ${value.argument}`,
      );
  }
}

/** Opcode, the common arguments and the operation's own stores, each field once. */
export function allStores(operation: OperationModel, sqe: SqeModel): StoreModel[] {
  const own = operation.typed?.stores ?? [];
  const fieldOf = (cName: string): SqeFieldModel | undefined =>
    sqe.fields.find((field) => field.cName === cName);
  const taken = new Set(own.map((store) => store.field.cName));
  const opcode = fieldOf('opcode');
  const common = COMMON_ARGS.flatMap((arg): StoreModel[] => {
    const field = fieldOf(arg.field);
    if (field === undefined || taken.has(arg.field)) return [];
    return [{ field, value: { kind: 'integer', argument: arg.name, default: 0 } }];
  });
  return [
    ...(opcode === undefined ? [] : [{ field: opcode, value: { kind: 'opcode' } } as const]),
    ...common,
    ...own,
  ];
}

function bindings(stores: readonly StoreModel[]): string {
  const defaults = new Map<string, string>();
  for (const { value } of stores) {
    if (!('argument' in value)) continue;
    const missing = value.kind === 'integer' ? value.default : undefined;
    defaults.set(value.argument, missing === undefined ? value.argument : `${value.argument} = ${missing}`);
  }
  return [...defaults.values()].join(', ');
}

function held(stores: readonly StoreModel[]): string {
  const buffers = stores
    .filter((store) => store.value.kind === 'address')
    .map((store) => (store.value as { argument: string }).argument);
  const vectors = stores
    .filter((store) => store.value.kind === 'vectorAddress')
    .map((store) => `...IoVector.held(${(store.value as { argument: string }).argument})`);
  const all = [...buffers, ...vectors];
  if (all.length === 0) return 'undefined';
  return all.length === 1 && vectors.length === 0 ? all[0]! : `[${all.join(', ')}]`;
}

/** Body of `encode(words, at, a)` for an operation with named arguments. */
export function encodeBody(operation: OperationModel, sqe: SqeModel): string {
  const stores = allStores(operation, sqe);
  const words = Array.from({ length: sqe.bytes / 4 }, (): string[] => []);
  for (const store of stores) for (const [word, term] of terms(operation, store)) words[word]!.push(term);
  const context: EncodeContext = {
    bindings: bindings(stores),
    words: words.map((parts, word) => ({
      at: atWord(word),
      value: parts.length === 0 ? '0' : parts.join(' | '),
    })),
    tail: operation.sqeBytes > sqe.bytes,
    held: held(stores),
  };
  return render('encode.ts.hbs', context);
}

/** SQE fields a program may set by name in an operation without named arguments. */
export function openFields(sqe: SqeModel): SqeFieldModel[] {
  const set = new Set<string>(['opcode', ...COMMON_ARGS.map((arg) => arg.field)]);
  return sqe.fields.filter((field) => !set.has(field.cName));
}

/** Body of the shared builder over the SQE's own fields. */
export function encodeFieldsBody(sqe: SqeModel): string {
  const common = COMMON_ARGS.flatMap((arg) => {
    const field = sqe.fields.find((candidate) => candidate.cName === arg.field);
    return field === undefined ? [] : [{ field, name: arg.name as string }];
  });
  const open = openFields(sqe).map((field) => ({ field, name: field.name.camel }));
  const context: FieldsContext = {
    stores: [...common, ...open].map(({ field, name }) => ({ name, lines: fieldLines(field, name) })),
    command:
      sqe.command === undefined
        ? false
        : { name: sqe.command.name.camel, word: sqe.command.byteOffset / 4, byte: sqe.command.byteOffset },
  };
  return render('encode-fields.ts.hbs', context);
}

function fieldLines(field: SqeFieldModel, name: string): string[] {
  const word = Math.floor(field.bitOffset / WORD_BITS);
  const what = `operation + ': ${name}'`;
  if (field.bits === 64) {
    return [
      `words[at${atWord(word)}] = lowWord(a.${name}, ${what});`,
      `words[at${atWord(word + 1)}] = highWord(a.${name}, ${what});`,
    ];
  }
  const shift = field.bitOffset % WORD_BITS;
  const checked = `bits${field.bits}(a.${name}, ${what})`;
  const whole = field.bits === WORD_BITS;
  return [
    `words[at${atWord(word)}]${whole ? ' =' : '! |='} ${shift === 0 ? checked : `${checked} << ${shift}`};`,
  ];
}
