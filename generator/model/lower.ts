/**
 * From planned fields to the arguments that programs see and the stores that builders make.
 */
import type { FieldRow } from '../semantics/row.js';
import { type ContractView, samePlace } from './contract-view.js';
import { flagTypeOf } from './flag-types.js';
import { memberNamed } from './members.js';
import type {
  ArgumentModel,
  CloseOnExecModel,
  FamilyModel,
  FileArgument,
  FlagType,
  RecordCloseOnExec,
  RecordModel,
  Registrable,
  SqeFieldModel,
  StoreModel,
} from './model.js';
import type { PlannedField } from './plan.js';

const IOVEC_BYTES = 16;
const DESCRIPTOR_BYTES = 4;

export interface LowerContext {
  readonly view: ContractView;
  readonly fields: ReadonlyMap<string, SqeFieldModel>;
  readonly records: readonly RecordModel[];
  readonly families: readonly FamilyModel[];
  /** Documentation of a field's argument. */
  readonly doc: (planned: PlannedField, flags?: FlagType) => string;
}

/** Types of the kernel that hold no more than a JavaScript number can say, whatever the width of the SQE's field. */
const isNarrow = (type: string | undefined): boolean =>
  type !== undefined &&
  /^((unsigned )?(int|short|char)|unsigned|(__)?[us](8|16|32)|u?int(8|16|32)_t|umode_t|bool|rwf_t|enum \w+)$/.test(
    type,
  );

/** Types of the kernel without negative numbers. */
const isUnsigned = (type: string): boolean =>
  /^(unsigned( (int|short|char|long))?|(__)?u(8|16|32|64)|uint(8|16|32|64)_t|umode_t|size_t|bool)$/.test(
    type,
  );

/**
 * Whether a negative number could only be a mistake: the kernel's type has none, and nobody means all ones by -1. Slots are
 * left out, of which IORING_FILE_INDEX_ALLOC is all ones, and what has 64 bits in the kernel too, as positions have.
 */
function isNatural({ field, read }: PlannedField, row: Extract<FieldRow, { kind: 'integer' }>): boolean {
  if (row.signed === true || row.file !== undefined || field.cName === 'file_index') return false;
  if ((row.default ?? 0) < 0) return false;
  const types = (read?.contracts ?? []).flatMap(({ type }) => type ?? []);
  if (field.bits === 64) return types.length > 0 && types.every((type) => isUnsigned(type) && isNarrow(type));
  // A wider type of the kernel gets the field's bits as they are: never a negative number.
  const isWider = (type: string): boolean => !isNarrow(type);
  if (types.length === 0) return !field.signed;
  return types.every((type) => isUnsigned(type) || (!field.signed && isWider(type)));
}

type MemoryRow = Exclude<FieldRow, { kind: 'integer' | 'fixed' }>;

const isOptional = (row: FieldRow): boolean =>
  ('optional' in row && row.optional === true) || row.kind === 'peer';

/** The buffer that a group can stand for: data with a length, in an operation that may select. */
const isSelectable = (row: FieldRow, view: ContractView): boolean =>
  row.kind === 'bytes' && row.length !== undefined && row.name === 'buffer' && view.has('buffer_select');

/** Whether the kernel looks the field up as a file, in the ring's table where IOSQE_FIXED_FILE says so. */
const isFile = (field: SqeFieldModel, view: ContractView): boolean =>
  field.cName === 'fd' && view.has('needs_file') && !view.flags('forbids').includes('IOSQE_FIXED_FILE');

/** What may be given for it. Where the operation itself sets the flag a number would be a slot, without saying so. */
const ringFile = (view: ContractView): FileArgument =>
  view.flags('requires').includes('IOSQE_FIXED_FILE') ? 'direct' : 'any';

/** What may be given for a file that the overlay knows of. A header without the flag, or a place for it, has no direct ones there. */
function otherFile(
  { file }: Extract<FieldRow, { kind: 'integer' }>,
  families: readonly FamilyModel[],
  plan: readonly PlannedField[],
): FileArgument | undefined {
  if (typeof file !== 'object') return file;
  if (!plan.some(({ row }) => row.kind === 'integer' && row.name === file.argument)) return 'ordinary';
  const flag = memberNamed(families, file.directFlag);
  return flag === undefined ? 'ordinary' : { argument: file.argument, directBit: Number(flag.value) };
}

const registrationOf = (row: FieldRow) => ('registered' in row ? row.registered : undefined);

/** Whether memory of the operation says where its registered buffer stands. */
const isDerived = (field: SqeFieldModel, plan: readonly PlannedField[]): boolean =>
  plan.some(({ row }) => registrationOf(row)?.index === field.cName);

/** How memory can be that of a registered buffer, where this kernel has the fields for it. */
function registrable(row: FieldRow, plan: readonly PlannedField[], context: LowerContext): Registrable {
  const { index, flag } = registrationOf(row) ?? {};
  const nameOf = (cName: string | undefined): string | undefined => {
    const found = plan.find(({ field }) => field.cName === cName)?.row;
    return found?.kind === 'integer' ? found.name : undefined;
  };
  const place = nameOf(index);
  if (place === undefined) return {};
  if (flag === undefined) return { registered: { index: place } };
  const argument = nameOf(flag.field);
  const bits = memberNamed(context.families, flag.constant)?.value;
  if (argument === undefined || bits === undefined) return {};
  return { registered: { index: place, flag: { argument, bits } } };
}

function integer(
  planned: PlannedField,
  row: Extract<FieldRow, { kind: 'integer' }>,
  plan: readonly PlannedField[],
  context: LowerContext,
): ArgumentModel {
  const { field, read } = planned;
  const { bits } = field;
  const flags = flagTypeOf(context.view.contract, field, row, context.families);
  const wide =
    bits === 64 && flags === undefined && !(read?.contracts.every((one) => isNarrow(one.type)) ?? false);
  const base = { name: row.name, optional: row.default !== undefined, doc: context.doc(planned, flags) };
  const kind = isFile(field, context.view) ? ringFile(context.view) : otherFile(row, context.families, plan);
  const file = kind === undefined ? {} : { file: kind };
  const derived = isDerived(field, plan) ? { derived: true as const } : {};
  return {
    ...base,
    kind: 'integer',
    bits,
    wide,
    ...(flags === undefined ? {} : { flags }),
    ...(flags === undefined && isNatural(planned, row) ? { natural: true as const } : {}),
    ...file,
    ...(row.operation === true ? { operation: true as const } : {}),
    ...derived,
  };
}

function recordOf(name: string, context: LowerContext): RecordModel {
  return context.records.find((record) => record.cName === name)!;
}

function memoryArgument(
  planned: PlannedField,
  row: MemoryRow,
  plan: readonly PlannedField[],
  context: LowerContext,
): ArgumentModel {
  const base = { name: row.name, optional: isOptional(row), doc: context.doc(planned) };
  switch (row.kind) {
    case 'bytes':
      return {
        ...base,
        kind: 'bytes',
        direction: row.direction,
        selectable: isSelectable(row, context.view),
        ...registrable(row, plan, context),
      };
    case 'vector':
    case 'message':
      return { ...base, kind: row.kind, direction: row.direction, ...registrable(row, plan, context) };
    case 'record':
    case 'records':
      return { ...base, kind: row.kind, record: recordOf(row.record, context).name };
    case 'path':
      return { ...base, kind: row.kind, isName: row.isName === true };
    case 'result':
      return { ...base, kind: 'result', byteLength: recordOf(row.record, context).bytes };
    case 'descriptorPair':
      return { ...base, kind: 'result', byteLength: 2 * DESCRIPTOR_BYTES };
    case 'results':
      return { ...base, kind: 'results', byteLength: recordOf(row.record, context).bytes, most: row.most };
    case 'peer':
      return { ...base, kind: 'peer', lengthName: `${row.name}Length` };
    default:
      return { ...base, kind: row.kind };
  }
}

/** The bit of a constant, where the headers have it, and the argument for a slot, where the kernel has that. */
function closeOnExec(
  row: { readonly constant: string; readonly inverted?: true },
  plan: readonly PlannedField[],
  context: LowerContext,
): CloseOnExecModel | undefined {
  const bit = memberNamed(context.families, row.constant)?.value;
  if (bit === undefined) return undefined;
  const slot = plan.find(({ field }) => field.cName === 'file_index')?.row;
  return {
    bit: Number(bit),
    ...(row.inverted === true ? { inverted: true } : {}),
    ...(slot?.kind === 'integer' ? { slot: slot.name } : {}),
  };
}

/** The same in a record. */
function recordCloseOnExec(
  row: MemoryRow,
  plan: readonly PlannedField[],
  context: LowerContext,
): RecordCloseOnExec | undefined {
  if (row.kind !== 'record' || row.closeOnExec === undefined) return undefined;
  const { member, constant } = row.closeOnExec;
  const field = recordOf(row.record, context).fields.find(({ cName }) => cName === member);
  const bit = closeOnExec({ constant }, plan, context);
  return field === undefined || bit === undefined ? undefined : { ...bit, byteOffset: field.byteOffset };
}

/** What is set by it, for an operation that makes descriptors. */
const INHERITABLE: ArgumentModel = {
  name: 'inheritable',
  kind: 'inheritable',
  optional: true,
  doc: 'Have programs that the process executes inherit the new descriptors. Default false: they are close-on-exec, as all that Node opens. Direct descriptors are never inherited.',
};

/** Stores of memory's address, and of what else says how much there is. */
function memoryStores(
  planned: PlannedField,
  row: MemoryRow,
  plan: readonly PlannedField[],
  context: LowerContext,
): StoreModel[] {
  const memory = {
    argument: row.name,
    ...(row.kind === 'vector' || row.kind === 'message' ? { linked: true as const } : {}),
    ...(isOptional(row) ? { optional: true as const } : {}),
    ...(isSelectable(row, context.view) ? { selectable: true as const } : {}),
  };
  const at = (name: string): SqeFieldModel => context.fields.get(name)!;
  const onExec = recordCloseOnExec(row, plan, context);
  const address: StoreModel = {
    field: planned.field,
    value: { kind: 'address', ...memory, ...(onExec === undefined ? {} : { closeOnExec: onExec }) },
  };
  const count = (name: string, bytes: number): StoreModel => ({
    field: at(name),
    value: { kind: 'count', bytes, ...memory },
  });
  switch (row.kind) {
    case 'bytes':
    case 'memory':
    case 'socketAddress':
      if (row.length === undefined) return [address];
      return [address, { field: at(row.length), value: { kind: 'length', ...memory } }];
    case 'vector':
      return [address, count(row.count, IOVEC_BYTES)];
    case 'records':
    case 'results':
      return [address, count(row.count, recordOf(row.record, context).bytes)];
    case 'descriptors':
      return [address, count(row.count, DESCRIPTOR_BYTES)];
    case 'record': {
      if (row.size === undefined) return [address];
      const value = { kind: 'fixed', value: recordOf(row.record, context).bytes } as const;
      return [address, { field: at(row.size), value }];
    }
    case 'peer': {
      const length = { kind: 'address', argument: `${row.name}Length`, optional: true } as const;
      return [address, { field: at(row.length), value: length }];
    }
    default:
      return [address];
  }
}

/** The argument for a buffer group, where a program may give one. */
const groupOf = (plan: readonly PlannedField[], view: ContractView): PlannedField | undefined =>
  plan.find(
    ({ field, row }) =>
      field.cName === 'buf_group' &&
      row.kind === 'integer' &&
      row.default !== undefined &&
      view.has('buffer_select'),
  );

/** The argument that stands for a registered buffer at the group's place. */
function indexBeside(plan: readonly PlannedField[], group: PlannedField): string | undefined {
  const beside = plan.find((planned) => planned !== group && samePlace(planned.field, group.field));
  return beside?.row.kind === 'integer' ? beside.row.name : undefined;
}

/** The stores of one planned field. */
function storesOf(planned: PlannedField, plan: readonly PlannedField[], context: LowerContext): StoreModel[] {
  const { field, row } = planned;
  if (row.kind === 'fixed')
    return row.value === 0 ? [] : [{ field, value: { kind: 'fixed', value: row.value } }];
  if (row.kind !== 'integer') return memoryStores(planned, row, plan, context);
  const argument = row.name;
  // A group of 0 is a group: only where none is given there is none.
  const group = groupOf(plan, context.view);
  if (planned === group) {
    const index = indexBeside(plan, group);
    return [
      { field, value: { kind: 'group', argument, ...(index === undefined ? {} : { otherwise: index }) } },
    ];
  }
  if (group !== undefined && samePlace(field, group.field)) return [];
  const missing = row.default === undefined ? {} : { default: row.default };
  const onExec = row.closeOnExec && closeOnExec(row.closeOnExec, plan, context);
  const flags = flagTypeOf(context.view.contract, field, row, context.families);
  const known = flags?.known;
  return [
    {
      field,
      value: {
        kind: 'integer',
        argument,
        ...missing,
        ...(onExec === undefined ? {} : { closeOnExec: onExec }),
        ...(known === undefined ? {} : { known }),
        ...(flags === undefined && isNatural(planned, row) ? { natural: true as const } : {}),
      },
    },
  ];
}

export function lower(
  plan: readonly PlannedField[],
  context: LowerContext,
): { args: ArgumentModel[]; stores: StoreModel[] } {
  const args = plan.flatMap((planned) => {
    const { row } = planned;
    if (row.kind === 'fixed') return [];
    return [
      row.kind === 'integer'
        ? integer(planned, row, plan, context)
        : memoryArgument(planned, row, plan, context),
    ];
  });
  const stores = plan.flatMap((planned) => storesOf(planned, plan, context));
  const makes = stores.some(({ value }) => 'closeOnExec' in value);
  return { args: makes ? [...args, INHERITABLE] : args, stores };
}
