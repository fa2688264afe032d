/**
 * Bodies of the TypeScript builders: which expression goes into which 32-bit word of the SQE.
 */
import type {
  CloseOnExecModel,
  OperationModel,
  SqeFieldModel,
  SqeModel,
  StoreModel,
} from '../model/model.js';
import { chosenText } from './machine.js';
import { render } from './render.js';

export interface EncodeContext {
  /** Statements before the words are written. */
  readonly before: readonly string[];
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
function narrow(expression: string, field: SqeFieldModel, what: string, more: string): string {
  const shift = field.bitOffset % WORD_BITS;
  const plain = `bits${field.bits}(${expression}, '${what}')`;
  const checked = more === '' ? plain : `(${plain}${more})`;
  return shift === 0 ? checked : `(${checked} << ${shift})`;
}

type Terms = readonly (readonly [word: number, term: string])[];

type IntegerStore = Extract<StoreModel['value'], { kind: 'integer' }>;

/** Bits that go into a field beside what a program says. */
function moreBits(value: IntegerStore, operation: string): string {
  const always = value.always === undefined ? '' : ` | ${value.always}`;
  const group = value.group === undefined ? '' : ` | (bufGroup === undefined ? 0 : ${value.group})`;
  const onExec = value.closeOnExec === undefined ? '' : ` | ${descriptorBit(value.closeOnExec, operation)}`;
  return `${always}${group}${onExec}`;
}

/** The bit that a new descriptor's close-on-exec takes, or 0. */
function descriptorBit({ bit, inverted, slot }: CloseOnExecModel, operation: string): string {
  const what = `'${operation}: inheritable'`;
  if (inverted === true) return `inherited(inheritable, ${bit}, ${what})`;
  return `closeOnExec(inheritable, ${slot ?? 0}, ${bit}, ${what})`;
}

/** An argument, refused where it has bits or a value of another family, or is negative and must not be. */
function checkedArgument({ argument, known, natural }: IntegerStore, what: string): string {
  if (known === undefined) return natural === true ? `natural(${argument}, '${what}')` : argument;
  const { bits, family, choice } = known;
  const inFamily = `inFamily(${argument}, ${bits}, '${what}', '${family}')`;
  if (choice === undefined) return inFamily;
  return `chosen(${inFamily}, ${choice.mask}, '${choice.values.join(' ')}', '${what}', '${family}')`;
}

/** Flags in a field of 64 bits have its first word; the other stays 0, whatever sign `|` gave them. */
export const isFlagWord = (field: SqeFieldModel, { known }: IntegerStore): boolean =>
  known !== undefined && field.bits === 64;

/** Statements that set the bit in a record. */
function recordBits(stores: readonly StoreModel[], operation: string): string[] {
  return stores.flatMap(({ value }) => {
    if (value.kind !== 'address' || value.closeOnExec === undefined) return [];
    const { bit, byteOffset } = value.closeOnExec;
    const set = descriptorBit(value.closeOnExec, operation);
    return [`setRecordBit(${value.argument}, ${byteOffset}, ${bit}, ${set});`];
  });
}

/** An expression about memory that need not be there. */
function wherePresent(value: MemoryStore, expression: string, group = '0'): string {
  if (value.selectable === true) return `(bufGroup === undefined ? ${expression} : ${group})`;
  return value.optional === true ? `(${value.argument} === undefined ? 0 : ${expression})` : expression;
}

type MemoryStore = Extract<StoreModel['value'], { kind: 'address' | 'length' | 'count' }>;

/** The memory that an argument stands for. `!`: what is missing is refused where its private fields are looked at. */
function memoryOf(value: MemoryStore): string {
  const name = value.selectable === true ? `${value.argument}!` : value.argument;
  return value.linked === true ? `LinkedMemory.memory(${name})` : name;
}

function memoryTerms(
  store: StoreModel & { readonly value: MemoryStore },
  operation: string,
  number: (expression: string, what: string) => Terms,
): Terms {
  const { field, value } = store;
  const word = Math.floor(field.bitOffset / WORD_BITS);
  const memory = memoryOf(value);
  switch (value.kind) {
    case 'address':
      return [
        [word, wherePresent(value, `RingBuffer.low(${memory})`)],
        [word + 1, wherePresent(value, `RingBuffer.high(${memory})`)],
      ];
    case 'length': {
      const length = wherePresent(value, `RingBuffer.length(${memory})`, 'length');
      return number(length, `${operation}: length of ${value.argument}`);
    }
    case 'count': {
      if (value.linked === true)
        return number(`IoVector.count(${value.argument})`, `${operation}: entries of ${value.argument}`);
      const count = wherePresent(
        value,
        `Math.trunc(RingBuffer.length(${memory}) / ${chosenText(String(value.bytes), value.arm64?.toString())})`,
      );
      return number(count, `${operation}: entries of ${value.argument}`);
    }
  }
}

/** Most arguments that may be left out are: comparing costs less than the call of a check that has nothing to do. */
function unlessZero(
  { argument, default: missing, always, group, closeOnExec: onExec }: IntegerStore,
  checked: Terms,
): Terms {
  if (missing !== 0 || [always, group, onExec].some((bits) => bits !== undefined)) return checked;
  return checked.map(([word, term]) => [word, `(${argument} === 0 ? 0 : ${term})`]);
}

const isMemory = (store: StoreModel): store is StoreModel & { readonly value: MemoryStore } =>
  store.value.kind === 'address' || store.value.kind === 'length' || store.value.kind === 'count';

/** Terms a store contributes, by word. */
function terms(operation: OperationModel, store: StoreModel): Terms {
  const { field, value } = store;
  const name = operation.name.camel;
  const word = Math.floor(field.bitOffset / WORD_BITS);
  const shift = field.bitOffset % WORD_BITS;
  const wide = field.bits === 64;
  const number = (expression: string, what: string, more = ''): Terms =>
    wide
      ? [
          [word, more === '' ? `low(${expression}, '${what}')` : `(low(${expression}, '${what}')${more})`],
          [word + 1, `high(${expression}, '${what}')`],
        ]
      : [[word, narrow(expression, field, what, more)]];
  if (isMemory(store)) return memoryTerms(store, name, number);
  switch (value.kind) {
    case 'opcode':
      return [[word, String(operation.opcode << shift)]];
    case 'fixed':
      return [[word, String(value.value << shift)]];
    case 'integer': {
      const what = `${name}: ${value.argument}`;
      const checked = checkedArgument(value, what);
      const more = moreBits(value, name);
      return unlessZero(
        value,
        isFlagWord(field, value)
          ? [[word, narrow(checked, { ...field, bits: 32 }, what, more)]]
          : number(checked, what, more),
      );
    }
    case 'group': {
      const what = `${name}: ${value.argument}`;
      const { argument, otherwise = 0 } = value;
      return number(`natural(${argument} === undefined ? ${otherwise} : ${argument}, '${what}')`, what);
    }
    default:
      return [];
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
    const flags = arg.name === 'sqeFlags' && sqe.flags !== undefined ? { known: sqe.flags } : {};
    const natural = arg.name === 'personality' ? { natural: true as const } : {};
    return [{ field, value: { kind: 'integer', argument: arg.name, default: 0, ...flags, ...natural } }];
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
    if ('closeOnExec' in value) defaults.set('inheritable', 'inheritable = false');
    if (!('argument' in value)) continue;
    const missing = value.kind === 'integer' ? value.default : undefined;
    defaults.set(value.argument, missing === undefined ? value.argument : `${value.argument} = ${missing}`);
    if (value.kind === 'group' && value.otherwise !== undefined)
      defaults.set(value.otherwise, `${value.otherwise} = 0`);
    // How long the buffer of a group may be is said by the program.
    if (value.kind === 'length' && value.selectable === true) defaults.set('length', 'length = 0');
  }
  return [...defaults.values()].join(', ');
}

function held(stores: readonly StoreModel[]): string {
  const all = stores.flatMap(({ value }) => {
    if (value.kind !== 'address') return [];
    return value.linked === true ? [`...LinkedMemory.held(${value.argument})`] : [value.argument];
  });
  const [first = 'undefined', ...rest] = all;
  if (rest.length === 0) return first.startsWith('...') ? `[${first}]` : first;
  // Memory that is seldom given costs the usual operation no list.
  const seldom = stores.flatMap(({ value }) =>
    value.kind === 'address' && value.optional === true && value.argument !== first ? [value.argument] : [],
  );
  if (seldom.length < rest.length) return `heldAmong(${all.join(', ')})`;
  const none = seldom.map((name) => `${name} === undefined`).join(' && ');
  return `${none} ? ${first.startsWith('...') ? `[${first}]` : first} : heldAmong(${all.join(', ')})`;
}

/** Body of `encode(words, at, a)` for an operation with named arguments. */
export function encodeBody(operation: OperationModel, sqe: SqeModel): string {
  const stores = allStores(operation, sqe);
  const words = Array.from({ length: sqe.bytes / 4 }, (): string[] => []);
  for (const store of stores) for (const [word, term] of terms(operation, store)) words[word]!.push(term);
  const context: EncodeContext = {
    before: recordBits(stores, operation.name.camel),
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
