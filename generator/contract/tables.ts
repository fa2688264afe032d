/** The kernel's tables of operations: arrays whose elements are designated by IORING_OP_*. */
import type { Cursor } from '../clang/index.js';
import type { Node, NodeOf } from './ast.js';
import type { Conversion } from './convert.js';
import type { Program } from './program.js';
import { recordOf } from './types.js';

export interface TableRow {
  /** e.g. `IORING_OP_STATX`. */
  readonly opcode: string;
  readonly number: number;
  /** Members with a number, e.g. `needs_file`. */
  readonly attributes: Map<string, number>;
  /** Members that are functions, e.g. `prep`. */
  readonly functions: Map<string, string>;
}

const OPCODE = /^IORING_OP_\w+$/;

/** Adds the rows of a global array, if it is such a table. */
export function readTable(variable: Cursor, conversion: Conversion, program: Program): void {
  const list = variable.children().find((child) => child.kind === 'InitListExpr');
  let isTable = false;
  for (const element of list?.children() ?? []) {
    const [index, ...rest] = element.children();
    const row = rest.at(-1);
    if (index?.kind !== 'DeclRefExpr' || !OPCODE.test(index.spelling) || row?.kind !== 'InitListExpr')
      continue;
    const number = Number(index.referenced?.enumValue ?? -1);
    isTable = true;
    addRow(index.spelling, number, conversion.expression(row), program);
  }
  if (!isTable) return;
  program.tables.add(variable.spelling);
  const element = variable.type.canonical.arrayElement;
  if (element !== undefined) program.tableRecords.add(recordOf(element));
}

function addRow(opcode: string, number: number, list: Node, program: Program): void {
  let row = program.rows.get(number);
  if (row === undefined) {
    row = { opcode, number, attributes: new Map(), functions: new Map() };
    program.rows.set(number, row);
  }
  if (list.kind !== 'list') return;
  for (const { designator, value } of list.entries) {
    if (designator === undefined) continue;
    const plain = withoutCasts(value);
    if (plain.kind === 'function') row.functions.set(designator, plain.name);
    else if (plain.kind === 'constant') row.attributes.set(designator, Number(plain.value));
  }
}

export function withoutCasts(node: Node): Exclude<Node, NodeOf<'cast'>> {
  let inner = node;
  while (
    inner.kind === 'cast' ||
    (inner.kind === 'unary' && inner.operator === '&' && inner.of.kind === 'function')
  )
    inner = inner.of;
  return inner as Exclude<Node, NodeOf<'cast'>>;
}
