/**
 * Operations: the header's opcodes joined with what the semantics know of them. Every field a row names is looked up;
 * a row that does not fit the header of its own time is an error, one that names a field an older header lacks falls
 * back to the SQE's own fields.
 */

import type { HeaderFacts } from '../parse/index.js';
import { Problem } from '../problem.js';
import type { ArgumentRow, OperationRow } from '../semantics/row.js';
import { place } from './constants.js';
import type {
  ArgumentModel,
  OperationModel,
  OperationRows,
  RecordModel,
  SqeFieldModel,
  SqeModel,
  StoreModel,
} from './model.js';
import { distinctNames, Name } from './name.js';
import { OPCODE_PREFIX, takenByModules } from './taken.js';

const RING_SQE_BYTES = 64;

interface OpcodeFact {
  readonly constant: string;
  readonly value: number;
  readonly doc?: string;
  readonly from: string;
}

/** Opcodes of the header: an enum since 5.2, macros before. `IORING_OP_LAST` counts them and is none. */
export function opcodeFacts(facts: HeaderFacts): OpcodeFact[] {
  const enumerators = facts.enums.flatMap((fact) => fact.members);
  const macros = facts.macros.flatMap((macro) =>
    macro.value.kind === 'int'
      ? [{ name: macro.name, value: macro.value.value, doc: macro.doc, location: macro.location }]
      : [],
  );
  return [...enumerators, ...macros]
    .filter((fact) => fact.name.startsWith(OPCODE_PREFIX) && fact.name !== `${OPCODE_PREFIX}LAST`)
    .map((fact) => ({
      constant: fact.name,
      value: Number(fact.value),
      ...(fact.doc === undefined ? {} : { doc: fact.doc }),
      from: place(facts, fact.location),
    }))
    .sort((a, b) => a.value - b.value);
}

/** Fields a row needs that the header does not have. */
function missingFields(
  row: OperationRow,
  fields: ReadonlyMap<string, SqeFieldModel>,
  records: ReadonlySet<string>,
): string[] {
  const named = row.args.flatMap((arg): string[] => {
    switch (arg.kind) {
      // An optional plain value whose field does not exist yet is simply not offered.
      case 'integer':
        return arg.default === undefined ? [arg.field] : [];
      case 'bytes':
      case 'socketAddress':
        return [arg.address, arg.length];
      case 'vector':
        return [arg.address, arg.count];
      default:
        return [arg.address];
    }
  });
  const result = row.result.kind === 'record' ? [row.result.address] : [];
  const lacking = [...named, ...Object.keys(row.fixed ?? {}), ...result].filter((name) => !fields.has(name));
  // An address takes 64 bits: written into a field of another width it would spill into the next.
  const addresses = [...row.args.flatMap((arg) => ('address' in arg ? [arg.address] : [])), ...result];
  lacking.push(...addresses.filter((name) => fields.has(name) && fields.get(name)!.bits !== 64));
  if (row.result.kind === 'record' && !records.has(row.result.record))
    lacking.push(`struct ${row.result.record}`);
  return lacking;
}

function argument(row: ArgumentRow, fields: ReadonlyMap<string, SqeFieldModel>): ArgumentModel {
  const base = { name: row.name, kind: row.kind, doc: row.doc };
  if (row.kind === 'bytes' || row.kind === 'vector')
    return { ...base, direction: row.direction, optional: false };
  if (row.kind !== 'integer') return { ...base, optional: false };
  const field = fields.get(row.field)!;
  return {
    ...base,
    bits: field.bits,
    optional: row.default !== undefined,
    ...(field.family === undefined ? {} : { family: field.family }),
  };
}

function stores(row: ArgumentRow, fields: ReadonlyMap<string, SqeFieldModel>): StoreModel[] {
  const at = (name: string): SqeFieldModel => fields.get(name)!;
  switch (row.kind) {
    case 'integer':
      return [
        {
          field: at(row.field),
          value: {
            kind: 'integer',
            argument: row.name,
            ...(row.default === undefined ? {} : { default: row.default }),
          },
        },
      ];
    case 'bytes':
    case 'socketAddress':
      return [
        { field: at(row.address), value: { kind: 'address', argument: row.name } },
        { field: at(row.length), value: { kind: 'length', argument: row.name } },
      ];
    case 'vector':
      return [
        { field: at(row.address), value: { kind: 'vectorAddress', argument: row.name } },
        { field: at(row.count), value: { kind: 'vectorCount', argument: row.name } },
      ];
    default:
      return [{ field: at(row.address), value: { kind: 'address', argument: row.name } }];
  }
}

function typed(
  row: OperationRow,
  fields: ReadonlyMap<string, SqeFieldModel>,
  records: readonly RecordModel[],
): NonNullable<OperationModel['typed']> {
  const rows = row.args.filter((arg) => arg.kind !== 'integer' || fields.has(arg.field));
  const args = rows.map((arg) => argument(arg, fields));
  const all = rows.flatMap((arg) => stores(arg, fields));
  for (const [field, value] of Object.entries(row.fixed ?? {})) {
    all.push({ field: fields.get(field)!, value: { kind: 'fixed', value } });
  }
  if (row.result.kind === 'record') {
    const { record, address, doc } = row.result;
    const byteLength = records.find((candidate) => candidate.cName === record)!.bytes;
    args.push({ name: record, kind: 'record', optional: false, doc, byteLength });
    all.push({ field: fields.get(address)!, value: { kind: 'address', argument: record } });
  }
  return { args, stores: all, result: row.result };
}

/** Opcodes that carry a large command are named after their small twin, with 128 at the end. */
function sqeBytes(opcode: OpcodeFact, all: readonly OpcodeFact[]): 64 | 128 {
  const twin = opcode.constant.endsWith('128') ? opcode.constant.slice(0, -3) : undefined;
  return all.some((other) => other.constant === twin) ? 128 : RING_SQE_BYTES;
}

/** A row about an opcode that neither this header nor the newest known kernel has is about nothing. */
function checkRows(rows: OperationRows, opcodes: readonly OpcodeFact[], known: ReadonlySet<string>): void {
  for (const constant of Object.keys(rows)) {
    if (opcodes.some((opcode) => opcode.constant === constant) || known.has(constant)) continue;
    throw new Problem({
      code: 'SEMANTICS_UNKNOWN_OPCODE',
      what: `generator/semantics/operations.ts has a row for ${constant}, which no known kernel has`,
      consequence: 'the row would never be used; nothing was written',
      remedy: 'correct the name of the row, or remove it',
    });
  }
}

/** Names under which operations can be exported beside what their module imports. */
function operationNames(opcodes: readonly OpcodeFact[], records: readonly RecordModel[]): Name[] {
  const taken = takenByModules();
  for (const record of records) taken.add(`${record.name.camel}Layout`);
  const wanted = opcodes.map((opcode) => {
    const name = Name.of(opcode.constant.slice(OPCODE_PREFIX.length));
    return taken.has(name.identifier) ? name.suffixed('op') : name;
  });
  return distinctNames(wanted, taken, (name) => [name.camel, name.identifier]);
}

export interface OperationInputs {
  readonly facts: HeaderFacts;
  readonly sqe: SqeModel;
  readonly records: readonly RecordModel[];
  readonly rows: OperationRows;
  /** Opcodes of the newest known kernel, which rows may speak of although this header is older. */
  readonly knownOpcodes: ReadonlySet<string>;
  /** The header is that newest kernel's or a later one: rows must fit it exactly. */
  readonly strict: boolean;
  readonly since: (constant: string) => string | undefined;
}

export function buildOperations(inputs: OperationInputs): OperationModel[] {
  const { facts, sqe, records, rows } = inputs;
  const opcodes = opcodeFacts(facts);
  checkRows(rows, opcodes, inputs.knownOpcodes);
  const fields = new Map(sqe.fields.map((field) => [field.cName, field]));
  const recordNames = new Set(records.map((record) => record.cName));
  const names = operationNames(opcodes, records);
  return opcodes.map((opcode, index) => {
    const name = names[index]!;
    const row = rows[opcode.constant];
    const lacking = row === undefined ? [] : missingFields(row, fields, recordNames);
    if (lacking.length > 0 && inputs.strict) {
      throw new Problem({
        code: 'SEMANTICS_UNKNOWN_FIELD',
        what: `the row of ${opcode.constant} names ${lacking.join(', ')}, which the header does not have`,
        consequence: 'its builder would be wrong; nothing was written',
        remedy: 'correct the row in generator/semantics/operations.ts',
      });
    }
    const since = inputs.since(opcode.constant);
    return {
      name,
      constant: opcode.constant,
      opcode: opcode.value,
      sqeBytes: sqeBytes(opcode, opcodes),
      doc:
        row?.doc ??
        opcode.doc ??
        `${opcode.constant}, over the fields of the SQE as the kernel header names them.`,
      ...(row === undefined ? {} : { man: row.man }),
      ...(since === undefined ? {} : { since }),
      ...(row === undefined || lacking.length > 0 ? {} : { typed: typed(row, fields, records) }),
      from: opcode.from,
    };
  });
}
