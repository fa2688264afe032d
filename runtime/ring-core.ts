/**
 * The promise level: operations in flight, each settled exactly once on its terminal completion, driven by the event
 * loop. The generated `Ring` adds the operations themselves.
 */
import { constants } from 'node:os';
import { IORING_CQE_F_MORE, IORING_CQE_F_NOTIF } from '../generated/abi/constants.js';
import { inContext, snapshot } from './arguments.js';
import { Capabilities, sqeSizeError, unsupportedError } from './capabilities.js';
import { closedError, reentrantError, systemError } from './errors.js';
import { explainFailure } from './explanation.js';
import { Fifo } from './fifo.js';
import { RingBuffer } from './memory.js';
import { native } from './native.js';
import {
  type AnyOperation,
  type Held,
  type Operation,
  type OperationOptions,
  outlives,
  type Starter,
} from './operation.js';
import { type Pinned, Pins } from './pins.js';
import type { CompletionSink, Port } from './port.js';
import { ScratchPool } from './scratch.js';
import { type EncoderSource, openPort, type RingOptions } from './setup.js';

/** An operation in flight. Slots are reused; the generation tells a late completion from a current one. */
class Slot {
  generation = 0;
  operation: AnyOperation | undefined;
  options: OperationOptions | undefined;
  ready: object | undefined;
  held: Held;
  pinned: Pinned | undefined;
  /** The result, where it arrives before the terminal completion (zero-copy sends). */
  early = 0;
  resolve: ((value: unknown) => void) | undefined;
  reject: ((reason: unknown) => void) | undefined;

  constructor(readonly index: number) {}
}

/** An operation that waits for a free slot or for room in the submission queue. */
interface Waiting {
  readonly operation: AnyOperation;
  readonly args: object;
  readonly options: OperationOptions | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

// One executor for all promises, so that starting an operation makes no closure.
let resolveOfLast: (value: unknown) => void;
let rejectOfLast: (reason: unknown) => void;
const capture = (resolve: (value: unknown) => void, reject: (reason: unknown) => void): void => {
  resolveOfLast = resolve;
  rejectOfLast = reject;
};

/** How often a closing ring asks again for cancellation: a request can miss an operation on its way to a worker. */
const CANCEL_AGAIN_MS = 20;

export class RingCore implements Starter {
  readonly #port: Port;
  readonly #capabilities: Capabilities;
  readonly #pool: ScratchPool;
  readonly #pins: Pins;
  readonly #sqeBytes: number;
  readonly #copied: boolean;
  readonly #capacity: number;
  readonly #slots: Slot[] = [];
  readonly #free: Slot[] = [];
  readonly #waiting = new Fifo<Waiting>();
  readonly #sink: CompletionSink;
  #active = 0;
  #terminal = 0;
  /** Arguments are being read, which may run getters of the program: nothing else may be prepared meanwhile. */
  #preparing = false;
  /** Memory handed to the kernel beyond the operation that named it; see {@link outlives}. */
  readonly #kept: Held[] = [];
  #state: 'open' | 'closing' | 'closed' = 'open';
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #stale = 0;
  #overflows = 0;

  /**
   * @param encoders native builders of the package the ring belongs to; ringsmith's own by default
   * @throws RingError when the kernel refuses, with the remedy in its message
   */
  constructor(options: RingOptions = {}, encoders: EncoderSource = native) {
    this.#port = openPort(options, encoders, (status) => this.#wake(status));
    const ring = this.#port.native;
    this.#capabilities = new Capabilities(ring.fd);
    this.#copied = options.encoder === 'native';
    this.#pool = new ScratchPool(this.#copied);
    this.#pins = new Pins(this.#pool);
    this.#sqeBytes = ring.sqeBytes;
    this.#capacity = ring.cqEntries;
    this.#sink = { completed: (ints, at) => this.#completed(ints, at) };
  }

  /** The ring's file descriptor; for diagnostics. */
  get fd(): number {
    return this.#port.native.fd;
  }

  /** Operations submitted or waiting for room. */
  get pending(): number {
    return this.#active + this.#waiting.length;
  }

  /** Figures that tests and operators look at. */
  get statistics(): RingStatistics {
    return {
      inFlight: this.#active,
      waiting: this.#waiting.length,
      capacity: this.#capacity,
      entries: this.#port.native.sqEntries,
      enters: this.#port.native.enters,
      overflows: this.#overflows,
      staleCompletions: this.#stale,
      scratchInUse: this.#pool.outstanding,
    };
  }

  /** Whether the running kernel has the operation. */
  supports(operation: { readonly opcode: number }): boolean {
    return this.#capabilities.has(operation.opcode);
  }

  /** Zeroed, page-aligned memory that the kernel uses without copying. It is freed when nothing refers to it. */
  alloc(byteLength: number): RingBuffer {
    return RingBuffer.allocate(byteLength, { copied: this.#copied });
  }

  /** Starts an operation; generated methods call this. */
  start<Args extends object, Result, Ready extends object>(
    operation: Operation<Args, Result, Ready>,
    args: Args,
    options?: OperationOptions,
  ): Promise<Result> {
    if (this.#state !== 'open') return Promise.reject(closedError(operation.constant));
    if (!this.#capabilities.has(operation.opcode)) return Promise.reject(unsupportedError(operation));
    if (operation.sqeBytes > this.#sqeBytes) return Promise.reject(sqeSizeError(operation));
    if (this.#preparing) return Promise.reject(reentrantError(operation.constant));
    let slot: Slot | undefined;
    let bound: OperationOptions | undefined;
    let waiting: object = args;
    try {
      bound = inContext(options);
      slot = this.#waiting.length === 0 ? this.#submit(operation, args, bound) : undefined;
      if (slot === undefined) waiting = snapshot(args);
    } catch (error) {
      return Promise.reject(error);
    }
    const promise = new Promise<unknown>(capture);
    if (slot !== undefined) {
      slot.resolve = resolveOfLast;
      slot.reject = rejectOfLast;
    } else {
      const [resolve, reject] = [resolveOfLast, rejectOfLast];
      this.#waiting.push({ operation, args: waiting, options: bound, resolve, reject });
    }
    return promise as Promise<Result>;
  }

  /** Prepares an operation in the submission queue; undefined when there is no room now. Throws on bad arguments. */
  #submit(operation: AnyOperation, args: object, options: OperationOptions | undefined): Slot | undefined {
    const port = this.#port;
    const slot = this.#free.pop() ?? this.#newSlot();
    if (slot === undefined) return undefined;
    let position = port.reserve();
    if (position < 0 && port.flush(0, -1) === 0) position = port.reserve();
    if (position < 0) {
      this.#free.push(slot);
      return undefined;
    }
    this.#preparing = true;
    try {
      const ready = operation.ready(this.#pins, args);
      slot.held = port.encode(operation, position, ready);
      slot.ready = ready;
      slot.pinned = this.#pins.take();
    } catch (error) {
      const pinned = this.#pins.take();
      if (pinned !== undefined) this.#pins.release(pinned);
      this.#free.push(slot);
      throw error;
    } finally {
      this.#preparing = false;
    }
    slot.generation = (slot.generation + 1) | 0;
    slot.operation = operation;
    slot.options = options;
    port.stamp(position, slot.index, slot.generation);
    port.commit();
    this.#active += 1;
    // While anything is in flight the process stays; the event loop lets go again by itself.
    if (this.#active === 1) port.reference();
    return slot;
  }

  /** A new slot, unless as many operations are in flight as the completion queue holds. */
  #newSlot(): Slot | undefined {
    if (this.#slots.length >= this.#capacity) return undefined;
    const slot = new Slot(this.#slots.length);
    this.#slots.push(slot);
    return slot;
  }

  /** Completions wait, or (status < 0) a submission failed for good. */
  #wake(status: number): void {
    if (status < 0) this.#failUnsubmitted(status);
    if (this.#port.overflowed) {
      this.#overflows += 1;
      this.#port.native.getEvents();
    }
    this.#terminal = 0;
    try {
      this.#port.reap(this.#sink, this.#capacity);
    } finally {
      this.#port.settle(this.#terminal);
      this.#admit();
      if (this.#active === 0 && this.#drained !== undefined) this.#drained();
    }
  }

  #completed(ints: Int32Array, at: number): void {
    const flags = ints[at + 3]!;
    const slot = this.#slots[ints[at]!];
    if (slot === undefined || slot.operation === undefined || slot.generation !== ints[at + 1]) {
      // Posted by another ring (MSG_RING), so it ends nothing of this one.
      this.#stale += 1;
      return;
    }
    const res = ints[at + 2]!;
    if ((flags & IORING_CQE_F_MORE) !== 0) {
      this.#progress(slot, res, flags);
    } else {
      this.#terminal += 1;
      this.#settle(slot, (flags & IORING_CQE_F_NOTIF) === 0 ? res : slot.early);
    }
  }

  #progress(slot: Slot, res: number, flags: number): void {
    slot.early = res;
    const onMore = slot.options?.onMore;
    if (onMore === undefined) return;
    try {
      onMore(res, flags >>> 0);
    } catch (error) {
      // The program's error, not the ring's: it surfaces where uncaught exceptions do, and loses no completion.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  /** @param submitted false when the kernel never saw the operation, so that its SQE cannot be what it objects to */
  #settle(slot: Slot, res: number, submitted = true): void {
    const { operation, ready, pinned, resolve, reject } = slot;
    if (outlives(operation!) && res >= 0) this.#kept.push(slot.held);
    slot.operation =
      slot.options =
      slot.ready =
      slot.held =
      slot.pinned =
      slot.resolve =
      slot.reject =
        undefined;
    this.#free.push(slot);
    this.#active -= 1;
    try {
      // The kernel's error comes first; data that could not be brought back is only news when there was none.
      const lost = pinned === undefined ? undefined : this.#pins.bringBack(pinned, res);
      if (res < 0 && operation!.answers?.includes(res) !== true) {
        reject!(this.#failure(operation!, slot, res, submitted));
      } else if (lost !== undefined) {
        reject!(lost);
      } else {
        resolve!(operation!.result === undefined ? res : operation!.result(res, ready));
      }
    } catch (error) {
      reject!(error);
    } finally {
      if (pinned !== undefined) this.#pins.release(pinned);
    }
  }

  /** The kernel's error, with what it objected to where that can be told from the SQE it was given. */
  #failure(operation: AnyOperation, slot: Slot, errno: number, submitted: boolean): Error {
    const { name, constant } = operation;
    if (!submitted) return systemError(errno, name, constant);
    const userData = (BigInt(slot.generation >>> 0) << 32n) | BigInt(slot.index);
    const contract = explainFailure(operation, this.#port.native, userData, errno);
    return systemError(errno, name, constant, contract);
  }

  /** Starts what waited for room, in order. */
  #admit(): void {
    for (let next = this.#waiting.first(); next !== undefined; next = this.#waiting.first()) {
      try {
        const slot = this.#submit(next.operation, next.args, next.options);
        if (slot === undefined) return;
        slot.resolve = next.resolve;
        slot.reject = next.reject;
      } catch (error) {
        next.reject(error);
      }
      this.#waiting.shift();
    }
  }

  /** The kernel will never take what is prepared: those operations fail with its reason, and nothing else does. */
  #failUnsubmitted(errno: number): void {
    const userData = this.#port.dropUnsubmitted();
    for (let at = 0; at < userData.length; at += 2) {
      const slot = this.#slots[userData[at]!];
      if (slot?.operation === undefined || slot.generation !== (userData[at + 1]! | 0)) continue;
      this.#settle(slot, errno, false);
    }
  }

  /**
   * Takes no more operations, cancels those in flight, waits until the kernel has let go of each, and gives the ring
   * back. Operations that are cancelled reject with `ECANCELED`.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = 'closing';
    // Whoever calls may be in the middle of something: a getter among arguments, a callback during a reap.
    await undefined;
    for (const waiting of this.#waiting.clear()) waiting.reject(closedError(waiting.operation.constant));
    while (this.#active > 0) {
      const errno = this.#port.flush(0, -1);
      if (errno < 0 && errno !== -constants.errno.EBUSY && errno !== -constants.errno.EAGAIN)
        this.#failUnsubmitted(errno);
      this.#port.native.cancelAll();
      await this.#untilDrained(CANCEL_AGAIN_MS);
    }
    this.#state = 'closed';
    this.#port.close();
  }

  /** Resolves when nothing is in flight, or after `timeoutMs` so that cancellation can be asked for again. */
  #untilDrained(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#drained = undefined;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#drained = done;
      if (this.#active === 0) done();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What {@link RingCore.statistics} tells. */
export interface RingStatistics {
  /** Operations between submission and their terminal completion. */
  readonly inFlight: number;
  /** Operations waiting for room. */
  readonly waiting: number;
  /** The most operations that can be in flight: the completion queue's entries. */
  readonly capacity: number;
  /** Entries of the submission queue. */
  readonly entries: number;
  /** io_uring_enter calls so far. */
  readonly enters: number;
  /** How often completions overflowed the queue and were fetched from the kernel. */
  readonly overflows: number;
  /** Completions that belonged to no operation in flight. */
  readonly staleCompletions: number;
  /** Pieces of scratch memory in use. */
  readonly scratchInUse: number;
}
