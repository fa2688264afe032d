/**
 * The synchronous level: reserve and fill SQEs, submit, wait, drain. No promise and no allocation per operation; the
 * program matches completions by their user_data, as a C program with liburing does.
 */

import {
  IORING_CQE_F_MORE,
  IORING_FEAT_EXT_ARG,
  IORING_FEAT_MIN_TIMEOUT,
  IORING_SETUP_SQE_MIXED,
} from '../generated/abi/constants.js';
import { IOVEC_BYTES, IoVector } from './arguments/io-vector.js';
import { wrongType } from './arguments/known-names.js';
import { uncounted } from './arguments/memory-pins.js';
import { MESSAGE_HEADER_BYTES, MessageHeader, type MessageParts } from './arguments/message.js';
import { instanceOf, list, milliseconds, Shape } from './arguments/options.js';
import { checkReady, explainMemory } from './arguments/ready-arguments.js';
import { Capabilities, sqeSizeError, unsupportedError } from './capabilities.js';
import { closedError, enterError, RingError, reentrantError } from './errors.js';
import { type ContractExplanation, explainFailure } from './explanation.js';
import { abandon } from './memory/abandoned.js';
import { ALLOCATION, type AllocationOptions, RingBuffer } from './memory/memory.js';
import { DrainGuard, type Flagged } from './operations/drain-guard.js';
import { type AnyOperation, type Held, type Operation, outlives } from './operations/operation.js';
import { operationError } from './operations/operation-error.js';
import { PATIENCE_MS } from './operations/patience.js';
import { isPosted } from './operations/posted.js';
import { Completion } from './port/completion.js';
import { MappedPort } from './port/mapped-port.js';
import { native } from './port/native.js';
import type { CompletionSink, Port } from './port/port.js';
import { type EncoderSource, isChecked, openPort, type RingOptions } from './port/setup.js';
import { type OutgoingMessage, sendAtOnce } from './resources/messages.js';
import { callOwn, type Register, type RegisterOptions } from './resources/register.js';
import type { RegisterOpcode } from './resources/register-arguments.js';
import { registerWait } from './resources/registered-wait.js';
import { RingBase } from './ring-base.js';

/**
 * The longest single wait in the kernel. Between two of them JavaScript gets to see that its worker is to terminate,
 * which would otherwise wait, and the whole process with it, for a completion that may never come.
 */
const WAIT_SLICE_MS = 200;

/** Rings with operations in flight. What the kernel may write to must not be collected because a program lost its ring. */
const busy: SyncRing[] = [];

const PARTS = new Shape({
  vector: instanceOf(IoVector),
  name: instanceOf(RingBuffer),
  control: instanceOf(RingBuffer),
});
const WAIT = new Shape({ timeoutMs: milliseconds, minTimeoutMs: milliseconds });

/** How long a wait may last. */
export interface WaitLimits {
  /** Stop waiting after that long; default: no limit. */
  readonly timeoutMs?: number;
  /** After that long be content with one completion instead of all that are wanted. Linux 6.12 does so in one call. */
  readonly minTimeoutMs?: number;
}

export class SyncRing extends RingBase {
  readonly #port: Port;
  readonly #capabilities: Capabilities;
  readonly #copied: boolean;
  readonly #checked: boolean;
  /** Whether the kernel can end a wait by itself, since 5.11. */
  readonly #canTime: boolean;
  /** Whether it can be content with one completion after a while, since 6.12. */
  readonly #canSettle: boolean;
  /** SQEs of both sizes. */
  readonly #mixed: boolean;
  readonly #sqeBytes: number;
  /** What was pushed last: the kernel has it, and its SQE is no larger than the ring's usual ones. */
  #usual: AnyOperation | undefined;
  /** Memory the kernel may know of: kept until nothing is in flight, or for good when it is the ring's own. */
  readonly #owned = new Set<RingBuffer>();
  readonly #borrowed = new Set<RingBuffer>();
  readonly #completion: Completion;
  readonly #guard = new DrainGuard();
  readonly #sink: CompletionSink;
  #visit: ((completion: Completion) => void) | undefined;
  #terminal = 0;
  #closed = false;
  /** Place among the busy ones; -1 while nothing is in flight. */
  #busyAt = -1;
  /** Arguments are being read, which may run getters of the program. */
  #pushing = false;

  /**
   * @param encoders native builders of the package the ring belongs to; ringsmith's own by default
   * @throws RingError when the kernel refuses, with the remedy in its message
   */
  constructor(options: RingOptions = {}, encoders: EncoderSource = native) {
    const port = openPort(options, encoders);
    const { fd, features, setupFlags, sqeBytes } = port.native;
    const capabilities = new Capabilities(fd, features);
    super(port, capabilities);
    this.#port = port;
    this.#capabilities = capabilities;
    this.#completion = new Completion(port);
    this.#copied = !(port instanceof MappedPort);
    this.#checked = isChecked(options);
    this.#mixed = (setupFlags & IORING_SETUP_SQE_MIXED) !== 0;
    this.#sqeBytes = sqeBytes;
    this.#canTime = (features & IORING_FEAT_EXT_ARG) !== 0;
    this.#canSettle = (features & IORING_FEAT_MIN_TIMEOUT) !== 0;
    this.#sink = { completed: (ints, at) => this.#completed(ints, at) };
  }

  /** Entries of the submission queue. */
  get entries(): number {
    return this.#port.native.sqEntries;
  }

  /** io_uring_enter calls so far. */
  get enters(): number {
    return this.#port.native.enters;
  }

  /** Submitted or prepared operations whose terminal completion has not been drained. */
  get inFlight(): number {
    return this.#closed ? 0 : this.#port.inFlight;
  }

  /** See {@link Register}. */
  readonly register: Register = (
    opcode: RegisterOpcode | number,
    argument?: unknown,
    options: RegisterOptions = {},
  ) => {
    this.check();
    return callOwn(this.#port, opcode, argument, options, (buffer) => this.#owned.add(buffer));
  };

  /**
   * Has waits take their arguments from memory that is registered once (Linux 6.13), instead of handing them over each
   * time; for a ring that was opened with `disabled` and is not enabled yet.
   */
  registerWait(): void {
    this.check();
    registerWait(this.#port);
  }

  /**
   * Sends 96 bits to another ring, without an operation of this one (Linux 6.13).
   * @throws RingError with `EOVERFLOW` when the other ring has no room for them now
   */
  send(target: { readonly fd: number }, message: OutgoingMessage): void {
    this.check();
    sendAtOnce(target, message);
  }

  /**
   * Zeroed memory, at a page's beginning or at a multiple of `align`, for the kernel to use; it lives at least as long as the ring. Where it is not
   * {@link RingBuffer.mapped}, call `toKernel()` before the kernel reads it and `fromKernel()` after it wrote.
   */
  alloc(byteLength: number, options: AllocationOptions = {}): RingBuffer {
    this.check();
    ALLOCATION.check(options, 'alloc');
    const { align = 1 } = options;
    const buffer = RingBuffer.allocate(byteLength, { align, copied: this.#copied });
    this.#owned.add(buffer);
    return buffer;
  }

  /** An iovec array over buffers, for readv and writev. */
  vector(buffers: readonly RingBuffer[]): IoVector {
    this.check();
    list(buffers, 'vector: buffers');
    const wrong = buffers.find((buffer) => !(buffer instanceof RingBuffer));
    if (wrong !== undefined) throw wrongType('vector: buffers', 'memory of ring.alloc', wrong);
    const bytes = Math.max(buffers.length, 1) * IOVEC_BYTES;
    return new IoVector(buffers, RingBuffer.allocate(bytes, { copied: this.#copied }));
  }

  /** A message header over buffers, and memory for its address and control data, for sendmsg and recvmsg. */
  message(parts: MessageParts): MessageHeader {
    this.check();
    PARTS.required(parts, 'message');
    return new MessageHeader(parts, RingBuffer.allocate(MESSAGE_HEADER_BYTES, { copied: this.#copied }));
  }

  /**
   * Prepares one operation in the submission queue; the kernel sees it with the next {@link submit}.
   * @returns false when the queue is full: submit, then push again. With `sqpoll` that may be false still, also when
   * all completions have been drained, until the kernel's thread has taken entries.
   */
  push<Args extends object, Result, Ready extends object>(
    operation: Operation<Args, Result, Ready>,
    ready: Ready,
  ): boolean {
    this.check();
    if (this.#pushing) throw reentrantError(operation.constant);
    if (operation !== this.#usual && this.#isLarge(operation)) return this.#pushLarge(operation, ready);
    const port = this.#port;
    const position = port.reserve();
    if (position < 0) return false;
    this.#encode(operation, position, ready);
    port.commit();
    return true;
  }

  #pushLarge(operation: AnyOperation, ready: object): boolean {
    const position = this.#port.reserveLarge();
    if (position < 0) return false;
    this.#encode(operation, position, ready);
    this.#port.commitLarge();
    return true;
  }

  /** Whether the SQE takes two places. Throws when the operation cannot be pushed at all. */
  #isLarge(operation: AnyOperation): boolean {
    const large = operation.sqeBytes > this.#sqeBytes;
    if (large && !this.#mixed) throw sqeSizeError(operation);
    if (!this.#capabilities.has(operation.opcode)) throw unsupportedError(operation);
    if (!large) this.#usual = operation;
    return large;
  }

  #encode(operation: AnyOperation, position: number, ready: object): void {
    this.#pushing = true;
    try {
      checkReady(operation, ready, this.#checked);
      if (this.#guard.drained || (ready as Flagged).sqeFlags !== undefined)
        this.#guard.check(operation, ready, this.#port);
      const held = this.#port.encode(operation, position, ready, 0);
      if (held !== undefined) this.#keep(operation, held);
    } catch (error) {
      this.#pushing = false;
      throw explainMemory(error, operation.name, ready);
    }
    this.#pushing = false;
  }

  #keep(operation: AnyOperation, held: Held): void {
    this.#hold(held, outlives(operation) ? this.#owned : this.#borrowed);
  }

  #hold(held: Held, holder: Set<RingBuffer>): void {
    if (held instanceof RingBuffer) {
      uncounted(held, 'at the synchronous level a buffer');
      if (!this.#owned.has(held)) holder.add(held);
    } else if (held !== undefined) {
      for (const buffer of held) this.#hold(buffer, holder);
    }
  }

  /** Hands everything prepared to the kernel. */
  submit(): void {
    this.#flush(0, -1);
  }

  /**
   * Submits, then waits until completions are there to drain. A signal does not end the wait.
   * @param minComplete how many to wait for, those that are there already counted
   * @param limits stop waiting after that many milliseconds; default: no limit
   * @returns completions ready to drain
   */
  wait(minComplete = 1, limits?: number | WaitLimits): number {
    this.check();
    if (typeof limits === 'object') WAIT.check(limits, 'wait');
    else if (limits !== undefined) milliseconds(limits, 'wait: timeoutMs');
    const timeoutMs = (typeof limits === 'object' ? limits.timeoutMs : limits) ?? -1;
    const minTimeoutMs = (typeof limits === 'object' ? limits.minTimeoutMs : undefined) ?? -1;
    if (!Number.isSafeInteger(minComplete) || minComplete < 0 || Number.isNaN(timeoutMs + minTimeoutMs)) {
      const message = `wait: expected a count and a time in milliseconds; got ${minComplete} and ${timeoutMs}`;
      throw Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
    }
    const port = this.#port;
    const wanted = Math.min(minComplete, port.native.cqEntries);
    // Looking at the clock costs as much as all the rest, and is for waits with a limit only.
    const start = timeoutMs < 0 && minTimeoutMs < 0 ? 0 : performance.now();
    for (let passed = 0; ; passed = start === 0 ? 0 : performance.now() - start) {
      const left = timeoutMs < 0 ? WAIT_SLICE_MS : timeoutMs - passed;
      // Until then only all that are wanted will do, from then on any.
      const patience = minTimeoutMs < 0 ? Number.POSITIVE_INFINITY : minTimeoutMs - passed;
      const need = patience > 0 ? wanted : Math.min(wanted, 1);
      const enough = port.waiting >= need;
      this.#waitSlice(enough ? 0 : need, Math.min(left, WAIT_SLICE_MS), patience);
      const waiting = port.waiting;
      if (enough || waiting >= need || left <= 0) return waiting;
    }
  }

  #waitSlice(need: number, ms: number, patience: number): void {
    if (!this.#canTime) this.#flush(need, -1);
    else if (patience <= 0 || patience > ms) this.#flush(need, Math.max(0, ms));
    else if (this.#canSettle) this.#flush(need, ms, Math.ceil(patience * 1000));
    else this.#flush(need, patience);
  }

  #flush(minComplete: number, timeoutMs: number, minWaitUs = 0): void {
    this.check();
    if (this.#busyAt < 0 && this.#port.inFlight > 0) this.#busyAt = busy.push(this) - 1;
    const errno = this.#port.flush(minComplete, timeoutMs, minWaitUs);
    if (errno < 0) throw enterError(errno);
  }

  /** Nothing is in flight: what was held for it may go. */
  #idle(): void {
    // Not when there is nothing: clearing makes a new table.
    if (this.#borrowed.size > 0) this.#borrowed.clear();
    if (this.#busyAt < 0) return;
    const last = busy.pop()!;
    if (last !== this) {
      busy[this.#busyAt] = last;
      last.#busyAt = this.#busyAt;
    }
    this.#busyAt = -1;
  }

  /**
   * Visits the completions that are there, at most `limit` of them. The completion is a view that is only valid during
   * the visit. A visitor that throws loses none: the next drain goes on behind the one it threw at. Messages that other
   * rings sent are visited too; see {@link Completion.message}.
   * @returns how many were visited
   */
  drain(visit: (completion: Completion) => void, limit = Number.MAX_SAFE_INTEGER): number {
    this.check();
    if (this.#visit !== undefined) {
      throw new RingError('ERR_RING_REENTRANT', 'drain() was called from within a visitor of drain()');
    }
    if (this.#port.overflowed) this.#port.native.getEvents();
    this.#visit = visit;
    this.#terminal = 0;
    try {
      return this.#port.reap(this.#sink, limit);
    } finally {
      this.#visit = undefined;
      this.#port.settle(this.#terminal);
      if (this.#port.inFlight === 0 && (this.#busyAt >= 0 || this.#borrowed.size > 0)) this.#idle();
    }
  }

  /**
   * Why an operation failed, for a completion during its visit. It is found again by its user_data in the queue's memory:
   * give each operation one of its own, and ask before as many others have been pushed as the queue has entries.
   * @returns undefined when the contract does not explain it, or the submission cannot be told any more
   */
  explain(operation: AnyOperation, completion: Completion): ContractExplanation | undefined {
    this.check();
    if (completion.res >= 0) return undefined;
    return explainFailure(operation, this.#port.native, completion.userDataBits, completion.res);
  }

  /**
   * The error that a completion stands for, during its visit: what the promise level rejects with, `contract` included as
   * {@link explain} finds it.
   * @param ready the arguments it was pushed with: then the error has their `path`, `dest`, `address` and `port`
   * @returns undefined for a completion that is none
   */
  error<Args extends object, Result, Ready extends object>(
    operation: Operation<Args, Result, Ready>,
    completion: Completion,
    ready?: Ready,
  ): RingError | undefined {
    this.check();
    if (completion.res >= 0) return undefined;
    const { native } = this.#port;
    return operationError(operation, completion.res, completion.userDataBits, native, ready);
  }

  #completed(ints: Int32Array, at: number): void {
    // What other rings sent ends nothing of this one.
    if ((ints[at + 3]! & IORING_CQE_F_MORE) === 0 && !isPosted(ints[at + 1]!)) this.#terminal += 1;
    Completion.point(this.#completion, ints, at);
    this.#visit!(this.#completion);
  }

  /** @internal */
  protected override state(): Readonly<Record<string, unknown>> {
    if (this.#closed) return { closed: true };
    return { fd: this.fd, state: 'open', entries: this.entries, inFlight: this.inFlight };
  }

  /** Throws when the ring is closed. @internal */
  check(): void {
    if (this.#closed) throw closedError();
  }

  /** Cancels what is in flight, waits for the kernel to let go of it, and gives everything back. */
  close(): void {
    if (this.#closed) return;
    if (this.#visit !== undefined || this.#pushing) {
      throw new RingError('ERR_RING_REENTRANT', 'close() was called from within drain() or push()');
    }
    this.#closed = true;
    const left = this.#port.close(PATIENCE_MS);
    if (left > 0) abandon(...this.#owned, ...this.#borrowed);
    this.#owned.clear();
    this.#idle();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
