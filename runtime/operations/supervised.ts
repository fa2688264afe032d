/**
 * An operation with an AbortSignal or a timeout. Its promise settles when the kernel has answered for everything that
 * was submitted for it: the operation, its linked timeout, and the close of a descriptor nobody wants any more.
 */
import { IORING_OP_LINK_TIMEOUT, IOSQE_IO_DRAIN, IOSQE_IO_LINK } from '../../generated/abi/constants.js';
import { snapshot } from '../arguments/arguments.js';
import type { Duration, Pins } from '../arguments/pins.js';
import { abortError, cancelledError, type RingError, timeoutError } from '../errors.js';
import { offAbort, onAbort } from './abort-listeners.js';
import { rejectWithCaller } from './caller-stack.js';
import type { Cancellation } from './cancellation.js';
import { closeCreated } from './closing.js';
import type { CreatedDescriptor } from './created-descriptors.js';
import type { InFlight } from './in-flight.js';
import type { AnyOperation, OperationOptions } from './operation.js';
import { type RawArgs, rawOperation } from './raw-operation.js';
import type { Entry, MoreListener } from './slot.js';

const linkTimeoutFields = rawOperation(IORING_OP_LINK_TIMEOUT, 'timeout', 'IORING_OP_LINK_TIMEOUT');

const linkTimeout = {
  ...linkTimeoutFields,
  ready: (pins: Pins, args: { readonly timeout: Duration }): RawArgs => ({
    opcode: IORING_OP_LINK_TIMEOUT,
    addr: pins.timespec(args.timeout, 'timeout'),
    len: 1,
  }),
};

/** What an operation's completion said, and the descriptors it made. */
type Outcome =
  | { readonly value: unknown; readonly created: readonly CreatedDescriptor[] }
  | { readonly error: unknown };

/**
 * What completions of a linked timeout say when its time was up: the operation was cancelled; it runs in a worker, which
 * was told to stop; or it was not found.
 */
const TIME_IS_UP: ReadonlySet<unknown> = new Set(['ETIME', 'EALREADY', 'ENOENT']);

interface Start {
  readonly operation: AnyOperation;
  readonly args: object;
  readonly onMore: MoreListener | undefined;
  readonly options: OperationOptions;
  readonly weight: number;
}

export class Supervised {
  readonly promise: Promise<unknown>;
  /** To be submitted: the operation, and the timeout linked to it. */
  readonly entry: Entry;
  readonly #inFlight: InFlight;
  readonly #cancellation: Cancellation;
  readonly #operation: AnyOperation;
  readonly #signal: AbortSignal | undefined;
  #resolve!: (value: unknown) => void;
  #reject!: (reason: unknown) => void;
  #outcome: Outcome | undefined;
  #timeout: 'none' | 'running' | 'fired' | 'over';
  #aborted = false;

  constructor(inFlight: InFlight, cancellation: Cancellation, start: Start) {
    const { operation, options } = start;
    this.#inFlight = inFlight;
    this.#cancellation = cancellation;
    this.#operation = operation;
    this.#signal = options.signal;
    this.#timeout = options.timeout === undefined ? 'none' : 'running';
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
      this.#reject = (reason) => rejectWithCaller(resolve, reason);
    });
    this.entry = {
      operation,
      // A copy, because what is to be closed later is read from it.
      args: snapshot(start.args),
      onMore: start.onMore,
      sqeFlags:
        (options.drain === true ? IOSQE_IO_DRAIN : 0) | (this.#timeout === 'none' ? 0 : IOSQE_IO_LINK),
      weight: start.weight,
      promise: this.promise,
      resolve: (value, res, ready) => this.#over({ value, created: operation.created?.(res, ready) ?? [] }),
      reject: (error) => this.#over({ error }),
      next: options.timeout === undefined ? undefined : this.#timeoutEntry(options.timeout),
    };
    onAbort(this.#signal, this.#onAbort);
    // By a getter among the arguments that have been copied.
    if (this.#signal?.aborted === true) this.#onAbort();
  }

  #timeoutEntry(timeout: Duration): Entry {
    const ended = (error?: unknown): void => {
      const { code } = (error ?? {}) as Partial<RingError>;
      this.#timeout = TIME_IS_UP.has(code) ? 'fired' : 'over';
      // The kernel asks once only.
      if (code === 'ENOENT') this.#stop();
      this.#settle();
    };
    return {
      operation: linkTimeout,
      args: { timeout },
      sqeFlags: 0,
      weight: 1,
      resolve: () => ended(),
      reject: ended,
    };
  }

  readonly #onAbort = (): void => {
    this.#aborted = true;
    this.#stop();
  };

  #stop(): void {
    const { slot, generation } = this.entry;
    if (slot === undefined) this.#inFlight.drop(this.entry, cancelledError);
    else if (this.#inFlight.isCurrent(slot, generation!)) void this.#cancellation.insist(slot);
  }

  #over(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#settle();
  }

  #settle(): void {
    const outcome = this.#outcome;
    if (outcome === undefined || this.#timeout === 'running') return;
    offAbort(this.#signal, this.#onAbort);
    const { name, constant } = this.#operation;
    if (this.#aborted) void this.#settleAborted(outcome);
    else if ('value' in outcome) this.#resolve(outcome.value);
    else if (this.#timeout === 'fired' && isCancelled(outcome.error))
      this.#reject(timeoutError(name, constant));
    else this.#reject(outcome.error);
  }

  async #settleAborted(outcome: Outcome): Promise<void> {
    const { name, constant, unwanted } = this.#operation;
    const error = abortError(this.#signal!, name, constant);
    if ('value' in outcome) {
      // It may have succeeded before the cancellation reached it. What it moved is told; what it made is given back.
      if (unwanted === undefined) error.result = outcome.value;
      else unwanted(outcome.value);
      await Promise.all(outcome.created.map((created) => closeCreated(this.#inFlight, created)));
    }
    this.#reject(error);
  }
}

/** A blocking operation in a worker thread is interrupted instead. */
function isCancelled(error: unknown): boolean {
  const { code } = error as RingError;
  return code === 'ECANCELED' || code === 'EINTR';
}
