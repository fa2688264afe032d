/**
 * A coverage report for people and for programs. The web page is in `page.ts`.
 */
import junit, { type Builder } from 'junit-report-builder';
import { type Coverage, type CoverageRow, coverageSummary, type RowStatus } from './compare.js';

const STATUS_TEXT: Readonly<Record<RowStatus, string>> = {
  covered: 'covered',
  missing: 'MISSING',
  'wrong-value': 'WRONG VALUE',
  'no-method': 'NO METHOD',
  excluded: 'excluded',
};

const isGap = (row: CoverageRow): boolean => row.status !== 'covered' && row.status !== 'excluded';

const gapsOf = (coverage: Coverage): readonly CoverageRow[] => coverage.rows.filter(isGap);

/** What else there is to say of a row. */
const notes = ({ note, since }: CoverageRow): string =>
  [...(note === undefined ? [] : [note]), ...(since === undefined ? [] : [`since Linux ${since}`])].join(
    '; ',
  );

/** What is wrong with a row, for one line. */
function problem(row: CoverageRow): string {
  const note = notes(row) === '' ? '' : ` (${notes(row)})`;
  return `${row.kind} ${row.name} = ${row.value}: ${STATUS_TEXT[row.status]}${note}`;
}

/** Every opcode, and of the rest what is not covered: hundreds of fine flags tell nobody anything. */
function table(coverage: Coverage): string {
  const shown = coverage.rows.filter((row) => row.kind === 'opcode' || isGap(row));
  const width = Math.max(...shown.map((row) => row.name.length), 4);
  const lines = shown.map((row) => {
    const note = notes(row) === '' ? '' : `  ${notes(row)}`;
    return `${row.kind.padEnd(16)}${row.value.padStart(6)}  ${row.name.padEnd(width)}  ${STATUS_TEXT[row.status]}${note}`;
  });
  const extra = coverage.extra.map(
    (name) => `${'opcode'.padEnd(24)}${name.padEnd(width)}  not in this kernel`,
  );
  return `${[...lines, ...extra].join('\n')}\n`;
}

function markdown(coverage: Coverage): string {
  const counts = Object.entries(coverage.counts).map(
    ([kind, count]) => `| ${kind} | ${count.covered} | ${count.total} |\n`,
  );
  const gaps = gapsOf(coverage).map(
    (row) =>
      `| ${row.kind} | \`${row.name}\` | ${row.value} | ${STATUS_TEXT[row.status]} | ${notes(row)} |\n`,
  );
  const gapTable =
    gaps.length === 0
      ? 'Nothing is missing.\n'
      : `| what | name | value | status | note |\n|---|---|---|---|---|\n${gaps.join('')}`;
  return `# io_uring coverage: ${coverage.against}\n\n| what | covered | of |\n|---|---|---|\n${counts.join('')}\n${gapTable}`;
}

/** One suite per kind, one case per item; exclusions are skipped cases. */
function junitXml(coverage: Coverage): string {
  // The module is CommonJS and exports the builder itself, which its declarations call `default`.
  const builder = (junit as unknown as Builder).newBuilder();
  for (const kind of Object.keys(coverage.counts)) {
    const suite = builder.testSuite().name(`io_uring coverage of ${coverage.against}: ${kind}s`);
    for (const row of coverage.rows.filter((candidate) => candidate.kind === kind)) {
      const testCase = suite.testCase().className(kind).name(row.name);
      if (row.status === 'excluded') testCase.skipped();
      else if (isGap(row)) testCase.failure(problem(row));
    }
  }
  return builder.build();
}

/** Workflow commands of GitHub Actions: `%`, CR and LF have to be escaped in their messages. */
function github(coverage: Coverage): string {
  const escaped = (text: string): string =>
    text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const lines = gapsOf(coverage).map((row) => `::error title=io_uring coverage::${escaped(problem(row))}\n`);
  return `${lines.join('')}::notice title=io_uring coverage::${escaped(coverageSummary(coverage))}\n`;
}

export const COVERAGE_FORMATS = {
  table,
  json: (coverage: Coverage): string => `${JSON.stringify(coverage, null, 2)}\n`,
  markdown,
  junit: junitXml,
  github,
} as const;
