/**
 * The port over the ring's mapped memory: SQEs are written and CQEs read by JavaScript, without a native call.
 *
 * Heads and tails that the kernel reads or writes go through Atomics, which are sequentially consistent: V8 makes ldar and
 * stlr of them on arm64, so that entries are read after the tail that says they are there, and the head moves after they
 * were read. Entries themselves are plain accesses. The C++ side is in native/ring_memory.h.
 */
import {
  IORING_CQE_F_32,
  IORING_CQE_F_SKIP,
  IORING_OP_NOP,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_SQE_MIXED,
  IORING_SQ_CQ_OVERFLOW,
} from '../../generated/abi/constants.js';
import type { Encodable, Held } from '../operations/operation.js';
import { isPosted, postedError } from '../operations/posted.js';
import { IORING_OP_WAITID, leaveChild } from './children.js';
import { type ExtraWords, extraWordsAt, NO_EXTRA_WORDS } from './extra-words.js';
import type { MappedRing, NativeRing } from './native.js';
import { type CompletionSink, type Port, refusedFlag } from './port.js';

// Words of the control block; see Control in native/ring_memory.h.
const PREPARED_TAIL = 0;
const SETTLED = 1;
const REFERENCED = 2;
const BACKGROUND = 6;

const USER_DATA_WORD = 8;
/** Both words of the user_data of padding. */
const PADDING = -1;

export class MappedPort implements Port {
  readonly native: NativeRing;
  readonly #refused: number;
  readonly #reaps: boolean;
  #sqes!: Uint32Array;
  #control!: Uint32Array;
  #ints!: Int32Array;
  readonly #mixed: boolean;
  readonly #sqeShift: number;
  #sqEntries!: number;
  #sqMask!: number;
  #cqMask!: number;
  readonly #cqeShift: number;
  /** The bit of completions that take two places; 0 where none do. */
  readonly #twoPlaces: number;
  /** Places of the completion that was handed on last. */
  #span = 1;
  #cqesAt!: number;
  #cqOverflowAt!: number;
  #sqHeadAt!: number;
  #sqFlagsAt!: number;
  #cqHeadAt!: number;
  #cqTailAt!: number;
  /** The submission queue's head when last looked at; the kernel only moves it forward. */
  #sqHead!: number;
  #sqTail!: number;
  #cqHead!: number;

  /**
   * @param refused IOSQE_* bits that operations may not have
   * @param reaps whether children are waited for as the program says
   */
  constructor(native: NativeRing, mapped: MappedRing, refused: number, reaps = false) {
    this.native = native;
    this.#refused = refused;
    this.#reaps = reaps;
    this.#mixed = (native.setupFlags & (IORING_SETUP_CQE_MIXED | IORING_SETUP_SQE_MIXED)) !== 0;
    this.#sqeShift = native.sqeBytes === 128 ? 5 : 4;
    this.#cqeShift = native.cqeBytes === 32 ? 3 : 2;
    this.#twoPlaces = (native.setupFlags & IORING_SETUP_CQE_MIXED) !== 0 ? IORING_CQE_F_32 : 0;
    this.#adopt(mapped);
  }

  #adopt(mapped: MappedRing): void {
    this.#sqes = new Uint32Array(mapped.sqes);
    this.#control = new Uint32Array(mapped.control);
    this.#ints = new Int32Array(mapped.rings);
    this.#sqEntries = this.native.sqEntries;
    this.#sqMask = this.native.sqEntries - 1;
    this.#cqMask = this.native.cqEntries - 1;
    this.#cqesAt = mapped.cqes >>> 2;
    this.#sqHeadAt = mapped.sqHead >>> 2;
    this.#sqFlagsAt = mapped.sqFlags >>> 2;
    this.#cqHeadAt = mapped.cqHead >>> 2;
    this.#cqTailAt = mapped.cqTail >>> 2;
    this.#cqOverflowAt = mapped.cqOverflow >>> 2;
    this.#sqHead = Atomics.load(this.#ints, this.#sqHeadAt);
    this.#sqTail = Atomics.load(this.#ints, mapped.sqTail >>> 2);
    this.#cqHead = Atomics.load(this.#ints, this.#cqHeadAt);
  }

  remap(): void {
    const mapped = this.native.map();
    // It was mapped before, so the runtime can.
    if (mapped !== null) this.#adopt(mapped);
  }

  get inFlight(): number {
    return Math.max(0, (this.#control[PREPARED_TAIL]! - this.#control[SETTLED]!) | 0);
  }

  reserve(): number {
    if (((this.#sqTail - this.#sqHead) | 0) >= this.#sqEntries) {
      this.#sqHead = Atomics.load(this.#ints, this.#sqHeadAt);
      if (((this.#sqTail - this.#sqHead) | 0) >= this.#sqEntries) return -1;
    }
    return this.#sqTail & this.#sqMask;
  }

  room(): number {
    this.#sqHead = Atomics.load(this.#ints, this.#sqHeadAt);
    return this.#sqEntries - ((this.#sqTail - this.#sqHead) | 0);
  }

  reserveLarge(): number {
    const last = (this.#sqTail & this.#sqMask) === this.#sqMask;
    if (this.room() < (last ? 3 : 2)) return -1;
    if (last) this.#pad();
    return this.#sqTail & this.#sqMask;
  }

  /** A NOP where a large SQE would not fit before the queue's end. It completes like any other, and is nobody's. */
  #pad(): void {
    const at = this.#sqMask << this.#sqeShift;
    this.#sqes.fill(0, at, at + (1 << this.#sqeShift));
    this.#sqes[at] = IORING_OP_NOP;
    this.stamp(this.#sqMask, PADDING, PADDING);
    this.commit();
  }

  get tail(): number {
    return this.#sqTail;
  }

  rewind(tail: number, large: number): void {
    // What their second places had been settled with.
    this.settle(-large);
    this.#sqTail = tail;
    this.#control[PREPARED_TAIL] = tail;
  }

  encode<Ready extends object>(
    operation: Encodable<Ready>,
    position: number,
    ready: Ready,
    sqeFlags: number,
  ): Held {
    const at = position << this.#sqeShift;
    const held = operation.encode(this.#sqes, at, ready);
    // sqe->flags is the second byte of the first word.
    const first = this.#sqes[at]!;
    const refused = (first >>> 8) & this.#refused;
    const posted = isPosted(this.#sqes[at + USER_DATA_WORD + 1]!);
    if (refused !== 0 || posted || (first & 0xff) === IORING_OP_WAITID)
      this.#check(operation, at, refused, posted);
    if (sqeFlags !== 0) this.#sqes[at]! |= sqeFlags << 8;
    return held;
  }

  /** Refuses what operations of this ring may not have, and leaves children to be waited for again. */
  #check({ name }: { readonly name: string }, at: number, refused: number, posted: boolean): void {
    if (refused !== 0) throw refusedFlag(name, refused);
    if (posted) throw postedError(name);
    if (!this.#reaps) leaveChild(this.#sqes, at, this.native.setupFlags, name);
  }

  stamp(position: number, userDataLow: number, userDataHigh: number): void {
    const at = (position << this.#sqeShift) + USER_DATA_WORD;
    this.#sqes[at] = userDataLow;
    this.#sqes[at + 1] = userDataHigh;
  }

  commit(): void {
    this.#sqTail = (this.#sqTail + 1) | 0;
    this.#control[PREPARED_TAIL] = this.#sqTail;
  }

  commitLarge(): void {
    // Two places, one operation.
    this.settle(1);
    this.commit();
    this.commit();
  }

  get waiting(): number {
    return (Atomics.load(this.#ints, this.#cqTailAt) - this.#cqHead) | 0;
  }

  reap(sink: CompletionSink, limit: number): number {
    const ints = this.#ints;
    const start = this.#cqHead;
    let visited = 0;
    const waiting = (Atomics.load(ints, this.#cqTailAt) - start) | 0;
    const end = (start + Math.min(waiting, limit)) | 0;
    try {
      while (((end - this.#cqHead) | 0) > 0) {
        const at = this.#cqesAt + ((this.#cqHead & this.#cqMask) << this.#cqeShift);
        // Moved on first, so that a sink that throws does not see the same completion twice.
        this.#cqHead = (this.#cqHead + 1) | 0;
        if (this.#mixed && this.#passMixed(ints, at)) continue;
        visited += 1;
        sink.completed(ints, at);
      }
    } finally {
      Atomics.store(ints, this.#cqHeadAt, this.#cqHead);
    }
    return visited;
  }

  /** In a ring with entries of two sizes: steps over the rest of a large one; true for padding, which is nobody's. */
  #passMixed(ints: Int32Array, at: number): boolean {
    const flags = ints[at + 3]!;
    this.#span = (flags & this.#twoPlaces) !== 0 ? 2 : 1;
    this.#cqHead = (this.#cqHead + this.#span - 1) | 0;
    if ((flags & IORING_CQE_F_SKIP) !== 0) return true;
    if (ints[at] !== PADDING || ints[at + 1] !== PADDING) return false;
    this.settle(1);
    return true;
  }

  get extra(): ExtraWords {
    if (this.#cqeShift !== 3 && this.#span === 1) return NO_EXTRA_WORDS;
    const position = (this.#cqHead - this.#span) & this.#cqMask;
    return extraWordsAt(this.#ints, this.#cqesAt + (position << this.#cqeShift));
  }

  settle(count: number): void {
    this.#control[SETTLED] = this.#control[SETTLED]! + count;
  }

  flush(minComplete: number, timeoutMs: number, minWaitUs = 0): number {
    // Also with sqpoll: whether the process still has the rights of the kernel's thread is asked before it sees anything.
    if (minComplete === 0) return this.native.flush(0, -1);
    // The kernel counts what it has not been told to be reaped, which during a reap is more than what is there to reap.
    const reaped = (this.#cqHead - this.#ints[this.#cqHeadAt]!) | 0;
    return this.native.flush(minComplete + reaped, timeoutMs, minWaitUs);
  }

  reference(): void {
    // The loop lets go of an idle ring once per turn; between two awaited operations it usually has not yet.
    if (this.#control[REFERENCED] === 0) this.native.reference();
  }

  background(count: number): void {
    this.#control[BACKGROUND] = count;
  }

  get overflowed(): boolean {
    return (Atomics.load(this.#ints, this.#sqFlagsAt) & IORING_SQ_CQ_OVERFLOW) !== 0;
  }

  get dropped(): boolean {
    return this.#ints[this.#cqOverflowAt] !== 0;
  }

  withdraw(userDataLow: number, userDataHigh: number): boolean {
    return this.native.withdraw(userDataLow, userDataHigh);
  }

  dropUnsubmitted(): Uint32Array {
    const dropped = this.native.dropUnsubmitted();
    this.#sqTail = this.#control[PREPARED_TAIL]! | 0;
    return dropped;
  }

  close(budgetMs?: number): number {
    return this.native.close(budgetMs);
  }
}
