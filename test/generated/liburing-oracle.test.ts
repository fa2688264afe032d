/**
 * Proves the builders against an oracle that is not ours: for every helper of liburing, the reference library, the SQE
 * that the helper writes, compiled from its newest release, equals the one that our builders write for the same
 * arguments. Where it does not, the row says which field differs, and why.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as operations from '../../generated/operations.js';
import type { AnyOperation } from '../../runtime/operations/operation.js';
import { encodeBoth, incompleteness, objections } from './oracle/compare.js';
import { controlRows } from './oracle/control.js';
import { dataRows } from './oracle/data.js';
import {
  fetchLiburing,
  helpersIn,
  helpersOf,
  type Liburing,
  type Lookup,
  Missing,
  runHelpers,
} from './oracle/liburing.js';
import { pathRows } from './oracle/paths.js';
import { buf, gap, type Row, row } from './oracle/rows.js';
import { socketRows } from './oracle/sockets.js';

const THEMES = { data: dataRows, paths: pathRows, sockets: socketRows, control: controlRows } as const;
const ROWS: readonly Row[] = Object.values(THEMES).flat();

/** Helpers that no row can be about. */
const EXCLUDED = {
  __io_uring_prep_poll_mask: 'fills no SQE: it reorders the bits of poll events on big-endian machines',
} as const;

/** The same call twice, with a mistake in what is ours the second time. */
const CORRECT = row('read', operations.read, [
  ['3, BUF, BUF_LEN, 4096', { fd: 3, buffer: buf, offset: 4096 }],
]);
const WRONG = row('read', operations.read, [['3, BUF, BUF_LEN, 4096', { fd: 4, buffer: buf, offset: 4097 }]]);

let missing: string | undefined;
let liburing: Liburing;
let bytesOf: Lookup;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringsmith-test-'));
  try {
    liburing = fetchLiburing(folder);
    bytesOf = runHelpers(liburing, [...ROWS, CORRECT, WRONG], folder);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    missing = error.message;
  }
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is wrong with a row: nothing, if all goes well. */
function objectionsTo(given: Row, index: number): string[] {
  return given.sets.flatMap((set, setIndex) => {
    const theirs = bytesOf(index, setIndex);
    return encodeBoth(given, set).flatMap((ours, which) =>
      objections(theirs, ours, set.differs).map(
        (text) =>
          `${given.helper}(${set.c}) against ${given.operation} in ${['TypeScript', 'C++'][which]}: ${text}`,
      ),
    );
  });
}

describe('liburing', () => {
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing);
  });

  it.each(Object.entries(THEMES))('prepares the same SQEs: %s', (_, rows) => {
    expect(rows.filter(({ sets }) => sets.length === 0)).toEqual([]);
    expect(rows.flatMap((given) => objectionsTo(given, ROWS.indexOf(given))).join('\n')).toBe('');
  });

  it('has a row for every helper, and a helper for every row', () => {
    expect(
      incompleteness(helpersOf(liburing), ROWS, EXCLUDED).join('\n'),
      `liburing ${liburing.version}`,
    ).toBe('');
  });

  it('notices arguments that are not the same', () => {
    expect(objectionsTo(CORRECT, ROWS.length)).toEqual([]);
    const found = objectionsTo(WRONG, ROWS.length + 1);
    expect(found.map((text) => text.replace(/^.*: (?=\w+: )/, ''))).toEqual([
      'fd: liburing 03000000, ringsmith 04000000',
      'off: liburing 0010000000000000, ringsmith 0110000000000000',
      'fd: liburing 03000000, ringsmith 04000000',
      'off: liburing 0010000000000000, ringsmith 0110000000000000',
    ]);
  });
});

describe('the rows', () => {
  it('are about every operation of the package', () => {
    const vouched = new Set(ROWS.map(({ operation }) => operation));
    const all = (Object.values(operations) as AnyOperation[]).map(({ name }) => name);
    expect(all.filter((name) => !vouched.has(name))).toEqual([]);
  });
});

describe('the oracle notices', () => {
  it('any byte of an SQE that is not the same, large ones included', () => {
    const same = '00'.repeat(128);
    expect(objections(same, same)).toEqual([]);
    for (let byte = 0; byte < 128; byte += 1) {
      const other = `${same.slice(0, byte * 2)}01${same.slice(byte * 2 + 2)}`;
      expect(objections(same, other), `byte ${byte}`).toHaveLength(1);
    }
    expect(objections(same, same.slice(128))).toHaveLength(1);
  });

  it('a listed difference that is gone', () => {
    const same = '00'.repeat(64);
    expect(objections(same, same, { ioprio: gap('none') })).toEqual([
      'ioprio does not differ any more: take it off the row',
    ]);
  });

  it('helpers without rows, rows without helpers, and exclusions that are out of date', () => {
    const header = `
      /* io_uring_prep_mentioned() does nothing. */
      static inline void io_uring_prep_a(struct io_uring_sqe *sqe) { __io_uring_prep_b(sqe); }
      #define io_uring_prep_c(sqe) io_uring_prep_a(sqe)`;
    const helpers = helpersIn(header);
    expect(helpers).toEqual(['__io_uring_prep_b', 'io_uring_prep_a', 'io_uring_prep_c']);
    const rows = [{ helper: 'io_uring_prep_a' }, { helper: 'io_uring_prep_gone' }];
    const excluded = { __io_uring_prep_b: 'inner', io_uring_prep_a: 'has a row', io_uring_prep_x: 'gone' };
    expect(incompleteness(helpers, rows, excluded)).toEqual([
      'io_uring_prep_c has no row and is not excluded',
      'io_uring_prep_gone has a row but liburing has no such helper',
      'io_uring_prep_a is excluded, but it has a row',
      'io_uring_prep_x is excluded, but liburing has no such helper',
    ]);
  });
});
