/**
 * Members of records whose values are flags: which bits they may have.
 */
import { RECORD_MEMBERS } from '../semantics/domains.js';
import { domainFamily, knownBits } from './flag-types.js';
import type { FamilyModel, KnownBits, RecordModel } from './model.js';

function memberBits(record: string, member: string, families: readonly FamilyModel[]): KnownBits | undefined {
  const row = RECORD_MEMBERS[record]?.[member];
  if (row === undefined) return undefined;
  if (typeof row === 'object') return { bits: row.bits, family: row.called };
  const family = domainFamily(row, families);
  return family && knownBits([family]);
}

/** The records, with what the overlay knows of their members. */
export const withFamilies = (
  records: readonly RecordModel[],
  families: readonly FamilyModel[],
): RecordModel[] =>
  records.map((record) => ({
    ...record,
    fields: record.fields.map((field) => {
      const known = memberBits(record.cName, field.cName, families);
      return known === undefined ? field : { ...field, known };
    }),
  }));
