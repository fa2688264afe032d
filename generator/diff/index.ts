/**
 * What one kernel's ABI has that another's lacks.
 */
import type { HeaderFacts } from '../parse/index.js';
import { type Change, sortChanges } from './change.js';
import { compareConstants } from './constants.js';
import { compareRecords } from './records.js';

export type { Change, ChangeKind, Severity } from './change.js';

/** Every difference, breaking ones first. */
export function diffFacts(before: HeaderFacts, after: HeaderFacts): Change[] {
  return sortChanges([...compareConstants(before, after), ...compareRecords(before, after)]);
}
