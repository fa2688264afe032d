/**
 * An operation with an AbortSignal or a timeout. Both run from the call, wherever the operation is: waiting for room, in
 * the queue, in the kernel. The promise settles when the kernel has answered for it: an operation that had succeeded when
 * its cancellation came delivers what it brought, since nobody else could.
 */
import { snapshot } from '../arguments/arguments.js';
import { abortError, cancelledError, RingError, timeoutError } from '../errors.js';
import { offAbort, onAbort } from './abort-listeners.js';
import { rejectWithCaller } from './caller-stack.js';
import type { Cancellation } from './cancellation.js';
import type { ChainMember } from './chain.js';
import { Deadline } from './deadline.js';
import type { InFlight } from './in-flight.js';
import type { AnyOperation, OperationOptions } from './operation.js';
import type { Entry, MoreListener } from './slot.js';

interface Start {
  readonly operation: AnyOperation;
  readonly args: object;
  readonly onMore: MoreListener | undefined;
  readonly options: OperationOptions;
  readonly weight: number;
}

export class Supervised implements ChainMember {
  readonly promise: Promise<unknown>;
  readonly entry: Entry;
  readonly #inFlight: InFlight;
  readonly #cancellation: Cancellation;
  readonly #operation: AnyOperation;
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: Deadline | undefined;
  #reject!: (reason: unknown) => void;
  #aborted = false;

  constructor(inFlight: InFlight, cancellation: Cancellation, start: Start) {
    const { operation, options } = start;
    this.#inFlight = inFlight;
    this.#cancellation = cancellation;
    this.#operation = operation;
    this.#signal = options.signal;
    if (options.timeout !== undefined)
      this.#deadline = new Deadline(options.timeout, `${operation.name}: timeout`, () => this.#stop());
    let resolve!: (value: unknown) => void;
    this.promise = new Promise((settled) => {
      resolve = settled;
      this.#reject = (reason) => rejectWithCaller(settled, reason);
    });
    this.entry = {
      operation,
      // A copy, because the program may change its own while this one waits.
      args: snapshot(start.args),
      onMore: start.onMore,
      sqeFlags: 0,
      drain: options.drain === true,
      weight: start.weight,
      promise: this.promise,
      resolve: (value) => {
        this.#over();
        resolve(value);
      },
      reject: (error) => {
        this.#over();
        this.#fail(error);
      },
    };
    onAbort(this.#signal, this.#onAbort);
    // By a getter among the arguments that have been copied.
    if (this.#signal?.aborted === true) this.#onAbort();
  }

  /** The time it may take runs from now on. */
  readonly begin = (): void => {
    this.#deadline?.begin();
  };

  readonly #onAbort = (): void => {
    this.#aborted = true;
    this.#stop();
  };

  #stop(): void {
    const { slot, generation } = this.entry;
    if (slot === undefined) this.#inFlight.waiters.drop(this.entry, cancelledError);
    else if (this.#inFlight.isCurrent(slot, generation!)) void this.#cancellation.insist(slot);
  }

  #over(): void {
    offAbort(this.#signal, this.#onAbort);
    this.#deadline?.end();
  }

  #fail(error: unknown): void {
    const { name, constant } = this.#operation;
    let reason = error;
    if (this.#aborted) reason = abortError(this.#signal!, name, constant);
    else if (this.#deadline?.expired === true && isCancelled(error)) reason = timeoutError(name, constant);
    if (reason !== error && error instanceof RingError && error.result !== undefined) {
      (reason as { result?: unknown }).result = error.result;
    }
    this.#reject(reason);
  }
}

const isCancelled = (error: unknown): boolean => (error as RingError).code === 'ECANCELED';
