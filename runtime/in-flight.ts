/**
 * The operations of a ring between start and terminal completion: slots, the queue of those that wait for room, and
 * settlement. Each operation settles exactly once; what it refers to is held until then.
 */
import { IORING_CQE_F_MORE, IORING_CQE_F_NOTIF, IORING_SETUP_SQE_MIXED } from '../generated/abi/constants.js';
import { snapshot } from './arguments.js';
import { systemError } from './errors.js';
import { Fifo } from './fifo.js';
import { type AnyOperation, type Held, outlives } from './operation.js';
import { Pins } from './pins.js';
import type { CompletionSink, Port } from './port.js';
import { ScratchPool } from './scratch.js';
import { type Entry, type MoreListener, Slot } from './slot.js';

/** Rejects an entry and everything linked behind it. */
export function rejectLink(head: Entry, reason: (operation: AnyOperation) => unknown): void {
  for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) {
    entry.reject(reason(entry.operation));
  }
}

/** Whether a negative result is none of a failure. */
function isAnswer({ answers }: AnyOperation, res: number): boolean {
  return answers === 'all' || answers?.includes(res) === true;
}

export class InFlight {
  readonly port: Port;
  readonly pool: ScratchPool;
  readonly capacity: number;
  readonly #pins: Pins;
  /** SQEs of both sizes. */
  readonly #mixed: boolean;
  readonly #slots: Slot[] = [];
  readonly #free: Slot[] = [];
  readonly #waiting = new Fifo<Entry>();
  /** The runtime's own operations, which go before all others and beyond the credit: cancellations above all. */
  readonly #urgent = new Fifo<Entry>();
  readonly #sink: CompletionSink;
  /** Memory handed to the kernel beyond the operation that named it; see {@link outlives}. */
  readonly #kept: Held[] = [];
  /** Completions that operations in flight may have in the queue. */
  #credit = 0;
  #active = 0;
  #terminal = 0;
  /** Arguments are being read, which may run getters of the program: nothing else may be prepared meanwhile. */
  preparing = false;
  /** Called when nothing is in flight any more. */
  drained: (() => void) | undefined;
  stale = 0;
  overflows = 0;

  /** @param copied work as on a runtime without external buffers */
  constructor(port: Port, copied: boolean) {
    this.port = port;
    this.pool = new ScratchPool(copied);
    this.#pins = new Pins(this.pool);
    this.capacity = port.native.cqEntries;
    this.#mixed = (port.native.setupFlags & IORING_SETUP_SQE_MIXED) !== 0;
    this.#sink = { completed: (ints, at) => this.#completed(ints, at) };
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#waiting.length + this.#urgent.length;
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
  submit(
    operation: AnyOperation,
    args: object,
    onMore: MoreListener | undefined,
    sqeFlags: number,
    weight: number,
  ): Slot | undefined {
    if (this.#credit + weight > this.capacity && weight > 0) return undefined;
    const slot = this.#reserve(operation);
    if (slot === undefined) return undefined;
    this.#prepare(slot, operation, args, sqeFlags);
    this.#activate(slot, operation, onMore, weight);
    return slot;
  }

  /** Prepares the operations of a link, all or none of them. Throws like {@link submit}. */
  #submitLink(head: Entry): boolean {
    let places = 0;
    let weight = 0;
    for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) {
      places += this.#places(entry.operation);
      weight += entry.weight;
    }
    if (this.#credit + weight > this.capacity && weight > 0) return false;
    const { port } = this;
    if (port.room() < places && (port.flush(0, -1) !== 0 || port.room() < places)) return false;
    const { tail } = port;
    const slots: Slot[] = [];
    try {
      for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) {
        const slot = this.#reserve(entry.operation)!;
        this.#prepare(slot, entry.operation, entry.args, entry.sqeFlags);
        slots.push(slot);
      }
    } catch (error) {
      // The kernel sees the queue's tail at the next flush only, so it knows of none of them.
      port.rewind(tail);
      for (const slot of slots) this.#discard(slot);
      throw error;
    }
    let at = 0;
    for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) {
      const slot = slots[at]!;
      at += 1;
      this.#activate(slot, entry.operation, entry.onMore, entry.weight);
      this.#attach(slot, entry);
    }
    return true;
  }

  /** Places in the queue that an operation may need, with what it may have to leave out before the queue's end. */
  #places(operation: AnyOperation): number {
    return this.#isLarge(operation) ? 3 : 1;
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
    if (position < 0) return undefined;
    const slot = this.#free.pop() ?? this.#newSlot();
    slot.position = position;
    return slot;
  }

  /** Submits an entry and what is linked to it, or lets it wait for its turn. Throws like {@link submit}. */
  start(entry: Entry): void {
    if (this.#waiting.length > 0 || !this.#try(entry)) this.wait(entry);
  }

  /** Submits one of the runtime's own, before all that wait. */
  startUrgent(entry: Entry): void {
    if (this.#urgent.length > 0 || !this.#try(entry)) this.#urgent.push(entry);
  }

  /** Lets an entry wait for room, with copies of its arguments. */
  wait(head: Entry): void {
    for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) {
      entry.args = snapshot(entry.args);
    }
    this.#waiting.push(head);
  }

  #try(entry: Entry): boolean {
    if (entry.next !== undefined) return this.#submitLink(entry);
    const slot = this.submit(entry.operation, entry.args, entry.onMore, entry.sqeFlags, entry.weight);
    if (slot === undefined) return false;
    this.#attach(slot, entry);
    return true;
  }

  #attach(slot: Slot, entry: Entry): void {
    slot.resolve = entry.resolve;
    slot.reject = entry.reject;
    slot.promise = entry.promise;
    entry.slot = slot;
    entry.generation = slot.generation;
  }

  #prepare(slot: Slot, operation: AnyOperation, args: object, sqeFlags: number): void {
    const { port } = this;
    this.preparing = true;
    try {
      const ready = operation.ready(this.#pins, args);
      slot.held = port.encode(operation, slot.position, ready, sqeFlags);
      slot.ready = ready;
      slot.pinned = this.#pins.take();
    } catch (error) {
      slot.pinned = this.#pins.take();
      this.#discard(slot);
      throw error;
    } finally {
      this.preparing = false;
    }
    slot.generation = (slot.generation + 1) | 0;
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

  /** Completions wait, or (status < 0) a submission failed for good. */
  wake(status: number): void {
    if (status < 0) this.failUnsubmitted(status);
    if (this.port.overflowed) {
      this.overflows += 1;
      this.port.native.getEvents();
    }
    this.#terminal = 0;
    try {
      this.port.reap(this.#sink, this.capacity);
    } finally {
      this.port.settle(this.#terminal);
      this.#admit(this.#urgent);
      this.#admit(this.#waiting);
      if (this.#active === 0 && this.drained !== undefined) this.drained();
    }
  }

  #completed(ints: Int32Array, at: number): void {
    const flags = ints[at + 3]!;
    const slot = this.#slots[ints[at]!];
    if (slot === undefined || slot.operation === undefined || slot.generation !== ints[at + 1]) {
      // Posted by another ring (MSG_RING), so it ends nothing of this one.
      this.stale += 1;
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
    if (slot.onMore === undefined) return;
    try {
      slot.onMore(res, flags >>> 0);
    } catch (error) {
      // The program's error, not the ring's: it surfaces where uncaught exceptions do, and loses no completion.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  /** @param last `cqe->res` of the terminal completion, which is not the result where that came before */
  #settle(slot: Slot, res: number, flags: number, last: number): void {
    const { operation, ready, pinned, resolve, reject } = slot;
    if (outlives(operation!) && res >= 0) this.#kept.push(slot.held);
    slot.operation =
      slot.onMore =
      slot.ready =
      slot.held =
      slot.pinned =
      slot.promise =
      slot.resolve =
      slot.reject =
        undefined;
    this.#free.push(slot);
    this.#active -= 1;
    this.#credit -= slot.weight;
    try {
      // The kernel's error comes first; data that could not be brought back is only news when there was none.
      const lost = pinned === undefined ? undefined : this.#pins.bringBack(pinned, res);
      if (res < 0 && !isAnswer(operation!, res)) {
        reject!(systemError(res, operation!.name, operation!.constant));
      } else if (lost !== undefined) {
        reject!(lost);
      } else {
        resolve!(operation!.result === undefined ? res : operation!.result(res, ready, flags, last));
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
          if (!this.#try(next)) return;
        } catch (error) {
          for (let entry: Entry | undefined = next; entry !== undefined; entry = entry.next)
            entry.reject(error);
        }
      }
      queue.shift();
    }
  }

  /** The kernel will never take what is prepared: those operations fail with its reason, and nothing else does. */
  failUnsubmitted(errno: number): void {
    const userData = this.port.dropUnsubmitted();
    for (let at = 0; at < userData.length; at += 2) {
      const slot = this.#slots[userData[at]!];
      if (slot?.operation === undefined || slot.generation !== (userData[at + 1]! | 0)) continue;
      this.#settle(slot, errno, 0, errno);
    }
  }

  /** Ends the wait of everything that waits for room. */
  rejectWaiting(reason: (operation: AnyOperation) => unknown): void {
    for (const head of [...this.#urgent.clear(), ...this.#waiting.clear()]) {
      if (head.dropped !== true) rejectLink(head, reason);
    }
  }

  /** Entries that wait for room, the first of each link. */
  waitingEntries(): Entry[] {
    return this.#waiting.toArray().filter((entry) => entry.dropped !== true);
  }
}
