/**
 * Emits `operations.ts`: argument types, and one Operation per opcode.
 */

import type { Model, OperationModel, ResultModel, SqeModel } from '../model/model.js';
import { enumNames } from './abi.js';
import {
  argumentNames,
  bytesType,
  type Level,
  members,
  readyFunction,
  selectableOf,
} from './argument-types.js';
import { encodeBody, encodeFieldsBody, openFields } from './encode-body.js';
import { constantText, indented, tsdoc } from './files.js';
import {
  type FunctionDeclarationStructure,
  type InterfaceDeclarationStructure,
  type OptionalKind,
  type PropertySignatureStructure,
  type Statement,
  StructureKind,
} from './structures.js';

/** What the interface of a level is for. */
const levelDoc = (operation: OperationModel, level: Level): string =>
  level === 'args'
    ? `Arguments of {@link Ops.${operation.name.camel}}.`
    : `What the builder of ${operation.constant} takes: {@link ${operation.name.pascal}Args} with everything in kernel-visible memory.`;

const aliasText = (doc: string, name: string, type: string): string =>
  `\n/** ${doc} */\nexport type ${name} = ${type};`;

/** The interface of an operation's arguments; one whose buffer the kernel may choose has a type around it. */
function argumentStatements(operation: OperationModel, level: Level): Statement[] {
  const selectable = selectableOf(operation);
  const name = `${operation.name.pascal}${level === 'args' ? 'Args' : 'Ready'}`;
  const own: InterfaceDeclarationStructure = {
    kind: StructureKind.Interface,
    isExported: true,
    name: selectable ? `${name}Beside` : name,
    extends: ['CommonArgs'],
    docs: [selectable ? `What {@link ${name}} has beside its buffer.` : levelDoc(operation, level)],
    properties: members(operation, level).map(
      (member): OptionalKind<PropertySignatureStructure> => ({
        name: member.name,
        isReadonly: true,
        hasQuestionToken: member.optional,
        type: member.type,
        docs: [tsdoc([member.doc])],
      }),
    ),
  };
  if (selectable === undefined) return [own];
  const memory = level === 'args' ? bytesType(selectable.direction) : 'RingBuffer';
  return [own, aliasText(levelDoc(operation, level), name, `${name}Beside & BufferOrGroup<${memory}>`)];
}

export function resultType(result: ResultModel): string {
  switch (result.kind) {
    case 'number':
    case 'descriptor':
      return 'number';
    case 'void':
      return 'void';
    case 'record':
      return result.record.pascal;
    case 'records':
      return `${result.record.pascal}[]`;
    case 'descriptors':
      return 'readonly [number, number]';
    case 'message':
      return 'ReceivedMessage';
    case 'answer':
      return [...new Set([...Object.values(result.errors), result.otherwise])]
        .map((word) => `'${word}'`)
        .join(' | ');
  }
}

function resultMembers(result: ResultModel | undefined): string[] {
  switch (result?.kind) {
    case 'void':
      return ['result: () => undefined,'];
    case 'descriptor':
      return [
        result.slot === undefined
          ? 'created: (res) => [createdDescriptor(res)],'
          : `created: (res, { ${result.slot} }) => [createdDescriptor(res, ${result.slot})],`,
      ];
    case 'record':
      return [
        `result: (_res, ready) => readRecord(${result.record.camel}Layout, ready.${result.argument}.bytes),`,
      ];
    case 'records':
      return [
        `result: (res, ready) => readRecords(${result.record.camel}Layout, ready.${result.argument}.bytes, res),`,
      ];
    case 'descriptors': {
      const pair = `ready.${result.argument}.bytes${result.slot === undefined ? '' : `, ready.${result.slot}`}`;
      return [
        `created: (_res, ready) => createdPair(${pair}),`,
        `result: (_res, ready) => readDescriptorPair(${pair}),`,
      ];
    }
    case 'message':
      return [`result: (res, ready) => MessageHeader.received(ready.${result.argument}, res),`];
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

export function operationDocs(operation: OperationModel): string {
  return tsdoc([
    operation.docs.join('\n\n'),
    operation.man === undefined ? undefined : `@see ${operation.man}`,
    operation.since === undefined ? undefined : `@since Linux ${operation.since}`,
    `@generated from ${operation.constant} (${operation.from})`,
  ]);
}

/** The SQE's own fields, as a program may give them and as the builder takes them. */
const FIELDS_OF = { args: 'SqeArgs', ready: 'SqeFields' } as const;

/** What an operation over the SQE's own fields takes: what it needs is required, what it refuses is not there. */
function fieldsType(operation: OperationModel, level: Level): string {
  const all = FIELDS_OF[level];
  const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(' | ');
  const { required = [], refused = [] } = operation.fields ?? {};
  const left = refused.length === 0 ? all : `Omit<${all}, ${quoted(refused)}>`;
  return required.length === 0 ? left : `${left} & Required<Pick<${all}, ${quoted(required)}>>`;
}

/** What its arguments are called at a level. */
export function fieldsTypeName(operation: OperationModel, level: Level): string {
  if (operation.fields === undefined) return FIELDS_OF[level];
  return `${operation.name.pascal}${level === 'args' ? 'Args' : 'Ready'}`;
}

/** Type arguments of its `Operation`. */
function operationTypes(operation: OperationModel): string {
  const { pascal } = operation.name;
  const identity = `'${operation.constant}', ${operation.opcode}`;
  if (operation.typed !== undefined)
    return `${pascal}Args, ${resultType(operation.typed.result)}, ${pascal}Ready, ${identity}`;
  return `${fieldsTypeName(operation, 'args')}, number, ${fieldsTypeName(operation, 'ready')}, ${identity}`;
}

/** Which of its arguments name what it is about: paths in order, and the address of a peer. */
function aboutMembers(operation: OperationModel): string[] {
  const args = operation.typed?.args ?? [];
  const [path, dest] = args.filter((arg) => arg.kind === 'path' && !arg.isName);
  const address = args.find(({ kind }) => kind === 'socketAddress');
  const message = args.find((arg) => arg.kind === 'message' && arg.direction === 'in');
  const members = Object.entries({ path, dest, address, message }).flatMap(([name, arg]) =>
    arg === undefined ? [] : [`${name}: '${arg.name}'`],
  );
  return members.length === 0 ? [] : [`about: { ${members.join(', ')} },`];
}

/**
 * A function that refuses arguments of other names. Comparing names with those of a `switch` is the fastest there is: it
 * runs for every operation.
 */
function namesCheck(operation: string, member: string, names: readonly string[]): string[] {
  const cases = names.map((name) => `case '${name}': `).join('');
  return [
    `${member}(a) {\n    for (const name in a) switch (name) { ${cases}break; default: unknownArgument('${operation}', a, name, '${names.join(' ')}'); }\n  },`,
  ];
}

/** Whether a file is among the fields that it may be given. */
const hasFile = ({ fields }: OperationModel, { sqe }: Model): boolean =>
  sqe.fields.some(({ cName }) => cName === 'fd') && fields?.refused.includes('fd') !== true;

/** Members of an operation that differ between named arguments and the SQE's own fields. */
function builderMembers(operation: OperationModel, model: Model): string[] {
  const { camel } = operation.name;
  if (operation.typed === undefined) {
    const words = operation.sqeBytes / 4;
    return [
      `encode: (words, at, a) => encodeFields(words, at, ${operation.opcode}, '${camel}', ${words}, a),`,
      `ready: (pins, a) => pins.fields(${hasFile(operation, model) ? 'a' : 'a as object'}) as ${fieldsTypeName(operation, 'ready')},`,
    ];
  }
  const names = argumentNames(operation, 'args');
  const ready = argumentNames(operation, 'ready');
  const same = names.length === ready.length && names.every((name) => ready.includes(name));
  return [
    ...namesCheck(camel, 'checkArgs', names),
    ...(same ? [] : namesCheck(camel, 'checkReady', ready)),
    `encode(words, at, a) {\n${indented(encodeBody(operation, model.sqe), '    ')}\n  },`,
    `ready: ${readyFunction(operation)},`,
    ...resultMembers(operation.typed.result),
    ...aboutMembers(operation),
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
    ...(operation.rules === undefined ? [] : [`contract: contracts.${operation.name.identifier},`]),
  ];
  return constantText({
    docs: operationDocs(operation),
    name: operation.name.identifier,
    type: `Operation<${operationTypes(operation)}>`,
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

/** The same as programs give them. */
const sqeArgs = ({ fields }: SqeModel): InterfaceDeclarationStructure => ({
  kind: StructureKind.Interface,
  isExported: true,
  name: 'SqeArgs',
  extends: ["Omit<SqeFields, 'fd'>"],
  docs: ['{@link SqeFields} with a file of any kind.'],
  properties: fields
    .filter(({ cName }) => cName === 'fd')
    .map(({ name }) => ({
      name: name.camel,
      isReadonly: true,
      hasQuestionToken: true,
      type: 'Descriptor',
      docs: ['The file, which may be a handle, or a direct descriptor, whose flag then goes by itself.'],
    })),
});

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

/** Types of an operation's arguments. */
function typeStatements(operation: OperationModel): Statement[] {
  if (operation.typed !== undefined)
    return [...argumentStatements(operation, 'args'), ...argumentStatements(operation, 'ready')];
  if (operation.fields === undefined) return [];
  return (['args', 'ready'] as const).map((level) =>
    aliasText(levelDoc(operation, level), fieldsTypeName(operation, level), fieldsType(operation, level)),
  );
}

export function operationStatements(model: Model): Statement[] {
  const enums = enumNames(model);
  const open = model.operations.some((operation) => operation.typed === undefined);
  const ruled = model.operations.some((operation) => operation.rules !== undefined);
  return [
    ...(ruled ? ["import * as contracts from './contract.js';"] : []),
    ...(open
      ? [
          fieldsInterface(model.sqe, enums),
          sqeArgs(model.sqe),
          fieldTable(model.sqe),
          fieldsBuilder(model.sqe),
        ]
      : []),
    ...model.operations.flatMap((operation) => [
      ...typeStatements(operation),
      operationStatement(operation, model),
    ]),
  ];
}
