/**
 * The order of a handle's calls in one direction of a stream. The kernel has none: it parks a send that cannot finish at
 * once and lets later ones overtake it, so each is submitted when the one before it is over. A call that finds nothing
 * before it goes straight through.
 */
import { types } from 'node:util';
import { durationMilliseconds } from '../arguments/duration.js';
import { IoVector } from '../arguments/io-vector.js';
import { abortError, cancelledError, RingError, timeoutError } from '../errors.js';
import { RingBuffer } from '../memory/memory.js';
import { offAbort, onAbort } from '../operations/abort-listeners.js';
import { fail, rejectWithCaller } from '../operations/caller-stack.js';
import type { Cancellable, Renewing } from '../operations/cancellation.js';
import { Deadline } from '../operations/deadline.js';
import { Fifo } from '../operations/fifo.js';
import { type AnyOperation, isZeroCopy, type OperationOptions } from '../operations/operation.js';
import { checkOptions } from '../operations/operation-options.js';
import type { Entry, Slot } from '../operations/slot.js';
import type { RingParts } from '../ring-parts.js';
import type { HandleHost } from './handle-host.js';

/** What errors and cancellations need to know of an operation. */
type Told = Pick<AnyOperation, 'name' | 'constant' | 'opcode'>;

/** An operation whose order is kept, and how it is submitted. */
export interface Ordered<Args extends object, Result> extends Told {
  readonly begin: (host: HandleHost, args: Args, options: OperationOptions | undefined) => Promise<Result>;
}

/**
 * A multishot stream that takes in what arrives on a handle. It has a turn like a call; while it is open there is no order
 * that a call beside it could have, and it need not end: so nothing else is let in until it was ended.
 */
export interface LaneStream {
  readonly operation: Told;
  /** It was ended, and is over once the kernel has let go of it. */
  isEnding(): boolean;
  /** Its turn has come. */
  begin(): void;
}

interface Call {
  readonly operation: Told & Partial<Pick<Ordered<object, unknown>, 'begin'>>;
  readonly stream?: LaneStream;
  readonly args: object;
  readonly options: OperationOptions | undefined;
}

/** A call that waits for those before it. */
class Turn {
  readonly call: Call;
  readonly promise: Promise<unknown>;
  readonly #deadline: Deadline | undefined;
  readonly #began = performance.now();
  #resolve!: (value: unknown) => void;
  #stop: (() => void) | undefined;
  over = false;

  constructor(call: Call) {
    this.call = call;
    const { operation, options } = call;
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const signal = options?.signal;
    if (options?.timeout !== undefined) {
      const passed = (): void => this.reject(timeoutError(operation.name, operation.constant));
      this.#deadline = new Deadline(options.timeout, `${operation.name}: timeout`, passed);
      this.#deadline.begin();
    }
    if (signal !== undefined) {
      this.#stop = () => this.reject(abortError(signal, operation.name, operation.constant));
      onAbort(signal, this.#stop);
    }
  }

  /** Waits no longer: its promise is what comes of the operation. @returns options with what is left of its time */
  leave(): OperationOptions | undefined {
    this.over = true;
    this.#deadline?.end();
    const { options } = this.call;
    if (this.#stop !== undefined) offAbort(options!.signal, this.#stop);
    if (options?.timeout === undefined) return options;
    const passed = performance.now() - this.#began;
    const left = Math.max(1, durationMilliseconds(options.timeout, 'timeout') - passed);
    return { ...options, timeout: left };
  }

  /** Becomes of it what becomes of an operation. */
  follow(promise: Promise<unknown>): void {
    this.#resolve(promise);
  }

  reject(reason: unknown): void {
    if (this.over) return;
    this.leave();
    rejectWithCaller(this.#resolve, reason);
  }
}

/** What a short transfer left of its memory. */
function restOf(ready: object, res: number): Buffer | undefined {
  const { buffer, buffers, addr } = ready as { buffer?: unknown; buffers?: unknown; addr?: unknown };
  const one = buffer ?? addr;
  let pieces: readonly RingBuffer[] = one instanceof RingBuffer ? [one] : [];
  if (buffers instanceof IoVector) pieces = IoVector.buffers(buffers);
  const rest: Buffer[] = [];
  let skip = res;
  for (const piece of pieces) {
    const length = RingBuffer.length(piece);
    if (skip < length) rest.push(RingBuffer.copy(piece, skip));
    skip = Math.max(skip - length, 0);
  }
  return rest.length === 0 ? undefined : Buffer.concat(rest);
}

const kept = (value: unknown): unknown =>
  types.isUint8Array(value) ? Buffer.from(value) : Array.isArray(value) ? value.map(kept) : value;

/** Arguments that wait, with copies of the program's own data, which would have been copied at the call. */
function keptArguments(args: object): object {
  const { buffer, buffers } = args as { buffer?: unknown; buffers?: unknown };
  if (buffers !== undefined) return { ...args, buffers: kept(buffers) };
  return buffer === undefined ? args : { ...args, buffer: kept(buffer) };
}

/** Sends or writes bytes that a short transfer left. */
export type Remainder = (
  buffer: Buffer,
  flags: number,
  options: OperationOptions | undefined,
) => Promise<number>;

export class Lane implements Renewing {
  readonly #host: HandleHost;
  readonly #parts: RingParts;
  readonly #direction: 'in' | 'out';
  readonly #remainder: Remainder | undefined;
  readonly #queue = new Fifo<Turn>();
  /** Of the newest that was started, as long as nobody waits for it: asking it costs less than being told. */
  #slot: Slot | undefined;
  #generation = 0;
  #options: OperationOptions | undefined;
  /** The newest tells when it is over. */
  #watched = false;
  /** The newest stream that is not over. */
  #stream: LaneStream | undefined;
  /** The one whose turn it is. */
  #streaming: LaneStream | undefined;

  /** @param remainder on streams of bytes that go out, where what a short transfer left must come before the next */
  constructor(host: HandleHost, direction: 'in' | 'out', remainder?: Remainder) {
    this.#host = host;
    this.#parts = host.parts;
    this.#direction = direction;
    this.#remainder = remainder;
  }

  /** Starts a call now, or in its turn. Members of a chain are ordered by that. */
  run<Args extends object, Result>(
    operation: Ordered<Args, Result>,
    args: Args,
    options: OperationOptions | undefined,
  ): Promise<Result> {
    const refusal = this.#stream === undefined ? undefined : this.refusal(operation.name);
    if (refusal !== undefined) return this.#parts.refuse(refusal);
    if (this.#parts.chaining()) return operation.begin(this.#host, args, options);
    if (this.#queue.length === 0 && !this.#busy())
      return this.#begun(operation.begin(this.#host, args, options), options);
    const call = { operation: operation as unknown as Call['operation'], args, options };
    return this.#enqueue(call) as Promise<Result>;
  }

  /** Why nothing else can take in what arrives; undefined where no stream does. */
  refusal(name: string): RingError | undefined {
    const stream = this.#stream;
    if (stream === undefined || stream.isEnding()) return undefined;
    const problem = `${name}: a multishot stream (${stream.operation.name}) takes in what arrives on this handle, and with another receiver the bytes would go to both in no order`;
    const remedy = 'take from the stream, or end it first (its return(), or break)';
    return new RingError('ERR_RING_RESOURCE', `${problem}; ${remedy}`, {
      syscall: name,
      op: stream.operation.constant,
    });
  }

  /** A stream begins, now or in its turn. Throws where another is open. @internal */
  enter(stream: LaneStream): void {
    const { operation } = stream;
    const refusal = this.refusal(operation.name);
    if (refusal !== undefined) throw refusal;
    this.#stream = stream;
    if (this.#queue.length === 0 && !this.#busy()) this.#begin(stream);
    else this.#wait(new Turn({ operation, stream, args: {}, options: undefined }));
  }

  /** A stream is over. @internal */
  leave(stream: LaneStream): void {
    if (this.#stream === stream) this.#stream = undefined;
    if (this.#streaming === stream) {
      this.#streaming = undefined;
      this.#next();
      return;
    }
    for (const turn of this.#queue.toArray()) if (turn.call.stream === stream) turn.leave();
  }

  #begin(stream: LaneStream): void {
    this.#slot = undefined;
    this.#streaming = stream;
    stream.begin();
  }

  /** The handle was closed: what waits will be refused when it is started. */
  close(): void {
    for (const turn of this.#queue.clear()) if (!turn.over) this.#take(turn);
    this.#parts.cancellation.renewing.delete(this);
  }

  /** The program cancels operations of its ring. @internal */
  cancelled(isMeant: (operation: Cancellable) => boolean): number {
    let count = 0;
    for (const turn of this.#queue.toArray()) {
      const { operation, args, stream } = turn.call;
      // Streams are asked by themselves.
      if (turn.over || stream !== undefined || !isMeant({ operation, args, promise: turn.promise })) continue;
      turn.reject(cancelledError(operation));
      count += 1;
    }
    return count;
  }

  /** Whether the next has to wait. A zero-copy send is over when it has sent, whatever the network still reads. */
  #busy(): boolean {
    if (this.#watched || this.#streaming !== undefined) return true;
    const slot = this.#slot;
    if (slot === undefined || !this.#parts.inFlight.isCurrent(slot, this.#generation)) return false;
    return !(slot.progressed && isZeroCopy(slot.operation!));
  }

  /** Takes note of what was started, by its promise. */
  #begun<Result>(promise: Promise<Result>, options: OperationOptions | undefined): Promise<Result> {
    const { inFlight } = this.#parts;
    const slot = inFlight.newest;
    this.#options = options;
    if (slot !== undefined && slot.promise === promise) {
      this.#slot = slot;
      this.#generation = slot.generation;
      return promise;
    }
    this.#slot = undefined;
    // It waits for its ring; or was refused, so that nothing is in flight.
    const entry = inFlight.waiters.newest;
    if (entry !== undefined && entry.promise === promise) this.#watch(entry);
    return promise;
  }

  #enqueue(call: Call): Promise<unknown> {
    try {
      checkOptions(call.options ?? {}, call.operation.name);
      const { name, constant } = call.operation;
      const signal = call.options?.signal;
      if (signal?.aborted === true) throw abortError(signal, name, constant);
      const args = this.#direction === 'out' ? keptArguments(call.args) : call.args;
      const turn = new Turn({ ...call, args });
      this.#wait(turn);
      return turn.promise;
    } catch (error) {
      return this.#parts.refuse(error);
    }
  }

  #wait(turn: Turn): void {
    if (!this.#watched && this.#streaming === undefined) this.#watch(this.#slot!);
    this.#queue.push(turn);
    this.#parts.cancellation.renewing.add(this);
  }

  /** Has an operation tell when it is over. */
  #watch(holder: Slot | Entry): void {
    this.#watched = true;
    const { resolve, reject } = holder;
    const zeroCopy = isZeroCopy(holder.operation!);
    let told = false;
    const over = (): void => {
      if (told) return;
      told = true;
      this.#watched = false;
      this.#slot = undefined;
      this.#next();
    };
    holder.resolve = (value, res, ready) => {
      const more = this.#remainder !== undefined && this.#queue.length > 0 && !zeroCopy;
      const rest = more ? restOf(ready, res) : undefined;
      if (rest === undefined) {
        resolve!(value, res, ready);
        over();
      } else {
        void this.#finish(rest, ready, res).then((sent) => {
          resolve!(sent, sent, ready);
          over();
        });
      }
    };
    holder.reject = (reason) => {
      fail(resolve!, reject, reason);
      over();
    };
    if (zeroCopy) holder.onMore = over;
  }

  /** Sends what a short transfer left, because more is to follow it. @returns how many bytes were sent in all */
  async #finish(rest: Buffer, ready: object, already: number): Promise<number> {
    const { flags, msgFlags = 0 } = ready as { flags?: number; msgFlags?: number };
    let sent = already;
    for (let left = rest; left.byteLength > 0; left = rest.subarray(sent - already)) {
      const count = await this.#remainder!(left, flags ?? msgFlags, this.#options).catch(() => 0);
      // Told as sent is what was; the next finds out by itself what is wrong.
      if (count === 0) break;
      sent += count;
    }
    return sent;
  }

  #next(): void {
    while (!this.#busy()) {
      const turn = this.#queue.first();
      if (turn === undefined) {
        this.#parts.cancellation.renewing.delete(this);
        return;
      }
      this.#queue.shift();
      if (!turn.over) this.#take(turn);
    }
  }

  #take(turn: Turn): void {
    const { operation, args, stream } = turn.call;
    const options = turn.leave();
    if (stream !== undefined) {
      this.#begin(stream);
      return;
    }
    const promise = this.#begun(operation.begin!(this.#host, args, options), options);
    turn.follow(promise);
    // By its own promise the program can have it cancelled.
    const holder = this.#watched ? this.#parts.inFlight.waiters.newest : this.#slot;
    if (holder !== undefined) holder.promise = turn.promise;
    if (this.#slot !== undefined) this.#watch(this.#slot);
  }
}
