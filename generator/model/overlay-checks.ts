/**
 * Every row of the overlay is checked against the header and the contract: a row about nothing, or one that says other
 * than the kernel's source, fails the generation.
 */
import { Problem } from '../problem.js';
import type { Direction, FieldRow, OperationRow, OperationRows } from '../semantics/row.js';
import type { ContractView } from './contract-view.js';
import type { RecordModel, SqeFieldModel } from './model.js';
import { companionsOf } from './plan.js';

const SOURCE = 'generator/semantics/operations';

function refuse(code: string, what: string, consequence: string, remedy: string): never {
  throw new Problem({ code, what, consequence: `${consequence}; nothing was written`, remedy });
}

/** A row about an opcode that neither this header nor the newest known kernel has is about nothing. */
export function checkOpcodes(rows: OperationRows, known: ReadonlySet<string>): void {
  for (const constant of Object.keys(rows)) {
    if (known.has(constant)) continue;
    refuse(
      'SEMANTICS_UNKNOWN_OPCODE',
      `${SOURCE} has a row for ${constant}, which no known kernel has`,
      'the row would never be used',
      'correct the name of the row, or remove it',
    );
  }
}

/** Directions the kernel may use memory in, by what a row says it is. */
function directionsOf(row: FieldRow): readonly Direction[] | undefined {
  switch (row.kind) {
    case 'bytes':
    case 'vector':
      return [row.direction];
    case 'path':
    case 'socketAddress':
    case 'timespec':
    case 'record':
    case 'records':
      return ['in'];
    case 'descriptors':
      return ['in', 'inout'];
    case 'result':
    case 'results':
    case 'descriptorPair':
      return ['out'];
    case 'peer':
      return ['out', 'inout'];
    default:
      return undefined;
  }
}

/** What is wrong with the row of one field, in the words of a Problem; undefined when nothing is. */
export function contradiction(
  field: SqeFieldModel,
  row: FieldRow,
  view: ContractView,
  fields: ReadonlyMap<string, SqeFieldModel>,
): string | undefined {
  const named = [field, ...companionsOf(row).flatMap((name) => fields.get(name) ?? [])];
  for (const one of named) {
    if (view.isZero(one)) return `names ${one.cName}, which the kernel wants to be 0`;
    // A field that stays 0 for a reason may be one that the kernel does not read at all.
    if (!view.isRead(one) && row.kind !== 'fixed')
      return `names ${one.cName}, which the kernel does not read`;
  }
  const said = directionsOf(row);
  // An array of iovecs is itself read whichever way the data goes, so there `in` may mean either.
  const known =
    view.readOf(field)?.contracts.flatMap(({ pointer }) => {
      const { direction, use } = pointer ?? {};
      return direction === undefined || (use === 'iovec' && direction === 'in') ? [] : [direction];
    }) ?? [];
  // `inout` is what the source says where it cannot tell the one from the other.
  const other =
    said === undefined
      ? undefined
      : known.find((direction) => direction !== 'inout' && !said.includes(direction));
  return other === undefined
    ? undefined
    : `says that the memory at ${field.cName} is ${said!.join(' or ')}, and the kernel's source that it is ${other}`;
}

/** Names in the row of one field that the header does not have. */
export function lackingOf(
  name: string,
  fieldRow: FieldRow,
  fields: ReadonlyMap<string, SqeFieldModel>,
  records: readonly RecordModel[],
): string[] {
  const missing = [name, ...companionsOf(fieldRow)].filter((one) => !fields.has(one));
  const pointer = fieldRow.kind !== 'integer' && fieldRow.kind !== 'fixed';
  // An address takes 64 bits: written into a field of another width it would spill into the next.
  if (pointer && fields.has(name) && fields.get(name)!.bits !== 64) missing.push(`${name} of 64 bits`);
  if ('record' in fieldRow && !records.some((record) => record.cName === fieldRow.record))
    missing.push(`struct ${fieldRow.record}`);
  return missing;
}

/** A row must fit the header of its own time, and what the source of that kernel says. */
export function checkRow(
  constant: string,
  row: OperationRow,
  view: ContractView | undefined,
  fields: ReadonlyMap<string, SqeFieldModel>,
  records: readonly RecordModel[],
): void {
  const remedy = `correct the row in ${SOURCE}`;
  const missing = Object.entries(row.fields ?? {}).flatMap(([name, fieldRow]) =>
    lackingOf(name, fieldRow, fields, records),
  );
  if (missing.length > 0) {
    refuse(
      'SEMANTICS_UNKNOWN_FIELD',
      `the row of ${constant} names ${missing.join(', ')}, which the header does not have`,
      'its builder would be wrong',
      remedy,
    );
  }
  if (view === undefined || view.contract.open === true) return;
  for (const [name, fieldRow] of Object.entries(row.fields ?? {})) {
    const wrong = contradiction(fields.get(name)!, fieldRow, view, fields);
    if (wrong === undefined) continue;
    refuse(
      'SEMANTICS_CONTRADICTS_CONTRACT',
      `the row of ${constant} ${wrong} (${view.contract.at})`,
      'its builder would offer what the kernel refuses',
      remedy,
    );
  }
}
