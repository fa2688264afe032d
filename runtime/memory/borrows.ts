/**
 * Checked mode: which operations in flight use which memory, so that two that would get into each other's way are
 * noticed when the second is started, and not as data that is sometimes wrong.
 */
import { RingError } from '../errors.js';
import type { AnyOperation } from '../operations/operation.js';

/** An operation that uses memory. */
export interface MemoryUser {
  readonly operation: AnyOperation;
  /** The same object for all that the kernel runs one after the other. */
  readonly link: object;
}

/** Bytes of the smallest cells, and how many times as large those of the next level are. */
const SMALLEST_CELL = 256;
const GROWTH = 16;

/** More cells than these are forgotten once nothing uses them. */
const CELLS_KEPT = 65_536;

/** A part of an allocation, and what uses exactly this part. */
export class Range {
  /** Ranges of the same level that may overlap: those of the cells it lies in. */
  readonly cells: Range[][] = [];
  /** Those in use, and behind them spare ones, so that using memory again and again allocates nothing. */
  readonly #borrows: Borrow[] = [];
  uses = 0;
  #writers = 0;

  constructor(
    readonly level: Level,
    public start: number,
    public end: number,
  ) {}

  check(start: number, end: number, writes: boolean, user: MemoryUser): void {
    if (start >= this.end || this.start >= end || !(writes || this.#writers > 0)) return;
    for (let at = 0; at < this.uses; at += 1) {
      const other = this.#borrows[at]!;
      if ((writes || other.writes) && !ordered(other, user)) throw conflict(other, writes, user);
    }
  }

  borrow(writes: boolean, user: MemoryUser): Borrow {
    const at = this.uses;
    if (at === this.#borrows.length) this.#borrows.push(new Borrow(this, at));
    const borrow = this.#borrows[at]!;
    borrow.begin(writes, user);
    this.uses += 1;
    if (writes) this.#writers += 1;
    this.level.uses += 1;
    return borrow;
  }

  /** Changes places with the last one in use, which makes it a spare one. */
  release(borrow: Borrow): void {
    this.uses -= 1;
    const last = this.#borrows[this.uses]!;
    this.#borrows[borrow.at] = last;
    this.#borrows[this.uses] = borrow;
    last.at = borrow.at;
    borrow.at = this.uses;
    if (borrow.writes) this.#writers -= 1;
    this.level.over();
  }
}

/** Ranges that are no longer than a cell of this level, each in the one or two cells it lies in. */
class Level {
  readonly #cells = new Map<number, Range[]>();
  /** How many uses there are. */
  uses = 0;

  constructor(readonly cellBytes: number) {}

  check(start: number, end: number, writes: boolean, user: MemoryUser): void {
    const first = Math.floor(start / this.cellBytes);
    const last = Math.floor((end - 1) / this.cellBytes);
    if (last - first >= this.#cells.size) {
      for (const ranges of this.#cells.values())
        for (const range of ranges) range.check(start, end, writes, user);
      return;
    }
    for (let cell = first; cell <= last; cell += 1) {
      const ranges = this.#cells.get(cell);
      if (ranges !== undefined) for (const range of ranges) range.check(start, end, writes, user);
    }
  }

  /** The range from `start` to `end`; one that nothing uses any more is taken over. */
  range(start: number, end: number): Range {
    const first = Math.floor(start / this.cellBytes);
    const last = Math.floor((end - 1) / this.cellBytes);
    let idle: Range | undefined;
    for (const range of this.#cells.get(first) ?? []) {
      if (range.start === start && range.end === end) return range;
      if (range.uses === 0 && this.#liesIn(range, first, last)) idle = range;
    }
    if (idle !== undefined) {
      idle.start = start;
      idle.end = end;
      return idle;
    }
    const range = new Range(this, start, end);
    this.#put(first, range);
    if (last !== first) this.#put(last, range);
    return range;
  }

  #liesIn({ start, end }: Range, first: number, last: number): boolean {
    const { cellBytes } = this;
    return Math.floor(start / cellBytes) === first && Math.floor((end - 1) / cellBytes) === last;
  }

  #put(cell: number, range: Range): void {
    let ranges = this.#cells.get(cell);
    if (ranges === undefined) {
      ranges = [];
      this.#cells.set(cell, ranges);
    }
    ranges.push(range);
    range.cells.push(ranges);
  }

  /** One use is over. */
  over(): void {
    this.uses -= 1;
    if (this.uses > 0 || this.#cells.size <= CELLS_KEPT) return;
    // Whoever remembers one of these ranges must not take it for his any more.
    for (const ranges of this.#cells.values()) for (const range of ranges) range.start = range.end = -1;
    this.#cells.clear();
  }
}

/** The parts of one allocation that are in use; several rings may use it. */
export class Borrows {
  readonly #levels: Level[] = [];

  /**
   * @param known what this was called with the same bounds before has returned
   * @returns the range with these bounds
   */
  range(start: number, end: number, known: Range | undefined): Range {
    if (known !== undefined && known.start === start && known.end === end) return known;
    return this.#levelFor(end - start).range(start, end);
  }

  /** @throws RingError when another operation writes there, or reads what this one would write to */
  take(range: Range, writes: boolean, user: MemoryUser): Borrow {
    const { start, end } = range;
    for (const ranges of range.cells) for (const other of ranges) other.check(start, end, writes, user);
    for (const level of this.#levels) {
      if (level.uses > 0 && level !== range.level) level.check(start, end, writes, user);
    }
    return range.borrow(writes, user);
  }

  #levelFor(length: number): Level {
    let at = 0;
    let bytes = SMALLEST_CELL;
    for (; bytes < length; bytes *= GROWTH) at += 1;
    for (let next = this.#levels.length; next <= at; next += 1) {
      this.#levels.push(new Level(SMALLEST_CELL * GROWTH ** next));
    }
    return this.#levels[at]!;
  }
}

/** One use of a range. */
export class Borrow implements MemoryUser {
  readonly #range: Range;
  writes = false;
  operation!: AnyOperation;
  link!: object;
  /** The next one of the same operation. */
  next: Borrow | undefined;

  /** @param at its place among those of its range */
  constructor(
    range: Range,
    public at: number,
  ) {
    this.#range = range;
  }

  begin(writes: boolean, { operation, link }: MemoryUser): void {
    this.writes = writes;
    this.operation = operation;
    this.link = link;
  }

  release(): void {
    this.link = this;
    this.next = undefined;
    this.#range.release(this);
  }
}

const ordered = (before: MemoryUser, after: MemoryUser): boolean => before.link === after.link;

const named = ({ operation }: MemoryUser): string => `${operation.name} (${operation.constant})`;

function conflict(other: Borrow, writes: boolean, user: MemoryUser): RingError {
  const own = writes ? 'write to' : 'read';
  const others = other.writes ? 'writes to' : 'reads';
  return new RingError(
    'ERR_RING_BORROWED',
    `${named(user)} would ${own} memory that ${named(other)}, which is in flight, ${others}; nothing was submitted. ` +
      'Await that one, chain the two, or use other memory (rings opened with {checked: false} do not look)',
    { syscall: user.operation.name, op: user.operation.constant },
  );
}
