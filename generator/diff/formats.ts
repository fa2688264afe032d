/**
 * A list of differences for people and for programs.
 */
import type { Change, Severity } from './change.js';

export interface DiffReport {
  readonly from: string;
  readonly to: string;
  /** Whether the kernels' contracts were compared too, and if not, why. */
  readonly contracts: { readonly compared: true } | { readonly compared: false; readonly why: string };
  readonly changes: readonly Change[];
}

const ofSeverity = (report: DiffReport, severity: Severity): readonly Change[] =>
  report.changes.filter((change) => change.severity === severity);

const MARKS: Readonly<Record<Severity, string>> = {
  breaking: 'BREAKING',
  addition: 'new     ',
  note: 'note    ',
};

export function diffSummary(report: DiffReport): string {
  const count = (severity: Severity): number => ofSeverity(report, severity).length;
  return `${report.from} -> ${report.to}: ${count('breaking')} breaking, ${count('addition')} additions, ${count('note')} notes`;
}

/** What the reader must know of the comparison itself: nothing when all was compared. */
const notCompared = ({ contracts }: DiffReport): string =>
  contracts.compared ? '' : `contracts were not compared: ${contracts.why}\n`;

function table(report: DiffReport): string {
  const width = Math.max(0, ...report.changes.map((change) => change.subject.length));
  const lines = report.changes.map((change) => {
    const mark = MARKS[change.severity];
    return `${mark}  ${change.kind.padEnd(8)}${change.subject.padEnd(width)}  ${change.detail}  (${change.location})\n`;
  });
  return `${lines.join('')}${notCompared(report)}`;
}

/** A cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function section(title: string, changes: readonly Change[]): string {
  if (changes.length === 0) return '';
  const rows = changes.map(
    (change) =>
      `| ${change.kind} | ${change.category} | \`${cell(change.subject)}\` | ${cell(change.detail)} | ${change.location} |\n`,
  );
  return `\n## ${title}\n\n| change | what | name | detail | where |\n|---|---|---|---|---|\n${rows.join('')}`;
}

function markdown(report: DiffReport): string {
  const sections = [
    section('Breaking', ofSeverity(report, 'breaking')),
    section('Additions', ofSeverity(report, 'addition')),
    section('Notes', ofSeverity(report, 'note')),
  ];
  const missing = notCompared(report);
  const head = `${diffSummary(report)}\n${missing === '' ? '' : `\n${missing}`}`;
  return `# ${report.from} → ${report.to}\n\n${head}${sections.join('')}`;
}

export const DIFF_FORMATS = {
  table,
  json: (report: DiffReport): string => `${JSON.stringify(report, null, 2)}\n`,
  markdown,
} as const;
