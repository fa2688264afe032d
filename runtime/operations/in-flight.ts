/**
 * The operations of a ring between start and terminal completion: slots, room, and settlement. Each operation settles
 * exactly once; what it refers to is held until then.
 */
import { constants } from 'node:os';
import {
  IORING_CQE_F_MORE,
  IORING_CQE_F_NOTIF,
  IORING_SETUP_SQE_MIXED,
} from '../../generated/abi/constants.js';
import { readyOf } from '../arguments/arguments.js';
import type { Pinned } from '../arguments/memory-pins.js';
import { Pins } from '../arguments/pins.js';
import { ScratchPool } from '../memory/scratch.js';
import { creditOf } from '../port/features.js';
import type { CompletionSink, Port } from '../port/port.js';
import { fail } from './caller-stack.js';
import { mayIdle } from './idle-operations.js';
import { interruptedResult } from './interrupted.js';
import { keep, letGo } from './kept-rings.js';
import { type AnyOperation, type Held, isAnswer, isZeroCopy, outlives } from './operation.js';
import { failureOf, operationError } from './operation-error.js';
import { References } from './references.js';
import { Room } from './room.js';
import { RoomRetry } from './room-retry.js';
import { type Entry, linked, Slot, userData } from './slot.js';
import { throwLater } from './throw-later.js';
import { made } from './unclaimed.js';
import { Waiters } from './waiters.js';

const CANCELED = -constants.errno.ECANCELED;

export class InFlight {
  readonly port: Port;
  readonly pool: ScratchPool;
  readonly #room: Room;
  readonly #pins: Pins;
  /** SQEs of both sizes. */
  readonly #mixed: boolean;
  readonly #slots: Slot[] = [];
  readonly #free: Slot[] = [];
  readonly waiters: Waiters;
  readonly references: References;
  readonly #sink: CompletionSink;
  readonly #retry: RoomRetry;
  /** Memory handed to the kernel beyond the operation that named it; see {@link outlives}. */
  readonly #kept: Held[] = [];
  #active = 0;
  /** Those of them that the program was told of already; see {@link cancel}. */
  #told = 0;
  #terminal = 0;
  /** Arguments are being read, which may run getters of the program: nothing else may be prepared meanwhile. */
  preparing = false;
  /** Takes a completion that other rings or the kernel posted; false when it is not one of those. */
  posted: ((ints: Int32Array, at: number) => boolean) | undefined;
  /** Takes a completion before the last, where the program listens to none. */
  unheard: ((slot: Slot, res: number) => void) | undefined;
  /** What came into flight last. */
  newest: Slot | undefined;
  /** Called when nothing is in flight any more. */
  drained: (() => void) | undefined;
  /** Called after completions overflowed the queue, when they have been taken. */
  overflowed: (() => void) | undefined;
  /** The kernel dropped a completion for want of memory: what it was for never settles by itself. */
  lost = false;
  stale = 0;
  overflows = 0;

  /** @param copied see {@link ScratchPool}. @param checked see {@link Pins} */
  constructor(port: Port, copied: boolean, checked: boolean) {
    this.port = port;
    this.pool = new ScratchPool(copied);
    this.#pins = new Pins(this.pool, checked, port, this);
    this.#room = new Room(creditOf(port.native));
    this.#mixed = (port.native.setupFlags & IORING_SETUP_SQE_MIXED) !== 0;
    this.waiters = new Waiters(
      (head) => this.#submitLink(head),
      (head) => Number.isFinite(this.capacity) && mayIdle(head),
    );
    this.references = new References(this);
    this.waiters.changed = () => this.references.update();
    this.#retry = new RoomRetry(port.native.setupFlags, () => this.waiters.admit());
    this.#sink = { completed: (ints, at) => this.#completed(ints, at) };
  }

  get capacity(): number {
    return this.#room.capacity;
  }

  get active(): number {
    return this.#active;
  }

  /** Operations with the kernel that the program has still to be told of. */
  get unsettledCount(): number {
    return this.#active - this.#told;
  }

  /** Whether anything is with the kernel, or still has to go there for the runtime's own sake. */
  get busy(): boolean {
    return this.#active > 0 || this.waiters.urgent;
  }

  /** The operation behind a promise, while it is in flight. */
  find(promise: Promise<unknown>): Slot | undefined {
    return this.#slots.find((slot) => slot.promise === promise);
  }

  *each(opcode?: number): Generator<Slot> {
    for (const slot of this.#slots) {
      if (slot.operation !== undefined && (opcode === undefined || slot.operation.opcode === opcode))
        yield slot;
    }
  }

  isCurrent(slot: Slot, generation: number): boolean {
    return slot.operation !== undefined && slot.generation === generation;
  }

  /**
   * Prepares one operation in the submission queue; the caller gives the slot its `resolve` and `reject`.
   * @returns undefined when it has to wait
   * @throws what is wrong with the arguments; nothing was submitted then
   */
  submit(operation: AnyOperation, args: object): Slot | undefined {
    if (!this.waiters.clear || !this.#room.endless) return undefined;
    const slot = this.#reserve(operation);
    if (slot === undefined) return undefined;
    this.#prepare(slot, operation, args, 0);
    this.#activate(slot, operation, 1, false);
    return slot;
  }

  /** Prepares an entry and what is linked to it, or nothing: false when there is no room now. Throws as {@link submit}. */
  #submitLink(head: Entry): boolean {
    if (!this.#roomFor(head)) return false;
    const { tail } = this.port;
    const slots: Slot[] = [];
    try {
      for (const entry of linked(head)) {
        const slot = this.#reserve(entry.operation)!;
        this.#prepare(slot, entry.operation, entry.args, entry.sqeFlags, head);
        slots.push(slot);
      }
    } catch (error) {
      this.#takeBack(tail, slots, head);
      throw error;
    }
    // A getter among the arguments may have aborted it.
    if (head.dropped === true) this.#takeBack(tail, slots, head);
    else this.#attach(head, slots);
    return true;
  }

  /** Undoes the preparation of operations. The kernel sees the queue's tail at the next flush only, so it knows of none. */
  #takeBack(tail: number, slots: readonly Slot[], head: Entry): void {
    const prepared = [...linked(head)].slice(0, slots.length);
    this.port.rewind(tail, prepared.filter(({ operation }) => this.#isLarge(operation)).length);
    for (const slot of slots) this.#discard(slot);
  }

  #attach(head: Entry, slots: readonly Slot[]): void {
    let at = 0;
    for (const entry of linked(head)) {
      const slot = slots[at]!;
      at += 1;
      this.#activate(slot, entry.operation, entry.weight, head.drain === true);
      slot.onMore = entry.onMore;
      slot.resolve = entry.resolve;
      slot.reject = entry.reject;
      slot.promise = entry.promise;
      slot.linked = head.next !== undefined;
      entry.slot = slot;
      entry.generation = slot.generation;
      if (entry.background === true) this.references.mark(entry, true);
    }
  }

  /** Whether a link can be prepared now. Throws when it never can. */
  #roomFor(head: Entry): boolean {
    const { port } = this;
    const places = this.#room.places(head, this.#mixed, port.native.sqEntries, this.#active - this.#told);
    if (places === 0) return false;
    if (port.room() >= places || (port.flush(0, -1) === 0 && port.room() >= places)) return true;
    this.#retry.soon();
    return false;
  }

  #isLarge(operation: AnyOperation): boolean {
    return this.#mixed && operation.sqeBytes === 128;
  }

  #place(operation: AnyOperation): number {
    return this.#isLarge(operation) ? this.port.reserveLarge() : this.port.reserve();
  }

  /** A slot that has a place in the submission queue, flushed when that is full; undefined when there is none. */
  #reserve(operation: AnyOperation): Slot | undefined {
    let position = this.#place(operation);
    if (position < 0 && this.port.flush(0, -1) === 0) position = this.#place(operation);
    if (position < 0) return this.#retry.soon();
    const slot = this.#free.pop() ?? Slot.added(this.#slots);
    slot.position = position;
    return slot;
  }

  #prepare(slot: Slot, operation: AnyOperation, args: object, sqeFlags: number, link?: Entry): void {
    const { port } = this;
    this.preparing = true;
    this.#pins.begin(operation, link);
    try {
      const ready = readyOf(operation, this.#pins, args);
      slot.held = port.encode(operation, slot.position, ready, sqeFlags | this.#pins.sqeFlags);
      if (ready === args) this.#pins.recheck(slot.held, operation.name);
      slot.ready = ready;
    } catch (error) {
      this.preparing = false;
      slot.pinned = this.#pins.take();
      this.#discard(slot);
      throw error;
    }
    slot.pinned = this.#pins.take();
    this.preparing = false;
    // The upper bit stays clear, so that no operation looks like what others post; see posted.ts.
    slot.generation = (slot.generation + 1) & 0x7fffffff;
    port.stamp(slot.position, slot.index, slot.generation);
    if (this.#isLarge(operation)) port.commitLarge();
    else port.commit();
  }

  /** Takes back a slot whose operation the kernel does not know of. */
  #discard(slot: Slot): void {
    this.unpin(slot.pinned);
    slot.ready = slot.held = slot.pinned = undefined;
    this.#free.push(slot);
  }

  #activate(slot: Slot, operation: AnyOperation, weight: number, alone: boolean): void {
    slot.begin(operation);
    this.newest = slot;
    this.#room.enter(slot, weight, alone);
    this.#active += 1;
    // While anything is in flight process and ring stay; the event loop lets go again by itself.
    if (this.unsettledCount === this.references.uncounted + 1) this.port.reference();
    if (slot.pinned?.inBackground === true) this.references.judge(slot);
  }

  /** The queues have other sizes now. */
  resized(): void {
    this.#room.capacity = creditOf(this.port.native);
    this.wake(0);
  }

  /** Completions wait, or (status < 0) a submission failed for good. */
  wake(status: number): void {
    if (status < 0) this.failUnsubmitted(status);
    const { overflowed } = this.port;
    if (overflowed) {
      this.overflows += 1;
      this.port.native.getEvents();
    }
    if (this.port.dropped) this.lost = true;
    this.#terminal = 0;
    try {
      this.port.reap(this.#sink, this.port.native.cqEntries);
    } finally {
      this.port.settle(this.#terminal);
      // There is room now for what did not fit. Where task work is deferred nothing else would tell of it again.
      if (this.port.overflowed) this.port.native.getEvents();
      this.waiters.admit();
      if (overflowed) this.overflowed?.();
      if (!this.busy && this.drained !== undefined) this.drained();
    }
  }

  #completed(ints: Int32Array, at: number): void {
    const flags = ints[at + 3]!;
    const slot = this.#slots[ints[at]!];
    if (slot === undefined || slot.operation === undefined || slot.generation !== ints[at + 1]) {
      // Posted by another ring (MSG_RING) or the kernel, so it ends nothing of this one.
      if (this.posted?.(ints, at) !== true) this.stale += 1;
      return;
    }
    const res = interruptedResult(slot, ints[at + 2]!);
    if ((flags & IORING_CQE_F_MORE) !== 0) {
      this.#progress(slot, res, flags);
    } else {
      if (!slot.told) this.#terminal += 1;
      this.#settle(slot, (flags & IORING_CQE_F_NOTIF) === 0 ? res : slot.early, flags, res);
    }
  }

  #progress(slot: Slot, res: number, flags: number): void {
    slot.early = res;
    slot.progressed = true;
    if (slot.cancelled && isZeroCopy(slot.operation!)) this.#tell(slot);
    try {
      if (slot.onMore === undefined) this.unheard?.(slot, res);
      else slot.onMore(res, flags >>> 0);
    } catch (error) {
      throwLater(error);
    }
  }

  /**
   * @param last `cqe->res` of the terminal completion, which is not the result where that came before
   * @param submitted false when the kernel never saw the operation, so that its SQE cannot be what it objects to
   */
  #settle(slot: Slot, res: number, flags: number, last: number, submitted = true): void {
    const { operation, ready, pinned, resolve, reject, promise } = slot;
    if (outlives(operation!) && res >= 0) this.#kept.push(slot.held);
    slot.clear();
    this.#free.push(slot);
    this.#active -= 1;
    this.#room.leave(slot);
    if (slot.special) this.#forget(slot);
    try {
      // The kernel's error comes first; data that could not be brought back is only news when there was none.
      const lost = pinned === undefined ? undefined : this.#pins.bringBack(pinned, res);
      if (lost !== undefined || (res < 0 && !isAnswer(operation!, res))) {
        const kernel = submitted ? this.port.native : undefined;
        fail(resolve!, reject, failureOf(operation!, res, userData(slot), kernel, ready) ?? lost);
      } else {
        const value = operation!.result === undefined ? res : operation!.result(res, ready, flags, last);
        if (operation!.created !== undefined) made(operation!, res, ready!, slot.linked && promise);
        resolve!(value, res, ready!);
      }
    } catch (error) {
      fail(resolve!, reject, error);
    }
    if (pinned !== undefined) this.unpin(pinned);
  }

  /** It was no ordinary operation, or ended for the program before its terminal completion. */
  #forget(slot: Slot): void {
    if (slot.alone) this.#room.open();
    if (slot.uncounted) this.references.leave(slot);
    if (slot.told && --this.#told === 0) letGo(this);
  }

  /**
   * Takes note that an operation is to be cancelled.
   * @param whole so is the rest of its chain: else a NOP in its place would let that go on
   * @returns whether the kernel need not be asked: it has not seen it, or nothing is left but a zero-copy notification
   */
  cancel(slot: Slot, whole: boolean): boolean {
    this.#mark(slot);
    if (slot.told) return true;
    if (slot.linked && !whole) return false;
    slot.withdrawn ||= !this.preparing && this.port.withdraw(slot.index, slot.generation);
    return slot.withdrawn;
  }

  /**
   * Settles the promise of a zero-copy send that is cancelled while its notification is due, which may take as long as the
   * other side likes. Its memory is held until then, its descriptor and the process are not.
   */
  #tell(slot: Slot): void {
    if (slot.told) return;
    slot.told = true;
    if (++this.#told === 1) keep(this);
    this.port.settle(1);
    if (slot.uncounted) this.references.leave(slot);
    slot.pinned?.releaseFiles();
    const { operation, ready, early, resolve, reject } = slot;
    slot.resolve = slot.reject = () => undefined;
    slot.promise = undefined;
    const error = operationError(operation!, early < 0 ? early : CANCELED, userData(slot), undefined);
    if (early >= 0) error.result = operation!.result?.(early, ready!, 0, 0) ?? early;
    fail(resolve!, reject, error);
  }

  /** The ring closes: everything in flight is to be cancelled. */
  ending(): void {
    for (const slot of this.each()) this.#mark(slot);
  }

  #mark(slot: Slot): void {
    slot.cancelled = true;
    if (slot.progressed && isZeroCopy(slot.operation!)) this.#tell(slot);
  }

  /** Gives back what an operation had pinned: nothing refers to it any more. */
  unpin(pinned: Pinned | undefined): void {
    if (pinned !== undefined) this.#pins.release(pinned);
  }

  /** The kernel will never take what is prepared: those operations fail with its reason, and nothing else does. */
  failUnsubmitted(errno: number): void {
    const userData = this.port.dropUnsubmitted();
    for (let at = 0; at < userData.length; at += 2) {
      const slot = this.#slots[userData[at]!];
      if (slot?.operation === undefined || slot.generation !== (userData[at + 1]! | 0)) continue;
      this.#settle(slot, errno, 0, errno, false);
    }
  }
}
