/**
 * The coverage report as one self-contained web page: opcodes by kernels, and everything else that was compared.
 */

import { render } from '../emit/render.js';
import type { Snapshot } from '../kernels/snapshot.js';
import { opcodeFacts } from '../model/opcodes.js';
import { type Coverage, coverageSummary } from './compare.js';

interface PageRow {
  readonly kind: string;
  readonly name: string;
  readonly value: string;
  readonly status: string;
  readonly note: string;
  readonly good: boolean;
  readonly quiet: boolean;
  /** For the opcodes: whether each kernel has it. */
  readonly kernels: readonly { readonly has: boolean; readonly kernel: string }[];
}

export interface PageContext {
  readonly title: string;
  readonly summary: string;
  readonly kernels: readonly string[];
  readonly counts: readonly {
    readonly kind: string;
    readonly covered: number;
    readonly total: number;
    readonly full: boolean;
  }[];
  readonly opcodes: readonly PageRow[];
  readonly others: readonly PageRow[];
}

/** @param snapshots for the columns of the matrix, oldest first */
export function coveragePage(coverage: Coverage, snapshots: readonly Snapshot[]): string {
  const columns = snapshots.map((snapshot) => ({
    kernel: snapshot.kernel,
    names: new Set(opcodeFacts(snapshot.facts).map((opcode) => opcode.constant)),
  }));
  const rows = coverage.rows.map(
    (row): PageRow => ({
      kind: row.kind,
      name: row.name,
      value: row.value,
      status: row.status,
      note: [row.note ?? row.location, ...(row.since === undefined ? [] : [`since Linux ${row.since}`])].join(
        '; ',
      ),
      good: row.status === 'covered',
      quiet: row.status === 'excluded',
      kernels: columns.map((column) => ({ has: column.names.has(row.name), kernel: column.kernel })),
    }),
  );
  const context: PageContext = {
    title: `io_uring coverage: ${coverage.against}`,
    summary: coverageSummary(coverage),
    kernels: columns.map((column) => column.kernel),
    counts: Object.entries(coverage.counts).map(([kind, count]) => ({
      kind,
      ...count,
      full: count.covered === count.total,
    })),
    opcodes: rows.filter((row) => row.kind === 'opcode'),
    others: rows.filter((row) => row.kind !== 'opcode'),
  };
  return render('coverage.html.hbs', context, { escape: true });
}
