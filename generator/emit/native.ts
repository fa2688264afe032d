/**
 * Emits `native/`: the ABI header, one encoder per opcode, and the check against the real header.
 */
import type {
  CloseOnExecModel,
  CMemberModel,
  ConstantModel,
  KnownBits,
  Model,
  OperationModel,
  RecordModel,
  SqeFieldModel,
  StoreModel,
} from '../model/model.js';
import { cxxName } from '../model/name.js';
import { allStores, COMMON_ARGS, isFlagWord, openFields } from './encode-body.js';
import type { GeneratedFile } from './files.js';
import { architecturesText, chosenInC, chosenInCxx, isForBoth, machineMacro } from './machine.js';
import { preamble } from './preamble.js';
import { render } from './render.js';

interface OffsetContext {
  readonly name: string;
  readonly offset: string;
}

export interface AbiContext {
  readonly preamble: string;
  /** What the compiler of a machine defines that this is for. */
  readonly machine: string | false;
  readonly machines: string;
  readonly both: boolean;
  readonly constants: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  readonly records: readonly {
    readonly name: string;
    readonly from: string;
    readonly bytes: number;
    readonly declaration: string;
    readonly offsets: readonly OffsetContext[];
  }[];
}

export interface EncodersContext {
  readonly preamble: string;
  readonly fields: readonly { readonly name: string; readonly offset: number; readonly bits: number }[];
  readonly fieldStores: readonly { readonly name: string; readonly cName: string; readonly read: string }[];
  readonly command: false | { readonly name: string; readonly byte: number };
  readonly operations: readonly {
    readonly constant: string;
    readonly from: string;
    readonly snake: string;
    readonly camel: string;
    readonly sqeBytes: number;
    readonly lines: readonly string[];
  }[];
}

export interface CheckContext {
  readonly preamble: string;
  readonly both: boolean;
  readonly includes: readonly string[];
  readonly constants: readonly { readonly name: string; readonly value: string }[];
  readonly records: readonly {
    /** As C says it. */
    readonly type: string;
    readonly name: string;
    readonly bytes: string;
    readonly offsets: readonly OffsetContext[];
  }[];
}

/**
 * Only the ring's own headers go into the C++ ABI: names of other headers (O_RDONLY, struct statx) are macros or
 * functions of the C library, which no namespace keeps apart.
 */
const isRingHeader = (from: string): boolean => /^linux\/(io_uring|time_types)/.test(from);

/** The C library's headers clash with the kernel's in one unit, so the check is of the kernel's alone. */
const isKernelHeader = (from: string): boolean => /^(linux|asm|asm-generic)\//.test(from);

const U32 = 0xffffffffn;
const INT64_MIN = -(2n ** 63n);
/** C has no literal for the smallest number: the minus sign is applied to one that does not fit. */
const INT64_MIN_TEXT = '(-9223372036854775807LL - 1)';

function cInteger(value: bigint): { type: string; value: string } {
  if (value === INT64_MIN) return { type: 'int64_t', value: INT64_MIN_TEXT };
  if (value < 0n)
    return value >= -(2n ** 31n)
      ? { type: 'int32_t', value: String(value) }
      : { type: 'int64_t', value: `${value}LL` };
  return value <= U32 ? { type: 'uint32_t', value: `${value}u` } : { type: 'uint64_t', value: `${value}ull` };
}

/** An integer as C spells it, here and on arm64. */
const bothIntegers = ({ value, arm64 }: ConstantModel): [x64: string, arm64: string | undefined] => [
  cInteger(value as bigint).value,
  typeof arm64 === 'bigint' ? cInteger(arm64).value : undefined,
];

/** Values for C++: a constant whose name C++ or a record needs would hide that. */
function integers(model: Model): (ConstantModel & { value: bigint })[] {
  const records = new Set(model.records.map((record) => record.cName));
  return model.constants.filter(
    (constant): constant is ConstantModel & { value: bigint } =>
      typeof constant.value === 'bigint' &&
      isRingHeader(constant.from) &&
      cxxName(constant.name) === constant.name &&
      !records.has(constant.name),
  );
}

function declare(
  record: { readonly kind: string; readonly members: readonly CMemberModel[] },
  indent: string,
): string {
  return record.members
    .map((member) => {
      if (member.kind === 'field') return `${indent}${member.declaration}`;
      const body = declare(member, `${indent}  `);
      // C++ gives an empty struct a byte of its own, so one that held only a flexible array is left out.
      if (body === '') return '';
      return `${indent}${member.kind} {\n${body}\n${indent}}${member.packed ? ' __attribute__((packed))' : ''};`;
    })
    .filter((line) => line !== '')
    .join('\n');
}

/** Named members with a fixed place: not bit fields, not flexible arrays (which C++ cannot declare). */
const offsets = (record: RecordModel, flexible: boolean): OffsetContext[] =>
  record.fields
    .filter((field) => field.bitField === undefined && (flexible || field.count !== 0))
    .map((field) => ({
      name: field.cName,
      offset: chosenInC(String(field.byteOffset), field.arm64?.toString()),
    }));

/** As C++ has them: without members that are empty records. */
function cxxOffsets(model: Model, record: RecordModel): OffsetContext[] {
  const empty = new Set(model.records.filter((one) => one.bytes === 0).map((one) => one.cName));
  const fields = record.fields.filter(({ type }) => typeof type === 'string' || !empty.has(type.record));
  return offsets({ ...record, fields }, false).map(({ name, offset }) => ({ name: cxxName(name), offset }));
}

function abiContext(model: Model): AbiContext {
  return {
    preamble: preamble(model),
    machine: machineMacro(model),
    machines: architecturesText(model),
    both: isForBoth(model),
    constants: integers(model).map((constant) => ({
      name: constant.name,
      type: cInteger(constant.value).type,
      value: chosenInCxx(...bothIntegers(constant)),
    })),
    records: model.records
      .filter((record) => isRingHeader(record.from) && record.bytes > 0)
      .map((record) => {
        const packed = record.cBody.packed ? ' __attribute__((packed))' : '';
        const align =
          record.align > 8 || (record.cBody.packed && record.align > 1)
            ? ` __attribute__((aligned(${record.align})))`
            : '';
        const body = declare({ kind: record.kind, members: record.cBody.members }, '  ');
        return {
          name: cxxName(record.cName),
          from: record.from,
          bytes: record.bytes,
          declaration: `${record.kind} ${cxxName(record.cName)} {\n${body}\n}${packed}${align};`,
          offsets: cxxOffsets(model, record),
        };
      }),
  };
}

/** The call that reads an integer argument for a field. */
function read(field: SqeFieldModel, name: string, missing?: number): string {
  // Two's complement is the same bits: only the width matters, and where there is a signed reader it is used.
  const type = `${field.signed && field.bits === 32 ? 's' : 'u'}${field.bits}`;
  // A negative default of an unsigned field is its two's complement, on both sides.
  return `args.${type}("${name}"${missing === undefined ? '' : `, ${missing}`})`;
}

const HAS_GROUP = 'args.has("bufGroup")';

/** Bits that go into a field beside what a program says. */
function moreBits(value: Extract<StoreModel['value'], { kind: 'integer' }>): string {
  const always = value.always === undefined ? '' : ` | ${value.always}`;
  const group = value.group === undefined ? '' : ` | (${HAS_GROUP} ? ${value.group} : 0)`;
  return `${always}${group}${value.closeOnExec === undefined ? '' : ` | ${descriptorBit(value.closeOnExec)}`}`;
}

/** The bit that a new descriptor's close-on-exec takes, or 0. */
function descriptorBit({ bit, inverted, slot }: CloseOnExecModel): string {
  if (inverted === true) return `args.inherited(${bit})`;
  return `args.close_on_exec(${slot === undefined ? 'nullptr' : `"${slot}"`}, ${bit})`;
}

type MemoryStore = Extract<StoreModel['value'], { kind: 'address' | 'length' | 'count' }>;

/** An expression about memory that need not be there. */
function wherePresent(value: MemoryStore, expression: string, group = '0'): string {
  if (value.selectable === true) return `${HAS_GROUP} ? ${group} : ${expression}`;
  return value.optional === true ? `args.has("${value.argument}") ? ${expression} : 0` : expression;
}

/** Statements that refuse bits or a value of another family. */
function familyChecks(argument: string, { bits, family, choice }: KnownBits): string[] {
  const checks = [`args.check_family("${argument}", ${bits}u, "${family}");`];
  if (choice === undefined) return checks;
  const values = choice.values.map((value) => `${value}u`).join(', ');
  return [...checks, `args.check_choice("${argument}", ${choice.mask}u, {${values}}, "${family}");`];
}

function line(store: StoreModel): string[] {
  const { field, value } = store;
  const set = (expression: string): string[] => [`sqe.${cxxName(field.cName)} = ${expression};`];
  switch (value.kind) {
    case 'opcode':
      return [];
    case 'fixed':
      return set(String(value.value));
    case 'integer': {
      const own = isFlagWord(field, value) ? { ...field, bits: 32 as const, signed: false } : field;
      const bits = set(`${read(own, value.argument, value.default)}${moreBits(value)}`);
      if (value.natural === true) return [`args.check_natural("${value.argument}");`, ...bits];
      if (value.known === undefined) return bits;
      return [...familyChecks(value.argument, value.known), ...bits];
    }
    case 'group':
      if (value.otherwise === undefined)
        return [`args.check_natural("${value.argument}");`, ...set(read(field, value.argument, 0))];
      return [
        `args.check_natural("${value.argument}");`,
        `args.check_natural("${value.otherwise}");`,
        ...set(`${HAS_GROUP} ? ${read(field, value.argument)} : ${read(field, value.otherwise, 0)}`),
      ];
    case 'address': {
      const address = set(wherePresent(value, `args.address("${value.argument}")`));
      if (value.closeOnExec === undefined) return address;
      const { bit, byteOffset } = value.closeOnExec;
      const bits = `${byteOffset}, ${bit}, ${descriptorBit(value.closeOnExec)}`;
      return [...address, `args.set_record_bit("${value.argument}", ${bits});`];
    }
    case 'length':
      return set(
        wherePresent(value, `args.byte_length("${value.argument}", ${field.bits})`, read(field, 'length', 0)),
      );
    case 'count':
      if (value.linked === true) return set(`args.iovec_count("${value.argument}")`);
      return set(
        wherePresent(
          value,
          `args.byte_length("${value.argument}", 64) / ${chosenInCxx(String(value.bytes), value.arm64?.toString())}`,
        ),
      );
  }
}

function operationLines(operation: OperationModel, model: Model): string[] {
  if (operation.typed === undefined) return [`encode_fields(sqe, ${operation.sqeBytes}, args);`];
  return allStores(operation, model.sqe).flatMap(line);
}

function encodersContext(model: Model): EncodersContext {
  const { sqe } = model;
  const common = COMMON_ARGS.flatMap((arg) => {
    const field = sqe.fields.find((candidate) => candidate.cName === arg.field);
    return field === undefined
      ? []
      : [{ name: arg.name, cName: cxxName(field.cName), read: read(field, arg.name) }];
  });
  const open = openFields(sqe).map((field) => ({
    name: field.name.camel,
    cName: cxxName(field.cName),
    read: field.bits === 64 ? `args.u64_or_address("${field.name.camel}")` : read(field, field.name.camel),
  }));
  const command =
    sqe.command === undefined
      ? []
      : [{ name: sqe.command.name.camel, offset: sqe.command.byteOffset * 8, bits: 8 }];
  return {
    preamble: preamble(model),
    fields: [
      ...openFields(sqe).map((field) => ({
        name: field.name.camel,
        offset: field.bitOffset,
        bits: field.bits,
      })),
      ...command,
    ],
    fieldStores: [...common, ...open],
    command:
      sqe.command === undefined ? false : { name: sqe.command.name.camel, byte: sqe.command.byteOffset },
    operations: model.operations.map((operation) => ({
      constant: operation.constant,
      from: operation.from,
      snake: operation.name.snake,
      camel: operation.name.camel,
      sqeBytes: operation.sqeBytes,
      lines: operationLines(operation, model),
    })),
  };
}

/** Names the parser gave to records without a tag, after where they stand: C knows no such names. */
function untaggedRecords(model: Model): Set<string> {
  return new Set(
    model.records.flatMap((outer) =>
      outer.fields.flatMap(({ type, cName }) =>
        typeof type === 'object' && type.record === `${outer.cName}__${cName}` ? [type.record] : [],
      ),
    ),
  );
}

function checkContext(model: Model): CheckContext {
  const constants = model.constants.filter((constant) => isKernelHeader(constant.from));
  const untagged = untaggedRecords(model);
  // The preprocessor would put a constant's value in place of a name that is the same.
  const macros = new Set(model.constants.map((constant) => constant.name));
  const records = model.records.filter(
    (record) => isKernelHeader(record.from) && !untagged.has(record.cName) && !macros.has(record.cName),
  );
  const headerOf = ({ from }: { readonly from: string }): string => from.split(':')[0]!;
  const headers = new Set([
    // A machine's own header goes before the generic one, which it may take the place of.
    ...constants
      .filter(({ arm64 }) => arm64 !== undefined)
      .map((constant) => headerOf(constant).replace(/^asm-generic\//, 'asm/')),
    ...[...constants, ...records].map(headerOf),
  ]);
  return {
    preamble: preamble(model),
    both: isForBoth(model),
    includes: [...headers],
    constants: constants.flatMap((constant) =>
      typeof constant.value === 'bigint'
        ? [{ name: constant.name, value: chosenInC(...bothIntegers(constant)) }]
        : [],
    ),
    records: records.map((record) => ({
      type: record.typedef ? record.cName : `${record.kind} ${record.cName}`,
      name: record.cName,
      bytes: chosenInC(String(record.bytes), record.arm64?.toString()),
      offsets: offsets(record, true).filter(({ name }) => !macros.has(name)),
    })),
  };
}

export function nativeFiles(model: Model): GeneratedFile[] {
  return [
    { path: 'native/abi.h', text: render('abi.h.hbs', abiContext(model)) },
    { path: 'native/encoders.cc', text: render('encoders.cc.hbs', encodersContext(model)) },
    { path: 'native/abi_check.c', text: render('abi_check.c.hbs', checkContext(model)) },
  ];
}

/** What a package outside of ringsmith needs to build its encoders by itself. */
export function stubFiles(model: Model): GeneratedFile[] {
  const context = { preamble: preamble(model), line1: preamble(model).split('\n')[0]!.replace('// ', '') };
  return [
    { path: 'native/stubs.cc', text: render('stubs.cc.hbs', context) },
    { path: 'binding.gyp', text: render('stubs.gyp.hbs', context) },
  ];
}
