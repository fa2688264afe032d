/**
 * Operations: the header's opcodes joined with their contracts and with what the overlay knows of them. An opcode without
 * a contract, or whose SQE is handed to a driver as it is, gets a builder over the SQE's own fields.
 */
import type { KernelContract, OperationContract } from '../contract/contract.js';
import type { HeaderFacts } from '../parse/index.js';
import type { OperationRow, OperationRows } from '../semantics/row.js';
import { ContractView } from './contract-view.js';
import { fitRow } from './fit-row.js';
import { lower } from './lower.js';
import type {
  ArgumentModel,
  FamilyModel,
  OperationModel,
  RecordModel,
  ResultModel,
  SqeFieldModel,
  SqeModel,
  StoreModel,
} from './model.js';
import { distinctNames, Name } from './name.js';
import { type OpcodeFact, opcodeFacts, sqeBytes } from './opcodes.js';
import { argumentDoc, operationDocs } from './operation-docs.js';
import { checkOpcodes, checkRow } from './overlay-checks.js';
import { type PlannedField, planFields } from './plan.js';
import { OPCODE_PREFIX, takenByModules } from './taken.js';

/** A contract, and for people where it comes from. */
export interface ContractInput {
  readonly contract: KernelContract;
  readonly from: string;
}

/** `Linux 7.3 (linux-source-7.3 7.3.4-1)` */
export function contractName({ contract, from }: ContractInput): string {
  return `${from} (${contract.source.package} ${contract.source.version})`;
}

export interface OperationInputs {
  readonly facts: HeaderFacts;
  readonly sqe: SqeModel;
  readonly records: readonly RecordModel[];
  readonly families: readonly FamilyModel[];
  readonly rows: OperationRows;
  readonly contract?: ContractInput;
  /** Opcodes of the newest known kernel, which rows may speak of although this header is older. */
  readonly knownOpcodes: ReadonlySet<string>;
  /** The header and the contract are those of ringsmith's own kernel: rows must fit them exactly. */
  readonly strict: boolean;
  readonly since: (constant: string) => string | undefined;
}

/** What all operations of a kernel share while they are joined. */
interface Join {
  readonly inputs: OperationInputs;
  readonly fields: ReadonlyMap<string, SqeFieldModel>;
  readonly enums: readonly FamilyModel[];
  readonly flagBits: ReadonlyMap<string, number>;
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

const NUMBER: ResultModel = { kind: 'number', doc: '`cqe->res`.' };

function resultOf(
  row: OperationRow | undefined,
  plan: readonly PlannedField[],
  records: readonly RecordModel[],
): ResultModel {
  if (row === undefined) return NUMBER;
  const index = plan.find(({ field }) => field.cName === 'file_index')?.row;
  const slot = index?.kind === 'integer' ? { slot: index.name } : {};
  if (row.result.kind === 'descriptor') return { ...row.result, ...slot };
  if (row.result.kind !== 'contents') return row.result;
  const { doc } = row.result;
  const nameOf = (cName: string): Name => records.find((record) => record.cName === cName)!.name;
  for (const { row: field } of plan) {
    switch (field.kind) {
      case 'result':
        return { kind: 'record', record: nameOf(field.record), argument: field.name, doc };
      case 'results':
        return { kind: 'records', record: nameOf(field.record), argument: field.name, doc };
      case 'descriptorPair':
        return { kind: 'descriptors', argument: field.name, ...slot, doc };
      case 'message':
        return { kind: 'message', argument: field.name, doc };
    }
  }
  return NUMBER;
}

/** The store of `sqe->flags` where the operation adds bits of its own to the program's. */
function flagStores(join: Join, view: ContractView, args: readonly ArgumentModel[]): StoreModel[] {
  const field = join.fields.get('flags');
  const bits = (name: string): number => join.flagBits.get(name) ?? 0;
  const always = view.flags('requires').reduce((sum, name) => sum | bits(name), 0);
  const chooses = args.some((arg) => arg.name === 'bufGroup' && arg.optional) && view.has('buffer_select');
  const group = chooses ? bits('IOSQE_BUFFER_SELECT') : 0;
  if (field === undefined || (always | group) === 0) return [];
  const known = join.inputs.sqe.flags;
  const value = {
    kind: 'integer',
    argument: 'sqeFlags',
    default: 0,
    ...(known === undefined ? {} : { known }),
  } as const;
  return [
    { field, value: { ...value, ...(always === 0 ? {} : { always }), ...(group === 0 ? {} : { group }) } },
  ];
}

function typedOf(
  join: Join,
  view: ContractView,
  row: OperationRow | undefined,
  plan: readonly PlannedField[],
): NonNullable<OperationModel['typed']> {
  const { records } = join.inputs;
  const { args, stores } = lower(plan, {
    view,
    records,
    fields: join.fields,
    families: join.enums,
    doc: (planned, flags) => argumentDoc(planned, flags, join.enums, view.contract),
  });
  const personality = join.fields.get('personality');
  return {
    args,
    refused: personality !== undefined && view.isZero(personality) ? ['personality'] : [],
    stores: [...flagStores(join, view, args), ...stores],
    result: resultOf(row, plan, records),
  };
}

/** What an operation whose SQE goes to a driver must, and must not, be given. */
function fieldsOf(join: Join, view: ContractView): NonNullable<OperationModel['fields']> {
  const refused = join.inputs.sqe.fields.filter((field) => view.isZero(field));
  const required = view.has('needs_file') && join.fields.has('fd') ? ['fd'] : [];
  return { required, refused: refused.map((field) => field.name.camel) };
}

function contractMembers(
  join: Join,
  contract: OperationContract,
): Pick<OperationModel, 'rules' | 'fieldNames'> {
  const { fields } = join;
  const known = contract.fields.filter((one) => fields.has(one.field));
  const names = new Map(known.map((one) => [one.field, one.name]));
  return {
    rules: contract.rules,
    fieldNames: [...names].map(([field, name]) => ({ field, ...(name === undefined ? {} : { name }) })),
  };
}

/** The builder with what fits this header, else none but the one over the SQE's fields. */
function builderOf(
  join: Join,
  view: ContractView | undefined,
  row: OperationRow | undefined,
): Pick<OperationModel, 'typed' | 'lost'> {
  const { fields, inputs } = join;
  const raw = (why: string) => ({ lost: `over the fields of the SQE as the header names them: ${why}` });
  if (view === undefined) return raw(`no contract of ${inputs.contract?.from ?? 'any kernel'} knows it`);
  if (view.contract.open === true) return {};
  const whole = row === undefined || inputs.strict;
  const fitted = whole ? undefined : fitRow(row, view, fields, inputs.records, inputs.contract!.from);
  if (fitted?.raw !== undefined) return raw(fitted.raw);
  const fitting = fitted?.row ?? row;
  const plan = planFields(view, fitting, fields, inputs.records);
  const unplanned = Object.keys(fitting?.fields ?? {}).find(
    (name) => view.isRead(fields.get(name)!) && !plan.some(({ field }) => field.cName === name),
  );
  if (!inputs.strict && unplanned !== undefined) return raw(`${unplanned} overlaps another of its fields`);
  const lost = fitted?.lost ?? [];
  return {
    typed: typedOf(join, view, fitting, plan),
    ...(lost.length === 0 ? {} : { lost: `without ${lost.join(', ')}` }),
  };
}

function buildOperation(join: Join, opcode: OpcodeFact, name: Name, bytes: 64 | 128): OperationModel {
  const { inputs, fields } = join;
  const row = inputs.rows[opcode.constant];
  const contract = inputs.contract?.contract.operations.find((one) => one.opcode === opcode.constant);
  const hasSelect = join.flagBits.has('IOSQE_BUFFER_SELECT');
  const view = contract === undefined ? undefined : new ContractView(contract, fields, hasSelect);
  if (row !== undefined && inputs.strict) checkRow(opcode.constant, row, view, fields, inputs.records);
  const since = inputs.since(opcode.constant);
  const { typed, lost } = builderOf(join, view, row);
  const open = typed === undefined;
  const what =
    opcode.doc ?? `${opcode.constant}${open ? ', over the fields of the SQE as the header names them' : ''}.`;
  return {
    name,
    constant: opcode.constant,
    opcode: opcode.value,
    sqeBytes: bytes,
    docs: operationDocs(what, row, view, inputs.contract && contractName(inputs.contract)),
    ...(row === undefined ? {} : { man: row.man }),
    ...(since === undefined ? {} : { since }),
    extra: row?.extra !== undefined,
    ...(view === undefined ? {} : open ? { fields: fieldsOf(join, view) } : { typed }),
    ...(lost === undefined ? {} : { lost }),
    ...(contract === undefined ? {} : contractMembers(join, contract)),
    from: opcode.from,
  };
}

/** Values of the `IOSQE_*` bits. */
function sqeFlagBits(families: readonly FamilyModel[]): Map<string, number> {
  const members = families.flatMap((family) => family.members);
  return new Map(
    members
      .filter((member) => /^IOSQE_/.test(member.constant) && !member.constant.endsWith('_BIT'))
      .map((member) => [member.constant, Number(member.value)]),
  );
}

export function buildOperations(inputs: OperationInputs): OperationModel[] {
  const opcodes = opcodeFacts(inputs.facts);
  checkOpcodes(inputs.rows, new Set([...opcodes.map((opcode) => opcode.constant), ...inputs.knownOpcodes]));
  const join: Join = {
    inputs,
    fields: new Map(inputs.sqe.fields.map((field) => [field.cName, field])),
    enums: inputs.families,
    flagBits: sqeFlagBits(inputs.families),
  };
  const names = operationNames(opcodes, inputs.records);
  return opcodes.map((opcode, index) =>
    buildOperation(join, opcode, names[index]!, sqeBytes(opcode, opcodes)),
  );
}
