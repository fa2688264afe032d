/**
 * An operation with an AbortSignal or a timeout. Its promise settles when the kernel has answered for everything that
 * was submitted for it: the operation, its linked timeout, and the close of a descriptor nobody wants any more.
 */
import {
  IORING_OP_CLOSE,
  IORING_OP_LINK_TIMEOUT,
  IOSQE_IO_DRAIN,
  IOSQE_IO_LINK,
} from '../generated/abi/constants.js';
import type { Cancellation } from './cancellation.js';
import { abortError, type RingError, timeoutError } from './errors.js';
import type { InFlight } from './in-flight.js';
import type { AnyOperation, CreatedDescriptor, OperationOptions } from './operation.js';
import type { Duration, Pins } from './pins.js';
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

export const closeOperation = rawOperation(IORING_OP_CLOSE, 'close', 'IORING_OP_CLOSE');

/** SQE fields of the close of a descriptor; slots count from 1 there. */
export function closeFields(created: CreatedDescriptor): RawArgs {
  return created.slot === undefined
    ? { opcode: IORING_OP_CLOSE, fd: created.fd ?? -1 }
    : { opcode: IORING_OP_CLOSE, fileIndex: created.slot + 1 };
}

/** Closes a descriptor that nobody is left to own. */
export function closeCreated(inFlight: InFlight, created: CreatedDescriptor): Promise<void> {
  return new Promise((resolve) => {
    // A close that fails has closed all the same.
    const done = (): void => resolve();
    inFlight.startUrgent({
      operation: closeOperation,
      args: closeFields(created),
      sqeFlags: 0,
      weight: 0,
      resolve: done,
      reject: done,
    });
  });
}

/** What an operation's completion said. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

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
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.entry = {
      operation,
      args: start.args,
      onMore: start.onMore,
      sqeFlags:
        (options.drain === true ? IOSQE_IO_DRAIN : 0) | (this.#timeout === 'none' ? 0 : IOSQE_IO_LINK),
      weight: start.weight,
      promise: this.promise,
      resolve: (value) => this.#over({ value }),
      reject: (error) => this.#over({ error }),
      next: options.timeout === undefined ? undefined : this.#timeoutEntry(options.timeout),
    };
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  #timeoutEntry(timeout: Duration): Entry {
    const ended = (error?: unknown): void => {
      this.#timeout = (error as RingError | undefined)?.code === 'ETIME' ? 'fired' : 'over';
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

  /** Arguments were refused: nothing of it is in flight. */
  refused(error: unknown): void {
    this.#timeout = 'over';
    this.#over({ error });
  }

  readonly #onAbort = (): void => {
    this.#aborted = true;
    const { slot } = this.entry;
    if (slot !== undefined) {
      if (this.#inFlight.isCurrent(slot, this.entry.generation!)) void this.#cancellation.insist(slot);
    } else if (this.entry.dropped !== true) {
      this.entry.dropped = true;
      this.#reject(abortError(this.#signal!, this.#operation.name, this.#operation.constant));
    }
  };

  #over(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#settle();
  }

  #settle(): void {
    const outcome = this.#outcome;
    if (outcome === undefined || this.#timeout === 'running') return;
    this.#signal?.removeEventListener('abort', this.#onAbort);
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
    if ('value' in outcome && unwanted !== undefined) {
      unwanted(outcome.value);
    } else if ('value' in outcome) {
      // It succeeded before the cancellation reached it. What it made is closed; what it moved is told.
      error.result = outcome.value;
      await this.#giveUp(outcome.value);
    }
    this.#reject(error);
  }

  #giveUp(value: unknown): Promise<void> {
    const created =
      typeof value === 'number' ? this.#operation.descriptor?.(value, this.entry.args) : undefined;
    return created === undefined ? Promise.resolve() : closeCreated(this.#inFlight, created);
  }
}

/** A blocking operation in a worker thread is interrupted instead. */
function isCancelled(error: unknown): boolean {
  const { code } = error as RingError;
  return code === 'ECANCELED' || code === 'EINTR';
}
