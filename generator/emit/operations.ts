/**
 * Emits `operations.ts` (argument types and one Operation per opcode) and `ops.ts` (the methods of a ring).
 */

import type { ArgumentModel, Model, OperationModel, SqeModel } from '../model/model.js';
import type { ResultRow } from '../semantics/row.js';
import { enumNames } from './abi.js';
import { encodeBody, encodeFieldsBody, openFields } from './encode-body.js';
import { constantText, indented, tsdoc } from './files.js';
import {
  type ClassDeclarationStructure,
  type FunctionDeclarationStructure,
  type InterfaceDeclarationStructure,
  type MethodDeclarationStructure,
  type OptionalKind,
  type PropertySignatureStructure,
  type StatementStructures,
  StructureKind,
} from './structures.js';

type Level = 'args' | 'ready';

const ARGUMENT_TYPES: Record<ArgumentModel['kind'], Record<Level, string>> = {
  integer: { args: 'number', ready: 'number' },
  bytes: { args: 'Bytes', ready: 'RingBuffer' },
  vector: { args: 'readonly Bytes[]', ready: 'IoVector' },
  path: { args: 'string | Uint8Array', ready: 'RingBuffer' },
  socketAddress: { args: 'SocketAddress', ready: 'RingBuffer' },
  timespec: { args: 'Duration', ready: 'RingBuffer' },
  record: { args: 'never', ready: 'RingBuffer' },
};

function argumentType(arg: ArgumentModel, level: Level, enums: ReadonlySet<string>): string {
  if (arg.kind !== 'integer') return ARGUMENT_TYPES[arg.kind][level];
  if (arg.bits === 64) return 'U64';
  return arg.family !== undefined && enums.has(arg.family.pascal) ? arg.family.pascal : 'number';
}

function argsInterface(
  operation: OperationModel,
  level: Level,
  enums: ReadonlySet<string>,
): InterfaceDeclarationStructure {
  const visible = operation.typed!.args.filter((arg) => level === 'ready' || arg.kind !== 'record');
  const suffix = level === 'args' ? 'Args' : 'Ready';
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: `${operation.name.pascal}${suffix}`,
    extends: ['CommonArgs'],
    docs: [
      level === 'args'
        ? `Arguments of {@link Ops.${operation.name.camel}}.`
        : `What the builder of ${operation.constant} takes: {@link ${operation.name.pascal}Args} with everything in kernel-visible memory.`,
    ],
    properties: visible.map(
      (arg): OptionalKind<PropertySignatureStructure> => ({
        name: arg.name,
        isReadonly: true,
        hasQuestionToken: arg.optional,
        type: argumentType(arg, level, enums),
        docs: [tsdoc([arg.doc])],
      }),
    ),
  };
}

function resultType(result: ResultRow, model: Model): string {
  switch (result.kind) {
    case 'number':
      return 'number';
    case 'void':
      return 'void';
    case 'record':
      return model.records.find((record) => record.cName === result.record)!.name.pascal;
    case 'answer':
      return [...Object.values(result.errors), result.otherwise].map((word) => `'${word}'`).join(' | ');
  }
}

/** How an argument is brought into kernel-visible memory; undefined when it goes as it is. */
function pinned(operation: OperationModel, arg: ArgumentModel): string | undefined {
  const what = `'${operation.name.camel}: ${arg.name}'`;
  switch (arg.kind) {
    case 'integer':
      return undefined;
    case 'bytes':
      return `pins.${arg.direction}(a.${arg.name}, ${what})`;
    case 'vector':
      return `pins.vector(a.${arg.name}, '${arg.direction}', ${what})`;
    case 'path':
      return `pins.path(a.${arg.name}, ${what})`;
    case 'socketAddress':
      return `pins.socketAddress(a.${arg.name})`;
    case 'timespec':
      return `pins.timespec(a.${arg.name}, ${what})`;
    case 'record':
      return `pins.record(${arg.byteLength})`;
  }
}

function readyFunction(operation: OperationModel): string {
  const args = operation.typed!.args;
  const memory = args.flatMap((arg) => {
    const expression = pinned(operation, arg);
    return expression === undefined ? [] : [{ arg, expression }];
  });
  if (memory.length === 0) return '(_pins, a) => a';
  const copied = `{ ...a, ${memory.map(({ arg, expression }) => `${arg.name}: ${expression}`).join(', ')} }`;
  const only = memory.length === 1 ? memory[0]!.arg : undefined;
  // The one buffer of a plain read or write is usually the ring's own: then nothing is copied, not even the arguments.
  if (only?.kind === 'bytes') {
    return `(pins, a) => pins.direct(a.${only.name}) ? (a as ${operation.name.pascal}Ready) : ${copied}`;
  }
  return `(pins, a) => (${copied})`;
}

function resultMembers(operation: OperationModel, model: Model): string[] {
  const result = operation.typed?.result;
  switch (result?.kind) {
    case 'void':
      return ['result: () => undefined,'];
    case 'record': {
      const record = model.records.find((candidate) => candidate.cName === result.record)!;
      return [
        `result: (_res, ready) => readRecord(${record.name.camel}Layout, ready.${result.record}.bytes),`,
      ];
    }
    case 'answer': {
      const errors = Object.entries(result.errors);
      const chain = errors.map(([code, word]) => `res === -errorNumber('${code}') ? '${word}' : `).join('');
      return [
        `answers: [${errors.map(([code]) => `-errorNumber('${code}')`).join(', ')}],`,
        `result: (res) => (${chain}'${result.otherwise}'),`,
      ];
    }
    default:
      return [];
  }
}

function operationDocs(operation: OperationModel): string {
  return tsdoc([
    operation.doc,
    operation.man === undefined ? undefined : `@see ${operation.man}`,
    operation.since === undefined ? undefined : `@since Linux ${operation.since}`,
    `@generated from ${operation.constant} (${operation.from})`,
  ]);
}

/** Type arguments of its `Operation`. */
function operationTypes(operation: OperationModel, model: Model): string {
  const { pascal } = operation.name;
  const identity = `'${operation.constant}', ${operation.opcode}`;
  if (operation.typed === undefined) return `SqeFields, number, SqeFields, ${identity}`;
  return `${pascal}Args, ${resultType(operation.typed.result, model)}, ${pascal}Ready, ${identity}`;
}

/** Members of an operation that differ between named arguments and the SQE's own fields. */
function builderMembers(operation: OperationModel, model: Model): string[] {
  const { camel } = operation.name;
  if (operation.typed === undefined) {
    const words = operation.sqeBytes / 4;
    return [
      `encode: (words, at, a) => encodeFields(words, at, ${operation.opcode}, '${camel}', ${words}, a),`,
      'ready: (pins, a) => pins.fields(a),',
    ];
  }
  return [
    `encode(words, at, a) {\n${indented(encodeBody(operation, model.sqe), '    ')}\n  },`,
    `ready: ${readyFunction(operation)},`,
    ...resultMembers(operation, model),
  ];
}

function operationStatement(operation: OperationModel, model: Model): string {
  const members = [
    `name: '${operation.name.camel}',`,
    `constant: '${operation.constant}',`,
    `opcode: ${operation.opcode},`,
    `sqeBytes: ${operation.sqeBytes},`,
    ...(operation.since === undefined ? [] : [`since: '${operation.since}',`]),
    ...builderMembers(operation, model),
  ];
  return constantText({
    docs: operationDocs(operation),
    name: operation.name.identifier,
    type: `Operation<${operationTypes(operation, model)}>`,
    initializer: `{\n${members.map((member) => `  ${member}\n`).join('')}}`,
  });
}

function fieldsInterface(sqe: SqeModel, enums: ReadonlySet<string>): InterfaceDeclarationStructure {
  const command =
    sqe.command === undefined
      ? []
      : [{ name: sqe.command.name.camel, type: 'Uint8Array', doc: sqe.command.doc }];
  const fields = openFields(sqe).map((field) => ({
    name: field.name.camel,
    type:
      field.bits === 64
        ? 'Word64'
        : field.family !== undefined && enums.has(field.family.pascal)
          ? field.family.pascal
          : 'number',
    doc: tsdoc([
      field.doc,
      field.shares.length === 0
        ? undefined
        : `Shares its place with ${field.shares.join(', ')}: give one of them.`,
      `\`sqe->${field.cName}\``,
    ]),
  }));
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: 'SqeFields',
    extends: ['CommonArgs'],
    docs: [
      'The fields of `struct io_uring_sqe`, for operations without named arguments. What is not given is 0.',
    ],
    properties: [...fields, ...command].map((field) => ({
      name: field.name,
      isReadonly: true,
      hasQuestionToken: true,
      type: field.type,
      docs: [tsdoc([field.doc])],
    })),
  };
}

/** `SQE_FIELDS`: where each field lies, to find two that share a place. */
function fieldTable(sqe: SqeModel): string {
  const area = sqe.command;
  const rows = openFields(sqe).map((field) => `${field.name.camel}: [${field.bitOffset}, ${field.bits}],`);
  if (area !== undefined) rows.push(`${area.name.camel}: [${area.byteOffset * 8}, 8],`);
  return constantText({
    docs: 'First bit and width of every field a program may name.',
    name: 'SQE_FIELDS',
    type: 'FieldTable',
    initializer: `{\n${rows.map((row) => `  ${row}\n`).join('')}}`,
    exported: false,
  });
}

function fieldsBuilder(sqe: SqeModel): FunctionDeclarationStructure {
  return {
    kind: StructureKind.Function,
    name: 'encodeFields',
    parameters: [
      { name: 'words', type: 'Uint32Array' },
      { name: 'at', type: 'number' },
      { name: 'opcode', type: 'number' },
      { name: 'operation', type: 'string' },
      { name: 'sqeWords', type: 'number' },
      { name: 'fields', type: 'SqeFields' },
    ],
    returnType: 'Held',
    statements: encodeFieldsBody(sqe),
  };
}

export function operationStatements(model: Model): (StatementStructures | string)[] {
  const enums = enumNames(model);
  const open = model.operations.some((operation) => operation.typed === undefined);
  const shared = open
    ? [fieldsInterface(model.sqe, enums), fieldTable(model.sqe), fieldsBuilder(model.sqe)]
    : [];
  const each = model.operations.flatMap((operation): (StatementStructures | string)[] => {
    const statement = operationStatement(operation, model);
    if (operation.typed === undefined) return [statement];
    return [argsInterface(operation, 'args', enums), argsInterface(operation, 'ready', enums), statement];
  });
  return [...shared, ...each];
}

function method(operation: OperationModel, model: Model): OptionalKind<MethodDeclarationStructure> {
  const { typed, name } = operation;
  const argsType = typed === undefined ? 'SqeFields' : `${name.pascal}Args`;
  const allOptional = typed === undefined || typed.args.every((arg) => arg.optional);
  const result = typed === undefined ? 'number' : resultType(typed.result, model);
  const resultDoc =
    typed === undefined ? '`cqe->res`.' : 'doc' in typed.result ? typed.result.doc : undefined;
  return {
    name: name.camel,
    parameters: [
      { name: 'args', type: `operations.${argsType}`, ...(allOptional ? { initializer: '{}' } : {}) },
      { name: 'options', hasQuestionToken: true, type: 'OperationOptions' },
    ],
    returnType: `Promise<${result}>`,
    statements: `return this.#starter.start(operations.${name.identifier}, args, options);`,
    docs: [
      `\n${tsdoc([operationDocs(operation), resultDoc === undefined ? undefined : `@returns ${resultDoc}`])}`,
    ],
  };
}

export function opsClass(model: Model): ClassDeclarationStructure {
  return {
    kind: StructureKind.Class,
    isExported: true,
    name: 'Ops',
    docs: [
      'Every operation of the kernel this package was generated for. Each resolves on its terminal completion.',
    ],
    properties: [{ name: '#starter', isReadonly: true, type: 'Starter' }],
    ctors: [{ parameters: [{ name: 'starter', type: 'Starter' }], statements: 'this.#starter = starter;' }],
    methods: model.operations.map((operation) => method(operation, model)),
  };
}
