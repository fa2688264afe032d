/**
 * Emits `abi/`: constants, enums of flags, and record layouts, in TypeScript.
 */

import { isNumber } from '../model/constants.js';
import type { ConstantModel, Model, RecordFieldModel, RecordModel } from '../model/model.js';
import { exportedConstant } from '../model/name.js';
import { isPadding } from '../model/sqe.js';
import { familyTypes } from './constant-types.js';
import { constantText, textLiteral, tsdoc } from './files.js';
import { chosenInText, chosenText } from './machine.js';
import {
  type EnumDeclarationStructure,
  type InterfaceDeclarationStructure,
  type OptionalKind,
  type PropertySignatureStructure,
  StructureKind,
  type VariableStatementStructure,
} from './structures.js';

const MAX_SAFE = 9007199254740991n;

const docs = (...lines: (string | undefined)[]): { docs: string[] } | object => {
  const text = tsdoc(lines);
  return text === '' ? {} : { docs: [`\n${text}`] };
};

/** The release that brought something, for people. */
const sinceTag = ({ since }: { readonly since?: string }): string | undefined =>
  since === undefined ? undefined : `@since Linux ${since}`;

function literal(value: bigint | string | number): string {
  if (typeof value !== 'bigint') return JSON.stringify(value);
  return isNumber(value) ? String(value) : `${value}n`;
}

/** What it is on arm64, where it is another. */
const literalThere = ({ arm64 }: ConstantModel): string | undefined =>
  arm64 === undefined ? undefined : literal(arm64);

/** For people: both values of what differs. */
const bothValues = (x64: unknown, arm64: unknown): string | undefined =>
  arm64 === undefined ? undefined : `${String(x64)} on x86-64, ${String(arm64)} on arm64.`;

export function constantStatements(model: Model): VariableStatementStructure[] {
  const types = familyTypes(model);
  return model.constants.map((constant: ConstantModel) => ({
    kind: StructureKind.VariableStatement,
    isExported: true,
    declarationKind: 'const',
    declarations: [
      {
        name: exportedConstant(constant.name),
        ...(types.has(constant.name) ? { type: types.get(constant.name)! } : {}),
        initializer: chosenText(literal(constant.value), literalThere(constant)),
      },
    ],
    ...docs(
      constant.doc,
      bothValues(constant.value, constant.arm64),
      sinceTag(constant),
      `@generated from ${constant.from}`,
    ),
  }));
}

export function familyEnums(model: Model): EnumDeclarationStructure[] {
  return model.families.map((family) => ({
    kind: StructureKind.Enum,
    isExported: true,
    name: family.name.pascal,
    members: family.members.map((member) => ({
      name: member.key,
      ...(member.arm64 === undefined
        ? { value: Number(member.value) }
        : { initializer: chosenText(String(member.value), String(member.arm64)) }),
      ...docs(
        member.doc,
        bothValues(member.value, member.arm64),
        sinceTag(member),
        `@generated from ${member.constant}`,
      ),
    })),
    ...docs(family.doc, `@generated from ${family.from}`),
  }));
}

/** Stands in JSON for a value that is chosen at load, until that is a text's source. */
const CHOICE = /\uE000(.*?)\uE001(.*?)\uE002/g;

/** Members as JSON, one a line. */
const jsonLines = (members: readonly string[]): string =>
  textLiteral(`{\n${members.join(',\n')}\n}`).replaceAll(CHOICE, (_, x64: string, arm64: string) =>
    chosenInText(x64, arm64),
  );

function jsonMember(name: string, value: number | string, arm64?: number | string): string {
  const text = JSON.stringify(value);
  return `"${name}":${arm64 === undefined ? text : `\uE000${text}\uE001${JSON.stringify(arm64)}\uE002`}`;
}

/** An integer beyond 2^53 is its digits. */
const jsonValue = (value: bigint | string | number): number | string =>
  typeof value === 'bigint' && value <= MAX_SAFE && value >= -MAX_SAFE ? Number(value) : String(value);

/**
 * The same once more, as texts that are parsed when something is asked by name: a program that names its constants, as
 * nearly all do, need not load them.
 */
export function nameStatements(model: Model): string[] {
  const constants = model.constants.map(({ name, value, arm64 }) =>
    jsonMember(name, jsonValue(value), arm64 === undefined ? undefined : jsonValue(arm64)),
  );
  const enums = model.families.map(({ name, members }) => {
    const values = members.map(({ key, value, arm64 }) =>
      jsonMember(key, Number(value), arm64 === undefined ? undefined : Number(arm64)),
    );
    return `"${name.pascal}":{${values.join(',')}}`;
  });
  return [
    "import type * as flags from './flags.js';",
    `\nconst constants = ${jsonLines(constants)};`,
    `\nconst enums = ${jsonLines(enums)};`,
    [
      '\nlet parsedConstants: Readonly<Record<string, number | string>> | undefined;',
      'let parsedEnums: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined;',
      '\n/** Every constant by its name in the header; integers beyond 2^53 are their digits. */',
      'export function constantsByName(): Readonly<Record<string, number | string>> {',
      '  parsedConstants ??= JSON.parse(constants) as Readonly<Record<string, number | string>>;',
      '  return parsedConstants;',
      '}',
      '\n/** Members of an enum and their values. */',
      'export function membersOf(name: keyof typeof flags): Readonly<Record<string, number>> {',
      '  parsedEnums ??= JSON.parse(enums) as Readonly<Record<string, Readonly<Record<string, number>>>>;',
      '  return parsedEnums[name]!;',
      '}',
    ].join('\n'),
  ];
}

/** Names of the families that became enums. */
export const enumNames = (model: Model): Set<string> =>
  new Set(model.families.map((family) => family.name.pascal));

function fieldType(field: RecordFieldModel, names: ReadonlyMap<string, RecordModel>): string {
  const { type, bitField } = field;
  if (bitField !== undefined) return bitField.width > 32 ? 'bigint' : 'number';
  const one =
    typeof type === 'object'
      ? (names.get(type.record)?.name.pascal ?? 'unknown')
      : type === 'u64' || type === 's64'
        ? 'bigint'
        : 'number';
  return field.count === undefined ? one : `readonly ${one}[]`;
}

/** Members a decoded record shows: reserved space is left out. */
const shown = (record: RecordModel): RecordFieldModel[] =>
  record.fields.filter((field) => !isPadding(field.cName));

export function recordInterfaces(model: Model): InterfaceDeclarationStructure[] {
  const names = new Map(model.records.map((record) => [record.cName, record]));
  return model.records.map((record) => ({
    kind: StructureKind.Interface,
    isExported: true,
    name: record.name.pascal,
    properties: shown(record).map(
      (field): OptionalKind<PropertySignatureStructure> => ({
        name: field.name.camel,
        isReadonly: true,
        type: fieldType(field, names),
        ...docs(field.doc),
      }),
    ),
    ...docs(
      record.doc,
      `\`${record.kind} ${record.cName}\`, ${record.bytes} bytes${record.arm64 === undefined ? '' : ` on x86-64, ${record.arm64} on arm64`}.`,
      `@generated from ${record.from}`,
    ),
  }));
}

function layoutText(record: RecordModel, names: ReadonlyMap<string, RecordModel>): string {
  const fields = shown(record).map((field) => {
    const inner = typeof field.type === 'object' ? names.get(field.type.record) : undefined;
    const type = typeof field.type === 'string' ? `'${field.type}'` : `${inner?.name.camel}Layout`;
    const count = field.count === undefined ? '' : `, count: ${field.count}`;
    const { known, bitField } = field;
    const bits =
      bitField === undefined
        ? ''
        : `, bits: { offset: ${bitField.offset}, width: ${bitField.width}${String(field.type).startsWith('s') ? ', signed: true' : ''} }`;
    const family =
      known === undefined
        ? ''
        : `, known: { bits: 0x${known.bits.toString(16)}n, family: '${known.family}' }`;
    return `    { name: '${field.name.camel}', offset: ${chosenText(String(field.byteOffset), field.arm64?.toString())}, type: ${type}${count}${bits}${family} },\n`;
  });
  const list = fields.length === 0 ? '[]' : `[\n${fields.join('')}  ]`;
  return `{\n  record: '${record.cName}',\n  byteLength: ${chosenText(String(record.bytes), record.arm64?.toString())},\n  fields: ${list},\n}`;
}

/** Layouts in dependency order, so that each refers to ones above it. */
export function layoutStatements(model: Model): string[] {
  const names = new Map(model.records.map((record) => [record.cName, record]));
  return model.records.map((record) =>
    constantText({
      docs: `Layout of \`${record.kind} ${record.cName}\`.\n@generated from ${record.from}`,
      name: `${record.name.camel}Layout`,
      type: `RecordLayout<${record.name.pascal}>`,
      initializer: layoutText(record, names),
    }),
  );
}
