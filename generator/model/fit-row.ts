/**
 * What of a row fits a header that is not ringsmith's own: an older kernel's, a newer one's, one that somebody changed.
 * A row loses what does not fit; an operation that would lose what it cannot do without gets a builder over the fields of
 * the SQE as the header names them.
 */
import type { FieldRow, OperationRow } from '../semantics/row.js';
import type { ContractView } from './contract-view.js';
import type { RecordModel, SqeFieldModel } from './model.js';
import { contradiction, lackingOf } from './overlay-checks.js';
import { companionsOf } from './plan.js';

export interface FittedRow {
  readonly row: OperationRow;
  /** Why only the raw fields are left. */
  readonly raw?: string;
  /** What was lost, for people: `fileIndex (the header has no file_index)`. */
  readonly lost: readonly string[];
}

/** Whether an operation says nothing without it. */
const isNeeded = (row: FieldRow): boolean => {
  if (row.kind === 'fixed') return row.value !== 0;
  if (row.kind === 'integer') return row.default === undefined;
  return row.kind !== 'peer' && !('optional' in row && row.optional === true);
};

/** The header has no place for it, whatever the kernel reads. */
function isPlaceless(name: string, row: FieldRow, fields: ReadonlyMap<string, SqeFieldModel>): boolean {
  if ([name, ...companionsOf(row)].some((one) => !fields.has(one))) return true;
  return row.kind !== 'integer' && row.kind !== 'fixed' && fields.get(name)!.bits !== 64;
}

const called = (name: string, row: FieldRow): string => (row.kind === 'fixed' ? name : row.name);

/** @param from whose contract it is, e.g. `Linux 7.3` */
export function fitRow(
  row: OperationRow,
  view: ContractView,
  fields: ReadonlyMap<string, SqeFieldModel>,
  records: readonly RecordModel[],
  from: string,
): FittedRow {
  const kept: [string, FieldRow][] = [];
  const lost: string[] = [];
  let raw: string | undefined;
  for (const [name, field] of Object.entries(row.fields ?? {})) {
    const missing = lackingOf(name, field, fields, records);
    if (missing.length > 0) {
      const reason = `the header has no ${missing.join(' and no ')}`;
      if (isNeeded(field) && isPlaceless(name, field, fields)) raw ??= reason;
      if (field.kind !== 'fixed') lost.push(`${called(name, field)} (${reason})`);
      continue;
    }
    const wrong = contradiction(fields.get(name)!, field, view, fields);
    if (wrong === undefined) kept.push([name, field]);
    else if (field.kind !== 'fixed')
      lost.push(`${called(name, field)} (the row ${wrong}, by the source of ${from})`);
  }
  return {
    row: { ...row, fields: Object.fromEntries(kept) },
    lost,
    ...(raw === undefined ? {} : { raw }),
  };
}
