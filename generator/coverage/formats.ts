/**
 * A coverage report for people and for programs.
 */
import type { Coverage, RowStatus } from './compare.js';

const STATUS_TEXT: Readonly<Record<RowStatus, string>> = {
  covered: 'covered',
  missing: 'MISSING',
  'wrong-number': 'WRONG NUMBER',
  'no-method': 'NO METHOD',
  extra: 'not in this kernel',
};

export function coverageSummary(coverage: Coverage): string {
  return `${coverage.covered} of ${coverage.total} opcodes of ${coverage.against} are covered`;
}

/** Fixed-width columns, one opcode a line. */
export function coverageTable(coverage: Coverage): string {
  const width = Math.max(...coverage.rows.map((row) => row.constant.length), 6);
  const lines = coverage.rows.map(
    (row) => `${String(row.opcode).padStart(4)}  ${row.constant.padEnd(width)}  ${STATUS_TEXT[row.status]}`,
  );
  const head = `  op  ${'opcode'.padEnd(width)}  status`;
  return `${[head, ...lines].join('\n')}\n`;
}

export function coverageJson(coverage: Coverage): string {
  return `${JSON.stringify(coverage, null, 2)}\n`;
}

export const COVERAGE_FORMATS = { table: coverageTable, json: coverageJson } as const;
