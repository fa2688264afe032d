/**
 * The promise level: operations in flight, each settled exactly once on its terminal completion, driven by the event
 * loop. The generated `Ring` adds the operations themselves.
 */
import { checkedWeight, inContext, snapshot } from './arguments/arguments.js';
import { Capabilities, sqeSizeError, unsupportedError } from './capabilities.js';
import { abortError, cancelledError, closedError, RingError, reentrantError } from './errors.js';
import { BufferPool, type BufferPoolOptions, POOL } from './memory/buffer-pool.js';
import { Loan } from './memory/loan.js';
import { ALLOCATION, type AllocationOptions, RingBuffer } from './memory/memory.js';
import { Cancellation, type CancelTarget } from './operations/cancellation.js';
import {
  type ChainMember,
  type ChainOptions,
  type ChainResults,
  checkChain,
  notAnArray,
  runChain,
} from './operations/chain.js';
import { endInFlight, warnOfLeft } from './operations/ending.js';
import { InFlight } from './operations/in-flight.js';
import { completionLostError } from './operations/lost-completion.js';
import { closing, opened } from './operations/lost-rings.js';
import type {
  AnyOperation,
  Completed,
  ExtraOptions,
  Operation,
  OperationOptions,
  Starter,
} from './operations/operation.js';
import { checkOptions } from './operations/operation-options.js';
import { checkRaw, type RawArgs, rawOperation } from './operations/raw-operation.js';
import { type Entry, entryOf, rejectLink } from './operations/slot.js';
import type { RingStatistics } from './operations/statistics.js';
import { Supervised } from './operations/supervised.js';
import { chainOver } from './operations/unclaimed.js';
import { endUnheard } from './operations/unheard.js';
import { wantsExtra, withExtra } from './operations/with-extra.js';
import { MappedPort } from './port/mapped-port.js';
import { native } from './port/native.js';
import type { Port } from './port/port.js';
import { type EncoderSource, isChecked, openPort, type RingOptions } from './port/setup.js';
import { RingBase } from './ring-base.js';
import type { RingParts } from './ring-parts.js';
import { served } from './streams/left-data.js';
import { Leftovers } from './streams/leftovers.js';

// One executor for all promises, so that starting an operation makes no closure.
let resolveOfLast: (value: unknown) => void;
let rejectOfLast: (reason: unknown) => void;
const capture = (resolve: (value: unknown) => void, reject: (reason: unknown) => void): void => {
  resolveOfLast = resolve;
  rejectOfLast = reject;
};

/** A chain while it is built: its members so far, and why it cannot be submitted. */
interface ChainBuild {
  readonly members: ChainMember[];
  refusal?: { readonly reason: unknown };
}

export class RingCore extends RingBase implements Starter {
  /** Whether operations that would share memory with a write in flight are refused; see {@link RingOptions.checked}. */
  readonly checked: boolean;
  readonly #port: Port;
  readonly #capabilities: Capabilities;
  readonly #inFlight: InFlight;
  readonly #cancellation: Cancellation;
  readonly #sqeBytes: number;
  readonly #copied: boolean;
  readonly #parts: RingParts;
  readonly #leftovers = new Leftovers();
  #state: 'open' | 'closing' | 'closed' = 'open';
  /** The chain that is being built. */
  #chain: ChainBuild | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param encoders native builders of the package the ring belongs to; ringsmith's own by default
   * @throws RingError when the kernel refuses, with the remedy in its message
   */
  constructor(options: RingOptions = {}, encoders: EncoderSource = native) {
    let inFlight: InFlight;
    const port = openPort(options, encoders, (status) => inFlight.wake(status));
    const ring = port.native;
    const capabilities = new Capabilities(ring.fd, ring.features);
    super(port, capabilities);
    this.#port = port;
    this.#capabilities = capabilities;
    this.#copied = !(port instanceof MappedPort);
    this.#sqeBytes = options.sqe128 === 'mixed' ? 128 : ring.sqeBytes;
    this.checked = isChecked(options);
    inFlight = new InFlight(port, this.#copied, this.checked);
    this.#inFlight = inFlight;
    opened(this, ring.fd, port);
    this.#cancellation = new Cancellation(inFlight);
    inFlight.unheard = (slot, res) => endUnheard(inFlight, this.#cancellation, slot, res);
    this.#parts = {
      inFlight,
      cancellation: this.#cancellation,
      copied: this.#copied,
      leftovers: this.#leftovers,
      dependants: new Set([this.#leftovers]),
      chaining: () => this.#chain !== undefined,
      refuse: (reason) => this.#refuse(reason),
      refusal: (operation) => this.#refusal(operation),
      start: (operation, args, started) => this.start(operation, args, started),
    };
  }

  /** For what is built on a ring beside its operations. @internal */
  protected get parts(): RingParts {
    return this.#parts;
  }
  /** Whether {@link close} was called: it takes no more operations. */
  get closed(): boolean {
    return this.#state !== 'open';
  }

  /** Operations submitted or waiting for room. */
  get pending(): number {
    return this.#inFlight.active + this.#inFlight.waiters.length;
  }

  /** Figures that tests and operators look at. */
  get statistics(): RingStatistics {
    const { active, waiters, capacity, overflows, stale, pool } = this.#inFlight;
    return {
      inFlight: active,
      waiting: waiters.length,
      capacity,
      entries: this.#port.native.sqEntries,
      enters: this.#port.native.enters,
      overflows,
      staleCompletions: stale,
      scratchInUse: pool.outstanding,
    };
  }

  /** Throws when the ring takes nothing any more, or not now. @internal */
  check(): void {
    if (this.#state !== 'open') throw closedError();
    // What is prepared must not be flushed before it is whole.
    if (this.#inFlight.preparing) throw reentrantError();
  }

  /**
   * Zeroed memory that the kernel uses without copying, at a page's beginning or, with `align`, at a multiple of more.
   * It is freed when nothing refers to it.
   */
  alloc(byteLength: number, options: AllocationOptions = {}): RingBuffer {
    const { align = 1 } = ALLOCATION.checked(options, 'alloc');
    return RingBuffer.allocate(byteLength, { align, copied: this.#copied });
  }

  /** Memory that is used again and again, in a few sizes, instead of being allocated each time. */
  pool<Memory extends RingBuffer = RingBuffer>(options: BufferPoolOptions<Memory>): BufferPool<Memory> {
    const { align = 1 } = POOL.checked(options, 'pool');
    return new BufferPool(options, (byteLength) => this.alloc(byteLength, { align }));
  }

  /**
   * Lends the program's own memory to operations, which would copy it otherwise. The array is detached until
   * {@link Loan.end} gives the memory back.
   * @param bytes all of an ArrayBuffer
   */
  lend(bytes: Uint8Array): Loan {
    return new Loan(bytes);
  }

  /** Whether an operation can be started now; else {@link #refusal} says why not. */
  #takes({ opcode, sqeBytes }: AnyOperation): boolean {
    if (this.#state !== 'open' || sqeBytes > this.#sqeBytes || !this.#capabilities.has(opcode)) return false;
    return !this.#inFlight.preparing && !this.#inFlight.lost;
  }

  #refusal(operation: AnyOperation): Error | undefined {
    if (this.#state !== 'open') return closedError(operation.constant);
    if (!this.#capabilities.has(operation.opcode)) return unsupportedError(operation);
    if (operation.sqeBytes > this.#sqeBytes) return sqeSizeError(operation);
    if (this.#inFlight.lost) return completionLostError(operation.constant);
    return this.#inFlight.preparing ? reentrantError(operation.constant) : undefined;
  }

  /** Starts an operation; generated methods call this. */
  start<Args extends object, Result, Ready extends object, Extra extends boolean = false>(
    operation: Operation<Args, Result, Ready>,
    args: Args,
    options?: ExtraOptions<Extra>,
  ): Promise<Completed<Result, Extra>> {
    if (!this.#takes(operation)) return this.#refuse(this.#refusal(operation));
    if (options !== undefined || this.#chain !== undefined || !this.#leftovers.empty) {
      return this.#startWith(operation, args, options as OperationOptions) as Promise<never>;
    }
    const promise = new Promise<unknown>(capture);
    const resolve = resolveOfLast;
    const reject = rejectOfLast;
    try {
      const slot = this.#inFlight.submit(operation, args);
      if (slot === undefined) {
        this.#inFlight.waiters.start(entryOf(operation, args, promise, resolve));
      } else {
        slot.resolve = resolve;
        slot.promise = promise;
      }
    } catch (error) {
      reject(error);
    }
    return promise as Promise<Completed<Result, Extra>>;
  }

  #startWith(
    operation: AnyOperation,
    args: object,
    options: OperationOptions | ExtraOptions<true> = {},
  ): Promise<unknown> {
    try {
      checkOptions(options, operation.name);
      if (wantsExtra(options)) {
        const told = withExtra(this.#port, operation, options);
        return this.#startWith(told.operation, args, told.options);
      }
      const { signal } = options;
      if (signal?.aborted === true) throw abortError(signal, operation.name, operation.constant);
      if (this.#chain !== undefined) return this.#collect(operation, args, options, this.#chain);
      const left = this.#leftovers.empty
        ? undefined
        : served(this.#leftovers, operation, args, (rest) => this.start(operation, rest, options));
      if (left !== undefined) return left;
      const member = this.#member(operation, args, options);
      member.begin?.();
      this.#launch(member.entry);
      return member.promise;
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #launch(entry: Entry): void {
    try {
      this.#inFlight.waiters.start(entry);
    } catch (error) {
      rejectLink(entry, () => error);
    }
  }

  /** An operation that can be linked or supervised, ready to be submitted. */
  #member(operation: AnyOperation, args: object, options: OperationOptions): ChainMember {
    const onMore = inContext(options.onMore);
    const weight = checkedWeight(options.weight);
    if (options.signal !== undefined || options.timeout !== undefined) {
      const start = { operation, args, onMore, options, weight };
      return new Supervised(this.#inFlight, this.#cancellation, start);
    }
    const promise = new Promise<unknown>(capture);
    const drain = options.drain === true;
    return { entry: { ...entryOf(operation, args, promise, resolveOfLast), onMore, drain, weight }, promise };
  }

  /** A member of a chain that is refused keeps the others from being submitted. */
  #refuse(reason: unknown): Promise<never> {
    const promise = Promise.reject(reason);
    if (this.#chain !== undefined) {
      this.#chain.refusal ??= { reason };
      promise.catch(() => undefined);
    }
    return promise;
  }

  #collect(
    operation: AnyOperation,
    args: object,
    options: OperationOptions,
    chain: ChainBuild,
  ): Promise<unknown> {
    if (options.signal !== undefined) {
      const message = 'a member of a chain cannot be aborted by itself; give the signal to the chain';
      return this.#refuse(Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' }));
    }
    const member = this.#member(operation, snapshot(args), options);
    // The chain reports what fails; a member nobody looks at is not an unhandled rejection.
    member.promise.catch(() => undefined);
    chain.members.push(member);
    return member.promise;
  }

  /**
   * Operations that run one after the other, without coming back to the program in between: each starts when the one
   * before it succeeded, and is cancelled when that failed or did less than it was asked to.
   * @param build starts the members, in order, with the ring's usual methods; it must not await
   * @returns the results of the promises that `build` returned
   * @throws ChainError when a member fails, with what became of each
   */
  chain<const Members extends readonly unknown[]>(
    build: () => Members,
    options: ChainOptions = {},
  ): Promise<ChainResults<Members>> {
    if (this.#chain !== undefined) {
      const problem = 'a chain cannot be built within another; nothing was submitted';
      return this.#refuse(new RingError('ERR_RING_CHAIN', problem));
    }
    return this.#runChain(build, options);
  }

  async #runChain<const Members extends readonly unknown[]>(
    build: () => Members,
    options: ChainOptions,
  ): Promise<ChainResults<Members>> {
    checkChain(options);
    const chain: ChainBuild = { members: [] };
    const { members } = chain;
    this.#chain = chain;
    let built: Members;
    try {
      built = build();
      if (!Array.isArray(built)) throw notAnArray();
    } catch (reason) {
      chain.refusal = { reason };
      throw reason;
    } finally {
      this.#chain = undefined;
      if (chain.refusal !== undefined) for (const { entry } of members) rejectLink(entry, cancelledError);
    }
    if (chain.refusal !== undefined) throw chain.refusal.reason;
    const results = Promise.all(built);
    // Reported below, once the chain is over.
    results.catch(() => undefined);
    try {
      if (members.length > 0) await runChain(members, built, options, this.#inFlight, this.#cancellation);
      return (await results) as ChainResults<Members>;
    } finally {
      chainOver(members);
    }
  }

  /**
   * Submits an opcode that this package does not know, with whatever fields the kernel's header gives it.
   * @returns `cqe->res`
   */
  submitRaw<Extra extends boolean = false>(
    args: RawArgs,
    options?: ExtraOptions<Extra>,
  ): Promise<Completed<number, Extra>> {
    try {
      checkRaw(args, 'submitRaw');
      return this.start(rawOperation(args.opcode, undefined, undefined, args.sqeBytes), args, options);
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /**
   * Asks for operations in flight to be cancelled. Each rejects with `ECANCELED` on its own completion, unless it
   * succeeds first; those that wait for room reject at once, a chain that does as a whole.
   * @returns how many were found at once
   */
  async cancel(target: CancelTarget): Promise<number> {
    if (this.#state !== 'open') throw closedError();
    return this.#cancellation.cancel(target);
  }

  /**
   * Takes no more operations, cancels those in flight, waits until the kernel has let go of each, and gives the ring
   * back. Operations that are cancelled reject with `ECANCELED`. What no cancellation ends, e.g. a write to a disk that does
   * not answer, is waited for 10 s; then its promise rejects with `ERR_RING_CLOSED` and the process is warned.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = 'closing';
    closing(this.#port);
    const inFlight = this.#inFlight;
    // Whoever calls may be in the middle of something: a getter among arguments, a callback during a reap.
    await undefined;
    for (const dependant of this.parts.dependants) void dependant.stop(closedError());
    inFlight.waiters.rejectAll((operation) => closedError(operation.constant));
    const left = await endInFlight(inFlight, this.#cancellation);
    this.#state = 'closed';
    this.#port.close(left.length === 0 ? undefined : 0);
    this.released();
    warnOfLeft(left);
  }

  /** The kernel has given everything back. @internal */
  protected released(): void {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
