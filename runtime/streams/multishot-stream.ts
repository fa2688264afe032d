/**
 * A multishot operation as an async iterable: one submission, many completions, until the consumer or the source ends it.
 */

import { constants } from 'node:os';
import type { InspectOptions } from 'node:util';
import { abortError, cancelledError, RingError, systemError } from '../errors.js';
import type { Lane, LaneStream } from '../handles/lane.js';
import { OwnedDescriptor } from '../handles/owned-descriptor.js';
import { custom, type Inspect, shown } from '../inspect.js';
import { offAbort, onAbort } from '../operations/abort-listeners.js';
import { rejectWithCaller, withCaller } from '../operations/caller-stack.js';
import type { Cancellable, Renewing } from '../operations/cancellation.js';
import { type OperationChange, unchangeable } from '../operations/change.js';
import { Fifo } from '../operations/fifo.js';
import type { AnyOperation } from '../operations/operation.js';
import { Referenced } from '../operations/referenced.js';
import type { Entry } from '../operations/slot.js';
import { ARMED, notPending } from '../operations/target.js';
import type { Dependant, RingParts } from '../ring-parts.js';
import type { BufferRing } from './buffer-ring.js';
import type { Raw, StreamKind } from './stream-kind.js';
import { positive, type QueuedStreamOptions, STREAM, type StreamOptions } from './stream-options.js';

export type { QueuedStreamOptions, Raw, StreamKind, StreamOptions };

interface Taker<Item> {
  readonly resolve: (result: IteratorResult<Item, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

// One executor for all promises, so that asking for an item makes no closure.
let lastTaker: Taker<never>;
const capture = (resolve: Taker<never>['resolve'], reject: Taker<never>['reject']): void => {
  lastTaker = { resolve, reject };
};

const DONE = { value: undefined, done: true } as const;

/**
 * Items of a multishot operation, in the order of their completions. Nothing is submitted before the first `next()`.
 * `return()`, and so `break` in `for await`, cancels the operation and waits until the kernel is done with it. Nothing that
 * had arrived is lost: what nobody took, also of a stream that is aborted, goes to whoever asks the same file next, be it
 * another stream of the kind, a handle's method or `ring.ops`; and is given back when the file or the ring is closed.
 */
export class MultishotStream<Item>
  extends Referenced
  implements AsyncIterableIterator<Item, undefined>, AsyncDisposable, Dependant, Renewing
{
  readonly #parts: RingParts;
  readonly #kind: StreamKind<Item>;
  readonly #signal: AbortSignal | undefined;
  readonly #weight: number;
  readonly #highWater: number;
  readonly #queue = new Fifo<Item>();
  readonly #takers = new Fifo<Taker<Item>>();
  /** `queued`: waits for its turn at a handle; `starved`: for a buffer. */
  #phase: 'new' | 'queued' | 'idle' | 'armed' | 'starved' | 'over' = 'new';
  /** What it has a turn in, of a handle that keeps an order. */
  #lane: Lane | undefined;
  #turn: LaneStream | undefined;
  /** Of the operation in flight, or waiting for room. */
  #entry: Entry | undefined;
  /** The operation was cancelled because the consumer is slow. */
  #pausing = false;
  /** The operation was cancelled because it is to be another one. */
  #changed = false;
  /** The program had it cancelled, so it is not submitted again. */
  #cancelled = false;
  /** It brought something since it was submitted. */
  #fed = false;
  /** It brought something ever. */
  #proven = false;
  /** Given up: what still arrives is given back. */
  #stopping: { readonly reason: unknown } | undefined;
  /** Why it is over, until someone has been told. */
  #failure: { readonly reason: unknown } | undefined;
  /** Items on their way back. */
  readonly #discards: (Promise<void> | void)[] = [];
  /** Once somebody waits for the end. */
  #over: Promise<void> | undefined;
  #setOver: (() => void) | undefined;

  /** @internal */
  constructor(parts: RingParts, kind: StreamKind<Item>, options: QueuedStreamOptions) {
    super();
    STREAM.check(options, kind.operation.name);
    this.#parts = parts;
    this.#kind = kind;
    this.#signal = options.signal;
    this.#weight = positive(options.weight ?? 1, 'weight', parts.inFlight.capacity);
    this.#highWater = positive(options.highWaterMark ?? 16, 'highWaterMark', Number.MAX_SAFE_INTEGER);
  }

  /** The next item; more than one may be asked for at a time. */
  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#queue.length > 0) {
      const value = this.#handed(this.#queue.first() as Item);
      this.#queue.shift();
      this.#resume();
      return Promise.resolve({ value, done: false });
    }
    if (this.#phase === 'over') {
      const failure = this.#failure;
      this.#failure = undefined;
      return failure === undefined ? Promise.resolve(DONE) : Promise.reject(withCaller(failure.reason));
    }
    const promise = new Promise<IteratorResult<Item, undefined>>(capture);
    this.#takers.push(lastTaker as Taker<Item>);
    this.#resume();
    return promise;
  }

  /** Ends the stream; resolves when the kernel is done with it. */
  async return(): Promise<IteratorResult<Item, undefined>> {
    await this.stop(undefined);
    return DONE;
  }

  /** @internal */
  [custom](_depth: number, options: InspectOptions, inspect: Inspect): string {
    return shown(
      this.constructor.name,
      { operation: this.#kind.operation.name, state: this.#phase, queued: this.#queue.length },
      options,
      inspect,
    );
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(undefined);
  }

  /** Ends the stream, with an error for its consumer unless `reason` is undefined. @internal */
  async stop(reason: unknown): Promise<void> {
    this.#stopping ??= { reason };
    for (const item of this.#queue.clear()) this.#leave(item);
    if (reason === undefined) this.#failure = undefined;
    const entry = this.#entry;
    if (entry === undefined) {
      this.#finish(this.#stopping.reason);
    } else if (entry.slot === undefined) {
      this.#parts.inFlight.waiters.drop(entry, () => reason);
    } else {
      void this.#parts.cancellation.insist(entry.slot);
    }
    await this.#ended();
    await Promise.all(this.#discards.splice(0));
  }

  /** The program cancels operations of its ring. @internal */
  cancelled(isMeant: (operation: Cancellable) => boolean): number {
    const { operation } = this.#kind;
    if (!isMeant({ operation, args: this.#kind.fields() })) return 0;
    this.#cancelled = true;
    // Otherwise its operation ends first, cancelled or not.
    if (this.#entry !== undefined) return 0;
    this.#finish(cancelledError(operation));
    return 1;
  }

  /** @internal */
  protected override referenced(on: boolean): void {
    if (this.#entry !== undefined) this.#parts.inFlight.references.mark(this.#entry, !on);
  }

  /** The operation that is with the kernel or waits for room. @internal */
  get [ARMED](): Entry | undefined {
    return this.#entry;
  }

  /** Whether nothing is submitted for it any more. @internal */
  protected get over(): boolean {
    return this.#phase === 'over' || this.#stopping !== undefined || this.#cancelled;
  }

  /** Changes what it waits for, from now on; see {@link StreamKind.change}. @internal */
  async change(parts: RingParts, change: OperationChange): Promise<void> {
    const { operation } = this.#kind;
    if (parts !== this.#parts || this.over) throw notPending('update', operation.constant);
    if (this.#kind.change === undefined) throw unchangeable(operation.name);
    this.#kind.change(change);
    const entry = this.#entry;
    if (entry?.slot === undefined) {
      if (entry !== undefined) entry.args = this.#kind.fields();
      return;
    }
    this.#changed = true;
    await this.#parts.cancellation.insist(entry.slot);
  }

  /** Submits the operation if the consumer has room for what it brings. */
  #resume(): void {
    if (this.#phase === 'new') this.#begin();
    const room = this.#kind.merge === undefined ? this.#highWater >>> 1 : 0;
    if (this.#phase === 'idle' && this.#stopping === undefined && this.#queue.length <= room) this.#arm();
  }

  #begin(): void {
    const { operation, buffers } = this.#kind;
    if (this.#signal?.aborted === true) {
      this.#finish(abortError(this.#signal, operation.name, operation.constant));
      return;
    }
    this.#phase = 'idle';
    this.#parts.dependants.add(this);
    this.#parts.cancellation.renewing.add(this);
    onAbort(this.#signal, this.#onAbort);
    const refusal = buffers?.attach(this);
    if (refusal !== undefined) this.#finish(refusal);
    else this.#enter();
  }

  /** Takes its place among what takes data in on the same handle. */
  #enter(): void {
    this.#phase = 'queued';
    const { operation, leaving } = this.#kind;
    this.#lane = leaving?.ordered === true ? OwnedDescriptor.lane(leaving.fd) : undefined;
    this.#turn = { operation, isEnding: () => this.over, begin: () => this.#inherit() };
    try {
      if (this.#lane === undefined) this.#inherit();
      else this.#lane.enter(this.#turn);
    } catch (error) {
      this.#finish(error);
    }
  }

  /** What streams before it have left comes first. */
  #inherit(): void {
    const { leaving } = this.#kind;
    const { leftovers } = this.#parts;
    this.#phase = 'idle';
    if (leaving !== undefined && !leftovers.empty)
      for (const item of leftovers.take(leaving)) this.#deliver(item);
    this.#resume();
  }

  #arm(): void {
    const { operation, buffers } = this.#kind;
    const refusal = this.#parts.refusal(operation);
    this.#fed = false;
    if (refusal !== undefined) this.#finish(refusal);
    else if (this.#kind.over?.() === true) this.#finish(undefined);
    else if (buffers?.statistics.available === 0) this.#starve(buffers);
    else this.#submit(operation);
  }

  #submit(operation: AnyOperation): void {
    this.#phase = 'armed';
    const entry: Entry = {
      operation,
      args: this.#kind.fields(),
      onMore: (res, flags) => this.#more(res, flags),
      sqeFlags: 0,
      weight: this.#weight,
      background: !this.hasRef(),
      resolve: (completion) => this.#last(completion as Raw),
      reject: (reason) => {
        this.#entry = undefined;
        this.#finish(this.#stopping === undefined ? reason : this.#stopping.reason);
      },
    };
    this.#entry = entry;
    try {
      this.#parts.inFlight.waiters.start(entry);
    } catch (error) {
      entry.reject(error);
    }
  }

  #more(res: number, flags: number): void {
    for (const item of this.#kind.items(res, flags)) this.#deliver(item);
    const full = this.#kind.merge === undefined && this.#queue.length >= this.#highWater;
    if (!full || this.#pausing || this.#entry?.slot === undefined) return;
    this.#pausing = true;
    void this.#parts.cancellation.insist(this.#entry.slot);
  }

  #last({ res, flags }: Raw): void {
    const pausing = this.#pausing;
    const changed = this.#changed;
    this.#entry = undefined;
    this.#pausing = this.#changed = false;
    this.#phase = 'idle';
    for (const item of this.#kind.items(res, flags)) this.#deliver(item);
    const { buffers } = this.#kind;
    const verdict = this.#kind.verdict(res);
    if (this.#stopping !== undefined) this.#finish(this.#stopping.reason);
    else if (verdict === 'end' || this.#kind.over?.() === true) this.#finish(undefined);
    else if (this.#cancelled) this.#finish(cancelledError(this.#kind.operation));
    // Submitted anew with what was changed, whether the consumer waits or not.
    else if (changed && res === -constants.errno.ECANCELED) this.#arm();
    // Ended by the kernel for want of room in the completion queue, or by this stream.
    else if (verdict === 'again' || (pausing && res === -constants.errno.ECANCELED)) this.#resume();
    else if (buffers !== undefined && res === -constants.errno.ENOBUFS) this.#starve(buffers);
    else this.#finish(this.#error(res));
  }

  #error(res: number): RingError {
    const { operation, needs } = this.#kind;
    const error = systemError(res, operation.name, operation.constant);
    if (this.#proven || res !== -constants.errno.EINVAL) return error;
    return new RingError(error.code, `${error.message}; the kernel may be older than ${needs}`, {
      errno: res,
      syscall: operation.name,
      op: operation.constant,
    });
  }

  #starve(buffers: BufferRing): void {
    this.#phase = 'starved';
    buffers.wait(() => {
      if (this.#phase !== 'starved') return;
      this.#phase = 'idle';
      this.#resume();
    }, this.#fed);
  }

  #deliver(item: Item): void {
    this.#fed = this.#proven = true;
    const taker = this.#takers.first();
    if (this.#stopping !== undefined) {
      this.#leave(item);
    } else if (taker !== undefined) {
      this.#takers.shift();
      taker.resolve({ value: this.#handed(item), done: false });
    } else if (this.#kind.merge !== undefined && this.#queue.length > 0) {
      const merged = this.#kind.merge(this.#queue.first() as Item, item);
      this.#queue.shift();
      this.#queue.push(merged);
    } else {
      this.#queue.push(item);
    }
  }

  #handed(item: Item): Item {
    return this.#kind.handed === undefined ? item : this.#kind.handed(item);
  }

  /** The consumer is gone. */
  #leave(item: Item): void {
    const { leaving } = this.#kind;
    const discard = (unwanted: Item): Promise<void> | void => this.#kind.discard?.(unwanted);
    if (leaving === undefined || !this.#parts.leftovers.keep(leaving, item, discard))
      this.#discards.push(discard(item));
  }

  #finish(reason: unknown): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    offAbort(this.#signal, this.#onAbort);
    this.#parts.dependants.delete(this);
    this.#parts.cancellation.renewing.delete(this);
    this.#kind.buffers?.detach(this);
    this.#lane?.leave(this.#turn!);
    const takers = this.#takers.clear();
    for (const [index, taker] of takers.entries()) {
      if (index === 0 && reason !== undefined) rejectWithCaller(taker.resolve, reason);
      else taker.resolve(DONE);
    }
    if (takers.length === 0 && reason !== undefined) this.#failure = { reason };
    this.#setOver?.();
  }

  async #ended(): Promise<void> {
    if (this.#phase === 'over') return;
    this.#over ??= new Promise((resolve) => {
      this.#setOver = resolve;
    });
    await this.#over;
  }

  readonly #onAbort = (): void => {
    const { name, constant } = this.#kind.operation;
    void this.stop(abortError(this.#signal!, name, constant));
  };
}
