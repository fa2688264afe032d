/**
 * Checked mode: which operations in flight use which memory, so that two that would get into each other's way are
 * noticed when the second is started, and not as data that is sometimes wrong.
 */
import { RingError } from './errors.js';
import { RingBuffer } from './memory.js';
import type { AnyOperation } from './operation.js';

/** An operation that uses memory. */
export interface MemoryUser {
  readonly operation: AnyOperation;
  /** The same object for all that the kernel runs one after the other. */
  readonly link: object;
  /** Counts what drains the ring: all of one epoch is over before anything of the next starts. */
  readonly epoch: number;
  readonly ring: object;
}

/** A range of memory in use; by its addresses, since several rings may use parts of one allocation. */
export class Borrow {
  readonly #all: Borrow[];
  #at: number;

  private constructor(
    readonly start: number,
    readonly end: number,
    readonly writes: boolean,
    readonly user: MemoryUser,
    all: Borrow[],
  ) {
    this.#all = all;
    this.#at = all.push(this) - 1;
  }

  /** @throws RingError when another operation writes there, or reads what this one would write to */
  static take(buffer: RingBuffer, writes: boolean, user: MemoryUser): Borrow | undefined {
    const start = RingBuffer.address(buffer);
    const end = start + RingBuffer.length(buffer);
    if (start === end) return undefined;
    const all = RingBuffer.borrows(buffer);
    for (const other of all) {
      if (start >= other.end || other.start >= end || !(writes || other.writes)) continue;
      if (!ordered(other.user, user)) throw conflict(other, writes, user);
    }
    return new Borrow(start, end, writes, user, all);
  }

  release(): void {
    const last = this.#all.pop()!;
    if (last === this) return;
    this.#all[this.#at] = last;
    last.#at = this.#at;
  }
}

const ordered = (before: MemoryUser, after: MemoryUser): boolean =>
  before.link === after.link || (before.ring === after.ring && before.epoch !== after.epoch);

const named = ({ operation }: MemoryUser): string => `${operation.name} (${operation.constant})`;

function conflict(other: Borrow, writes: boolean, user: MemoryUser): RingError {
  const own = writes ? 'write to' : 'read';
  const others = other.writes ? 'writes to' : 'reads';
  return new RingError(
    'ERR_RING_BORROWED',
    `${named(user)} would ${own} memory that ${named(other.user)}, which is in flight, ${others}; nothing was submitted. ` +
      'Await that one, chain the two, or use other memory (rings opened with {checked: false} do not look)',
    { syscall: user.operation.name, op: user.operation.constant },
  );
}
