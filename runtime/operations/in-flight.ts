/**
 * The operations of a ring between start and terminal completion: slots, the queue of those that wait for room, and
 * settlement. Each operation settles exactly once; what it refers to is held until then.
 */
import {
  IORING_CQE_F_MORE,
  IORING_CQE_F_NOTIF,
  IORING_SETUP_SQE_MIXED,
  IOSQE_IO_DRAIN,
} from '../../generated/abi/constants.js';
import { readyOf, snapshot } from '../arguments/arguments.js';
import { Pins } from '../arguments/pins.js';
import { roomError } from '../errors.js';
import { ScratchPool } from '../memory/scratch.js';
import { creditOf } from '../port/features.js';
import type { CompletionSink, Port } from '../port/port.js';
import { Fifo } from './fifo.js';
import { type AnyOperation, type Held, isAnswer, outlives } from './operation.js';
import { operationError } from './operation-error.js';
import { RoomRetry } from './room-retry.js';
import { type Entry, linked, type MoreListener, needs, rejectLink, Slot, userData } from './slot.js';

export class InFlight {
  readonly port: Port;
  readonly pool: ScratchPool;
  capacity: number;
  readonly #pins: Pins;
  /** SQEs of both sizes. */
  readonly #mixed: boolean;
  readonly #slots: Slot[] = [];
  readonly #free: Slot[] = [];
  readonly #waiting = new Fifo<Entry>();
  /** The runtime's own operations, which go before all others and beyond the credit: cancellations above all. */
  readonly #urgent = new Fifo<Entry>();
  readonly #sink: CompletionSink;
  readonly #retry: RoomRetry;
  /** Memory handed to the kernel beyond the operation that named it; see {@link outlives}. */
  readonly #kept: Held[] = [];
  /** Completions that operations in flight may have in the queue. */
  #credit = 0;
  #active = 0;
  #terminal = 0;
  /** Those among the waiting that are settled already. */
  #dropped = 0;
  /** Arguments are being read, which may run getters of the program: nothing else may be prepared meanwhile. */
  preparing = false;
  /** Takes a completion that other rings or the kernel posted; false when it is not one of those. */
  posted: ((ints: Int32Array, at: number) => boolean) | undefined;
  /** Takes a completion before the last, where the program listens to none. */
  unheard: ((slot: Slot, res: number) => void) | undefined;
  /** Called when nothing is in flight any more. */
  drained: (() => void) | undefined;
  /** Whether what is submitted may have to wait until nothing is in flight: behind a `drain`, or what that held back. */
  draining = false;
  stale = 0;
  overflows = 0;

  /** @param copied see {@link ScratchPool}. @param checked see {@link Pins} */
  constructor(port: Port, copied: boolean, checked: boolean) {
    this.port = port;
    this.pool = new ScratchPool(copied);
    this.#pins = new Pins(this.pool, checked, port);
    this.capacity = creditOf(port.native);
    this.#mixed = (port.native.setupFlags & IORING_SETUP_SQE_MIXED) !== 0;
    this.#retry = new RoomRetry(port.native.setupFlags, () => this.#admitAll());
    this.#sink = { completed: (ints, at) => this.#completed(ints, at) };
  }

  get active(): number {
    return this.#active;
  }

  /** Whether anything is with the kernel, or still has to go there for the runtime's own sake. */
  get busy(): boolean {
    return this.#active > 0 || this.#urgent.length > 0;
  }

  get waiting(): number {
    return this.#waiting.length - this.#dropped + this.#urgent.length;
  }

  /** Whether nothing that came earlier waits for room. */
  get clear(): boolean {
    return this.#waiting.length === 0;
  }

  /** The operation behind a promise, while it is in flight. */
  find(promise: Promise<unknown>): Slot | undefined {
    return this.#slots.find((slot) => slot.promise === promise);
  }

  /** Operations in flight, all or those of an opcode. */
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
   * @returns undefined when there is no room now
   * @throws what is wrong with the arguments; nothing was submitted then
   */
  submit(operation: AnyOperation, args: object): Slot | undefined {
    if (this.#credit >= this.capacity) return undefined;
    const slot = this.#reserve(operation);
    if (slot === undefined) return undefined;
    this.#prepare(slot, operation, args, 0);
    this.#activate(slot, operation, undefined, 1);
    return slot;
  }

  /**
   * Prepares an entry and what is linked to it, all or nothing. Throws like {@link submit}.
   * @returns false when there is no room now
   */
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
      this.#activate(slot, entry.operation, entry.onMore, entry.weight);
      slot.resolve = entry.resolve;
      slot.reject = entry.reject;
      slot.promise = entry.promise;
      if ((entry.sqeFlags & IOSQE_IO_DRAIN) !== 0) {
        this.draining = true;
        this.#pins.drains();
      }
      entry.slot = slot;
      entry.generation = slot.generation;
    }
  }

  /** Whether a link can be prepared now. Throws when it never can. */
  #roomFor(head: Entry): boolean {
    const { places, weight } = needs(head, this.#mixed);
    const { port, capacity } = this;
    const { sqEntries } = port.native;
    if (places > sqEntries || weight > capacity) throw roomError(places, sqEntries, weight, capacity);
    if (this.#credit + weight > capacity && weight > 0) return false;
    if (port.room() >= places || (port.flush(0, -1) === 0 && port.room() >= places)) return true;
    this.#retry.soon();
    return false;
  }

  #isLarge(operation: AnyOperation): boolean {
    return this.#mixed && operation.sqeBytes === 128;
  }

  /** A slot that has a place in the submission queue, flushed when that is full; undefined when there is none. */
  #reserve(operation: AnyOperation): Slot | undefined {
    const { port } = this;
    const large = this.#isLarge(operation);
    let position = large ? port.reserveLarge() : port.reserve();
    if (position < 0 && port.flush(0, -1) === 0) position = large ? port.reserveLarge() : port.reserve();
    if (position < 0) return this.#retry.soon();
    const slot = this.#free.pop() ?? this.#newSlot();
    slot.position = position;
    return slot;
  }

  /** Submits an entry and what is linked to it, or lets it wait for its turn. Throws like {@link submit}. */
  start(entry: Entry): void {
    if (entry.dropped === true) return;
    if (this.#waiting.length > 0 || !this.#submitLink(entry)) this.wait(entry);
  }

  /** Submits one of the runtime's own, before all that wait. Not while arguments are being read. */
  startUrgent(entry: Entry): void {
    if (this.#urgent.length > 0 || !this.#submitLink(entry)) this.#urgent.push(entry);
  }

  /** Lets an entry wait for room, with copies of its arguments. */
  wait(head: Entry): void {
    for (const entry of linked(head)) entry.args = snapshot(entry.args);
    head.waiting = true;
    this.#waiting.push(head);
  }

  /** Rejects what is not with the kernel yet, the first of a link for all of it. */
  drop(head: Entry, reason: (operation: AnyOperation) => unknown): void {
    head.dropped = true;
    rejectLink(head, reason);
    if (head.waiting !== true) return;
    this.#dropped += 1;
    // What comes behind it may have room now.
    queueMicrotask(() => this.#admit(this.#waiting));
  }

  #prepare(slot: Slot, operation: AnyOperation, args: object, sqeFlags: number, link?: Entry): void {
    const { port } = this;
    this.preparing = true;
    this.#pins.begin(operation, link, (sqeFlags & IOSQE_IO_DRAIN) !== 0);
    try {
      const ready = readyOf(operation, this.#pins, args);
      slot.held = port.encode(operation, slot.position, ready, sqeFlags | this.#pins.sqeFlags);
      if (ready === args) this.#pins.recheck(slot.held, operation.name);
      slot.ready = ready;
      slot.pinned = this.#pins.take();
    } catch (error) {
      slot.pinned = this.#pins.take();
      this.#discard(slot);
      throw error;
    } finally {
      this.preparing = false;
    }
    // The upper bit stays clear, so that no operation looks like what others post; see posted.ts.
    slot.generation = (slot.generation + 1) & 0x7fffffff;
    port.stamp(slot.position, slot.index, slot.generation);
    if (this.#isLarge(operation)) port.commitLarge();
    else port.commit();
  }

  /** Takes back a slot whose operation the kernel does not know of. */
  #discard(slot: Slot): void {
    if (slot.pinned !== undefined) this.#pins.release(slot.pinned);
    slot.ready = slot.held = slot.pinned = undefined;
    this.#free.push(slot);
  }

  #activate(slot: Slot, operation: AnyOperation, onMore: MoreListener | undefined, weight: number): void {
    slot.operation = operation;
    slot.onMore = onMore;
    slot.weight = weight;
    this.#credit += weight;
    this.#active += 1;
    // While anything is in flight the process stays; the event loop lets go again by itself.
    if (this.#active === 1) this.port.reference();
  }

  #newSlot(): Slot {
    const slot = new Slot(this.#slots.length);
    this.#slots.push(slot);
    return slot;
  }

  /** The queues have other sizes now. */
  resized(): void {
    this.capacity = creditOf(this.port.native);
    this.wake(0);
  }

  /** Completions wait, or (status < 0) a submission failed for good. */
  wake(status: number): void {
    if (status < 0) this.failUnsubmitted(status);
    if (this.port.overflowed) {
      this.overflows += 1;
      this.port.native.getEvents();
    }
    this.#terminal = 0;
    try {
      this.port.reap(this.#sink, this.port.native.cqEntries);
    } finally {
      this.port.settle(this.#terminal);
      // There is room now for what did not fit. Where task work is deferred nothing else would tell of it again.
      if (this.port.overflowed) this.port.native.getEvents();
      this.#admitAll();
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
    const res = ints[at + 2]!;
    if ((flags & IORING_CQE_F_MORE) !== 0) {
      this.#progress(slot, res, flags);
    } else {
      this.#terminal += 1;
      this.#settle(slot, (flags & IORING_CQE_F_NOTIF) === 0 ? res : slot.early, flags, res);
    }
  }

  #progress(slot: Slot, res: number, flags: number): void {
    slot.early = res;
    try {
      if (slot.onMore === undefined) this.unheard?.(slot, res);
      else slot.onMore(res, flags >>> 0);
    } catch (error) {
      // The program's error, not the ring's: it surfaces where uncaught exceptions do, and loses no completion.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  /**
   * @param last `cqe->res` of the terminal completion, which is not the result where that came before
   * @param submitted false when the kernel never saw the operation, so that its SQE cannot be what it objects to
   */
  #settle(slot: Slot, res: number, flags: number, last: number, submitted = true): void {
    const { operation, ready, pinned, resolve, reject } = slot;
    if (outlives(operation!) && res >= 0) this.#kept.push(slot.held);
    slot.clear();
    this.#free.push(slot);
    this.#active -= 1;
    this.#credit -= slot.weight;
    if (this.#active === 0) this.draining = false;
    try {
      // The kernel's error comes first; data that could not be brought back is only news when there was none.
      const lost = pinned === undefined ? undefined : this.#pins.bringBack(pinned, res);
      if (res < 0 && !isAnswer(operation!, res)) {
        reject!(operationError(operation!, res, userData(slot), submitted ? this.port.native : undefined));
      } else if (lost !== undefined) {
        reject!(lost);
      } else {
        const value = operation!.result === undefined ? res : operation!.result(res, ready, flags, last);
        resolve!(value, res, ready!);
      }
    } catch (error) {
      reject!(error);
    } finally {
      if (pinned !== undefined) this.#pins.release(pinned);
    }
  }

  /** Starts what waited for room, in order. */
  #admit(queue: Fifo<Entry>): void {
    for (let next = queue.first(); next !== undefined; next = queue.first()) {
      if (next.dropped !== true) {
        try {
          if (!this.#submitLink(next)) return;
        } catch (error) {
          rejectLink(next, () => error);
        }
      }
      if (next.dropped === true) this.#dropped -= 1;
      queue.shift();
    }
  }

  #admitAll(): void {
    this.admitUrgent();
    this.#admit(this.#waiting);
  }

  /** Starts what the runtime itself asked for and had no room for. */
  admitUrgent(): void {
    this.#admit(this.#urgent);
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

  /** Ends the wait of everything of the program that waits for room. */
  rejectWaiting(reason: (operation: AnyOperation) => unknown): void {
    for (const head of this.#waiting.clear()) if (head.dropped !== true) rejectLink(head, reason);
    this.#dropped = 0;
  }

  /** Entries that wait for room, the first of each link. */
  waitingEntries(): Entry[] {
    return this.#waiting.toArray().filter((entry) => entry.dropped !== true);
  }
}
