/**
 * Compares what a kernel has with what a package exports.
 */
import type { ExportedOperation } from './package-exports.js';

/** An opcode as the kernel or a header has it; the name is missing when only its number is known. */
export interface KernelOpcode {
  readonly constant: string | undefined;
  readonly opcode: number;
}

export type RowStatus =
  /** A builder and a method exist, with the right number. */
  | 'covered'
  /** The package has nothing for it. */
  | 'missing'
  /** The package has it under another number: its builder would start something else. */
  | 'wrong-number'
  /** A builder exists but no method. */
  | 'no-method'
  /** Only the package has it: it was generated for a newer kernel. */
  | 'extra';

export interface CoverageRow {
  readonly constant: string;
  readonly opcode: number;
  readonly status: RowStatus;
  readonly exportName?: string;
}

export interface Coverage {
  /** What the package was compared with. */
  readonly against: string;
  readonly rows: readonly CoverageRow[];
  readonly covered: number;
  readonly total: number;
  /** Constants that make the check fail. */
  readonly gaps: readonly string[];
}

function statusOf(kernel: KernelOpcode, exported: ExportedOperation | undefined): RowStatus {
  if (exported === undefined) return 'missing';
  if (exported.opcode !== kernel.opcode) return 'wrong-number';
  return exported.method ? 'covered' : 'no-method';
}

export function compareCoverage(
  against: string,
  kernel: readonly KernelOpcode[],
  exported: readonly ExportedOperation[],
): Coverage {
  const byConstant = new Map(exported.map((operation) => [operation.constant, operation]));
  const byNumber = new Map(exported.map((operation) => [operation.opcode, operation]));
  const rows = kernel.map((opcode): CoverageRow => {
    // An opcode whose name is not known is looked up by its number.
    const match =
      opcode.constant === undefined ? byNumber.get(opcode.opcode) : byConstant.get(opcode.constant);
    return {
      constant: opcode.constant ?? match?.constant ?? `opcode ${opcode.opcode}`,
      opcode: opcode.opcode,
      status: statusOf(opcode, match),
      ...(match === undefined ? {} : { exportName: match.exportName }),
    };
  });
  const known = new Set(rows.map((row) => row.constant));
  const extra = exported
    .filter((operation) => !known.has(operation.constant))
    .map((operation): CoverageRow => ({ ...operation, status: 'extra' }));
  const gaps = rows.filter((row) => row.status !== 'covered').map((row) => row.constant);
  return { against, rows: [...rows, ...extra], covered: rows.length - gaps.length, total: rows.length, gaps };
}
