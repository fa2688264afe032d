/**
 * Which fields of the SQE become arguments, and of what kind: what the overlay says of a field, else what its contract
 * says. Knowledge of the kernel at large is welcome here (what `dfd` means, what a sockaddr is), that of one opcode is not.
 */
import type { FieldContract, PointerContract } from '../contract/contract.js';
import type { FieldRow, OperationRow } from '../semantics/row.js';
import { type ContractView, overlap, type ReadField, samePlace } from './contract-view.js';
import type { RecordModel, SqeFieldModel } from './model.js';
import { Name } from './name.js';

const WORKING_DIRECTORY = -100;
/** What every operation takes. */
const COMMON = ['sqeFlags', 'personality', 'userData'];

/** A field and what becomes of it. */
export interface PlannedField {
  readonly field: SqeFieldModel;
  readonly row: FieldRow;
  /** Absent for what all operations have, e.g. `fd`. */
  readonly read?: ReadField;
}

type PointerRow = Exclude<FieldRow, { kind: 'integer' | 'fixed' }>;

/** Fields that belong to another: lengths, counts, sizes. */
export const companionsOf = (row: FieldRow): string[] =>
  ['length', 'count', 'size'].flatMap((key) => {
    const value = (row as unknown as Record<string, unknown>)[key];
    return typeof value === 'string' ? [value] : [];
  });

/** `dfd` is what the kernel calls the descriptor of a directory. */
const spelled = (name: string): string => Name.of(name.replace(/dfd$/, 'dirfd')).camel;

const whenText = (contract: FieldContract): string =>
  contract.when.length === 0
    ? ''
    : ` Read under \`${contract.when.map((one) => one.text).join('` and `')}\`.`;

/** Kinds that a pointee has by itself. */
function pointerKind(
  pointer: PointerContract,
  records: readonly RecordModel[],
): Pick<PointerRow, 'kind'> & Partial<Record<string, unknown>> {
  const { pointee, direction = 'inout', use, length } = pointer;
  const record = /^(?:struct|union) (\w+)$/.exec(pointee)?.[1];
  if (use === 'path') return { kind: 'path' };
  if (use === 'string') return { kind: 'path', isName: true };
  if (use === 'iovec' && length !== undefined) {
    return { kind: 'vector', direction: direction === 'out' ? 'out' : 'in', count: length };
  }
  if (record === 'sockaddr' && direction === 'in' && length !== undefined)
    return { kind: 'socketAddress', length };
  if (record !== undefined && /^(__kernel_timespec|timespec64)$/.test(record)) return { kind: 'timespec' };
  if (direction === 'in' && length === undefined && records.some((one) => one.cName === record)) {
    return { kind: 'record', record: record! };
  }
  return { kind: 'bytes', direction, ...(length === undefined ? {} : { length }) };
}

/** What a field is by its contract alone. */
function derivedRow(read: ReadField, view: ContractView, records: readonly RecordModel[]): FieldRow {
  const contract = read.contracts[0]!;
  const called = contract.name ?? read.field.cName;
  const name = spelled(called);
  // An address takes 64 bits: what has fewer is no place for one.
  if (contract.pointer !== undefined && read.field.bits === 64) {
    const kind = pointerKind(contract.pointer, records);
    // The kernel may choose this memory from a group: then it is called as everywhere.
    const selectable = kind.kind === 'bytes' && kind['length'] !== undefined && view.has('buffer_select');
    const optional = read.always ? {} : { optional: true };
    const doc = `Points to \`${contract.pointer.pointee}\`.${whenText(contract)}`;
    return { name: selectable ? 'buffer' : name, doc, ...optional, ...kind } as FieldRow;
  }
  const doc = whenText(contract).trim();
  if (/dfd$/.test(called))
    return { kind: 'integer', name, default: WORKING_DIRECTORY, file: 'ordinary', doc };
  return { kind: 'integer', name, default: 0, doc };
}

/** The row under a name that no other argument has: the SQE's own where the kernel's is taken. */
function distinct(row: FieldRow, field: SqeFieldModel, taken: Set<string>): FieldRow {
  if (row.kind === 'fixed') return row;
  let name = taken.has(row.name) ? field.name.camel : row.name;
  for (let count = 2; taken.has(name); count += 1) name = `${field.name.camel}${count}`;
  taken.add(name);
  return { ...row, name };
}

/** Whether the header has everything that a row speaks of: an older one may not. */
function isWhole(
  row: FieldRow,
  fields: ReadonlyMap<string, SqeFieldModel>,
  records: readonly RecordModel[],
): boolean {
  const hasRecord = !('record' in row) || records.some((record) => record.cName === row.record);
  return hasRecord && companionsOf(row).every((name) => fields.has(name));
}

const FILE: FieldRow = { kind: 'integer', name: 'fd', doc: 'The file.' };

function groupRow(required: boolean): FieldRow {
  const doc = 'Group of provided buffers from which the kernel takes one; the completion says which.';
  return { kind: 'integer', name: 'bufGroup', doc, ...(required ? {} : { default: 0 }) };
}

/** Arguments in the order of the overlay, then what only the contract knows, in the order of the kernel. */
export function planFields(
  view: ContractView,
  row: OperationRow | undefined,
  fields: ReadonlyMap<string, SqeFieldModel>,
  records: readonly RecordModel[],
): PlannedField[] {
  const planned: PlannedField[] = [];
  const taken: SqeFieldModel[] = [];
  const names = new Set(COMMON);
  const add = (field: SqeFieldModel, fieldRow: FieldRow, beside = false): void => {
    const companions = companionsOf(fieldRow).map((name) => fields.get(name));
    const own = [field, ...companions.filter((one) => one !== undefined)];
    const isFree = own.every((one) => !taken.some((other) => overlap(one, other)));
    if (!isFree && !beside) return;
    taken.push(...own);
    const read = view.readOf(field);
    planned.push({ field, row: distinct(fieldRow, field, names), ...(read === undefined ? {} : { read }) });
  };
  for (const [name, fieldRow] of Object.entries(row?.fields ?? {})) {
    const field = fields.get(name);
    if (field !== undefined && isWhole(fieldRow, fields, records) && view.isRead(field)) add(field, fieldRow);
  }
  for (const { field, value } of view.fixed) {
    add(field, { kind: 'fixed', value, reason: 'the kernel takes nothing else' });
  }
  const file = fields.get('fd');
  if (file !== undefined && view.has('needs_file')) add(file, FILE);
  const group = fields.get('buf_group');
  const required = view.flags('requires').includes('IOSQE_BUFFER_SELECT');
  // A buffer's index and a buffer group share their place, and a program gives one of them.
  const isNamed = planned.some(({ field }) => field.cName === 'buf_group');
  if (group !== undefined && view.has('buffer_select') && !isNamed) add(group, groupRow(required), true);
  // Memory before plain values: a length belongs to its memory.
  const rest = view.read.map((read) => ({ read, row: derivedRow(read, view, records) }));
  for (const one of rest)
    if (one.row.kind !== 'integer' && isWhole(one.row, fields, records)) add(one.read.field, one.row);
  for (const one of rest) if (one.row.kind === 'integer') add(one.read.field, one.row);
  return planned.sort((a, b) => order(a, view, row) - order(b, view, row));
}

/** Position among the arguments. */
function order(planned: PlannedField, view: ContractView, row: OperationRow | undefined): number {
  const named = Object.keys(row?.fields ?? {}).indexOf(planned.field.cName);
  if (named >= 0) return named - Number.MAX_SAFE_INTEGER / 2;
  const read = view.read.findIndex((one) => samePlace(one.field, planned.field));
  return planned.field.cName === 'fd' ? -1 : read < 0 ? view.read.length : read;
}
