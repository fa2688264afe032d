/**
 * Compares what a kernel has with what a package exports.
 */
import { isBound } from '../model/constants.js';
import { exportedConstant } from '../model/name.js';
import { ITEM_KINDS, type Item, type ItemKind } from './items.js';
import type { PackageExports } from './package-exports.js';

export type RowStatus =
  /** The package exports it rightly; an opcode with a builder and a method. */
  | 'covered'
  /** The package has nothing for it. */
  | 'missing'
  /** The package has it with another value: it would mean something else. */
  | 'wrong-value'
  /** An opcode's builder exists but no method. */
  | 'no-method'
  /** Not asked for, with a reason. */
  | 'excluded';

export interface CoverageRow {
  readonly kind: ItemKind;
  readonly name: string;
  readonly value: string;
  readonly status: RowStatus;
  /** Why it is excluded, or what is wrong. */
  readonly note?: string;
  /** Of a constant: the release of Linux that brought it, e.g. `6.7`, or `7.2 or earlier`. */
  readonly since?: string;
  readonly location: string;
}

export interface KindCount {
  readonly covered: number;
  readonly total: number;
}

export interface Coverage {
  /** What the package was compared with. */
  readonly against: string;
  readonly rows: readonly CoverageRow[];
  readonly counts: Readonly<Partial<Record<ItemKind, KindCount>>>;
  /** Opcodes that only the package has: it was generated for a newer kernel. Never a gap. */
  readonly extra: readonly string[];
  /** Names that make the check fail. */
  readonly gaps: readonly string[];
}

type Verdict = Pick<CoverageRow, 'status' | 'note'>;

function judgeOpcode(item: Item, exports: PackageExports): Verdict {
  const operation = exports.operations.find((candidate) => candidate.constant === item.name);
  if (operation === undefined) return { status: 'missing' };
  if (BigInt(operation.opcode) !== item.value)
    return { status: 'wrong-value', note: `the package has ${operation.opcode}` };
  return operation.method ? { status: 'covered' } : { status: 'no-method' };
}

function judgeConstant(item: Item, exports: PackageExports): Verdict {
  const value = exports.constants.get(exportedConstant(item.name));
  if (value === undefined) return { status: 'missing' };
  // What bounds others grows with them: a newer package has a larger one.
  if (value === item.value || isBound(item.name)) return { status: 'covered' };
  return { status: 'wrong-value', note: `the package has ${value}` };
}

function judgeMember(item: Item, exports: PackageExports): Verdict {
  const { spelling } = item;
  const covered =
    spelling !== undefined && exports.interfaces.get(spelling.interface)?.has(spelling.property) === true;
  return { status: covered ? 'covered' : 'missing' };
}

function judge(item: Item, exports: PackageExports): Verdict {
  if (item.excluded !== undefined) return { status: 'excluded', note: item.excluded };
  if (item.kind === 'opcode') return judgeOpcode(item, exports);
  return item.kind === 'member' ? judgeMember(item, exports) : judgeConstant(item, exports);
}

function countsOf(rows: readonly CoverageRow[]): Coverage['counts'] {
  const counts = ITEM_KINDS.map((kind) => {
    const asked = rows.filter((row) => row.kind === kind && row.status !== 'excluded');
    return [
      kind,
      { covered: asked.filter((row) => row.status === 'covered').length, total: asked.length },
    ] as const;
  });
  return Object.fromEntries(counts.filter(([, count]) => count.total > 0));
}

/**
 * @param retired names that kernels had once and have no more; a package for a newer kernel need not have them
 * @param since the release that brought a constant
 */
export function compareCoverage(
  against: string,
  items: readonly Item[],
  exports: PackageExports,
  retired: ReadonlySet<string> = new Set(),
  since: (name: string) => string | undefined = () => undefined,
): Coverage {
  const rows = items.map((item): CoverageRow => {
    const { kind, name, location } = item;
    const verdict = judge(item, exports);
    const gone = verdict.status === 'missing' && retired.has(name);
    const final: Verdict = gone ? { status: 'excluded', note: 'newer kernels have it no more' } : verdict;
    const release = kind === 'member' ? undefined : since(name);
    const dated = release === undefined ? {} : { since: release };
    return { kind, name, location, value: String(item.value), ...final, ...dated };
  });
  const named = new Set(items.map((item) => item.name));
  const isGap = (row: CoverageRow): boolean => row.status !== 'covered' && row.status !== 'excluded';
  return {
    against,
    rows,
    counts: countsOf(rows),
    extra: exports.operations
      .map((operation) => operation.constant)
      .filter((constant) => !named.has(constant)),
    gaps: rows.filter(isGap).map((row) => row.name),
  };
}

/** One sentence. */
export function coverageSummary(coverage: Coverage): string {
  const parts = Object.entries(coverage.counts).map(
    ([kind, count]) => `${count.covered} of ${count.total} ${kind}s`,
  );
  return `${coverage.against}: ${parts.join(', ')} covered`;
}
