/**
 * Cancelling what is in flight. A request to cancel is only a request: the operation settles on its own completion, and
 * one that the request missed (it was on its way to a worker) is asked for again.
 */
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_FD,
  IORING_ASYNC_CANCEL_FD_FIXED,
  IORING_OP_ASYNC_CANCEL,
} from '../../generated/abi/constants.js';
import type { Descriptor, OrdinaryDescriptor } from '../arguments/descriptor.js';
import { cancelledError, RingError } from '../errors.js';
import { OwnedDescriptor } from '../handles/owned-descriptor.js';
import { DirectDescriptor } from '../resources/direct-descriptor.js';
import type { InFlight } from './in-flight.js';
import { type RawArgs, rawOperation } from './raw-operation.js';
import { type Entry, linked, type Slot, userData } from './slot.js';

interface Request {
  readonly addr?: bigint;
  readonly fd?: OrdinaryDescriptor;
  readonly flags?: number;
}

const asyncCancel = rawOperation(IORING_OP_ASYNC_CANCEL, 'cancel', 'IORING_OP_ASYNC_CANCEL');

/** How long until a cancellation is asked for again: at first, and at most. */
const AGAIN_MS = 20;
const AGAIN_MS_MAX = 1000;

/**
 * What the kernel says of a request: the operation will complete with ECANCELED; it runs in a worker, which was told to
 * stop; or there is none to be found, because it is over, on its way to a worker, or linked behind one that still runs.
 */
type Answer = 'cancelled' | 'running' | 'missed';

/**
 * What to cancel: the operation behind a promise, all on a descriptor, all of an opcode, or all there are. Streams that
 * are meant end with ECANCELED, those that pause too; `stream.return()` ends one of them.
 */
export type CancelTarget =
  | { readonly op: Promise<unknown> }
  | { readonly fd: Descriptor }
  | { readonly opcode: number }
  | { readonly all: true };

/** A target without doubt: what is meant to cancel one thing must not cancel everything. */
function checkTarget(target: CancelTarget): void {
  const { op, fd, opcode, all } = (target ?? {}) as Record<string, unknown>;
  const isFile = Number.isInteger(fd) || fd instanceof OwnedDescriptor || fd instanceof DirectDescriptor;
  const named = [op instanceof Promise, isFile, Number.isInteger(opcode), all === true];
  if (named.includes(true) && Object.keys(target).length === 1) return;
  throw Object.assign(
    new TypeError(
      'cancel: say what, by one of {op: promise}, {fd: number, handle or DirectDescriptor}, {opcode: number} and {all: true}',
    ),
    { code: 'ERR_INVALID_ARG_VALUE' },
  );
}

/** What a target is compared with: an operation that waits, or that a stream submits again and again. */
export interface Cancellable extends Pick<Entry, 'args' | 'promise'> {
  readonly operation: { readonly opcode: number };
}

/**
 * What submits operations later: a stream, which would submit one again that it had cancelled itself, and has none while it
 * pauses; or calls of a handle that wait for those before them.
 */
export interface Renewing {
  /** Ends with ECANCELED what is meant. @returns how many were meant and had nothing in flight */
  cancelled(isMeant: (operation: Cancellable) => boolean): number;
}

/** A handle and its number are the same file. */
const sameFile = (a: unknown, b: Descriptor): boolean => {
  const numbered = (file: unknown): unknown =>
    file instanceof OwnedDescriptor ? OwnedDescriptor.number(file) : file;
  return a === b || numbered(a) === numbered(b);
};

const isMeant = ({ operation, args, promise }: Cancellable, target: CancelTarget): boolean =>
  'all' in target ||
  ('op' in target && promise === target.op) ||
  ('fd' in target && sameFile((args as { readonly fd?: unknown }).fd, target.fd)) ||
  ('opcode' in target && operation.opcode === target.opcode);

export class Cancellation {
  readonly #inFlight: InFlight;
  /** Operations whose cancellation is asked for again and again, with their generation. */
  readonly #asking = new Map<Slot, number>();
  /** Streams that run. */
  readonly renewing = new Set<Renewing>();

  constructor(inFlight: InFlight) {
    this.#inFlight = inFlight;
  }

  /** @returns how many operations were found at once */
  async cancel(target: CancelTarget): Promise<number> {
    checkTarget(target);
    const dropped = this.#dropWaiting(target) + this.#endPaused(target);
    if ('fd' in target) return dropped + (await this.#byDescriptor(target.fd));
    if ('op' in target) {
      const slot = this.#inFlight.find(target.op);
      return dropped + (slot === undefined ? 0 : Number(await this.one(slot)));
    }
    const opcode = 'opcode' in target ? target.opcode : undefined;
    return dropped + (await this.each(this.#inFlight.each(opcode)));
  }

  #dropWaiting(target: CancelTarget): number {
    let count = 0;
    for (const head of this.#inFlight.waiters.entries()) {
      const members = [...linked(head)];
      if (!members.some((entry) => isMeant(entry, target))) continue;
      count += members.filter(({ promise }) => promise !== undefined).length;
      this.#inFlight.waiters.drop(head, cancelledError);
    }
    return count;
  }

  #endPaused(target: CancelTarget): number {
    let count = 0;
    for (const one of [...this.renewing]) count += one.cancelled((operation) => isMeant(operation, target));
    return count;
  }

  async #request({ addr = 0n, fd = 0, flags = 0 }: Request): Promise<number> {
    // From within a getter of arguments: when those have been read.
    if (this.#inFlight.preparing) await undefined;
    return new Promise((resolve, reject) => {
      const args: RawArgs = { opcode: IORING_OP_ASYNC_CANCEL, addr, fd, cancelFlags: flags };
      this.#inFlight.waiters.startUrgent({
        operation: asyncCancel,
        args,
        sqeFlags: 0,
        weight: 0,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
    });
  }

  async #ask(slot: Slot, whole = false): Promise<Answer> {
    if (this.#inFlight.cancel(slot, whole)) return 'cancelled';
    try {
      await this.#request({ addr: userData(slot) });
      return 'cancelled';
    } catch (error) {
      const { code } = error as RingError;
      if (code === 'EALREADY' || code === 'ETIME') return 'running';
      if (code === 'ENOENT') return 'missed';
      throw error;
    }
  }

  /**
   * Asks for the cancellation of one operation, and in the background goes on asking until it is over.
   * @param whole the rest of its chain is to be cancelled too
   * @returns whether the kernel found it at once
   */
  async one(slot: Slot, whole = false): Promise<boolean> {
    const { generation } = slot;
    let answer: Answer = 'missed';
    try {
      answer = await this.#ask(slot, whole);
    } finally {
      if (answer !== 'cancelled') void this.#askAgain(slot, generation);
    }
    return answer !== 'missed';
  }

  /** As {@link one}, for those who do not look at the answer. */
  async insist(slot: Slot, whole = false): Promise<void> {
    await this.one(slot, whole).catch(() => undefined);
  }

  /**
   * As {@link #ask}, right after the kernel has run what it had put off. A clock that ticks faster than the event loop turns
   * has nearly always ticked by the time a request comes, and cannot be found until its tick is dealt with.
   */
  async #askAtOnce(slot: Slot): Promise<Answer> {
    const { port, preparing } = this.#inFlight;
    if (!preparing) port.native.getEvents();
    const answer = this.#ask(slot);
    if (!preparing) port.flush(0, -1);
    return answer;
  }

  async #askAgain(slot: Slot, generation: number): Promise<void> {
    if (this.#asking.get(slot) === generation) return;
    this.#asking.set(slot, generation);
    for (let ms = AGAIN_MS; ; ms = Math.min(ms * 2, AGAIN_MS_MAX)) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      if (!this.#inFlight.isCurrent(slot, generation)) break;
      const answer = await this.#askAtOnce(slot).catch(() => 'missed');
      if (answer === 'cancelled') break;
    }
    if (this.#asking.get(slot) === generation) this.#asking.delete(slot);
  }

  /** Asks for all operations on a descriptor. @returns how many the kernel found */
  async #byDescriptor(fd: Descriptor): Promise<number> {
    const all = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL;
    try {
      if (fd instanceof DirectDescriptor)
        return await this.#request({ fd: fd.slot, flags: all | IORING_ASYNC_CANCEL_FD_FIXED });
      return await this.#request({ fd, flags: all });
    } catch (error) {
      const { code } = error as RingError;
      if (code === 'ENOENT') return 0;
      if (code !== 'EINVAL') throw error;
      throw new RingError(
        'ERR_RING_UNSUPPORTED',
        'this kernel cannot cancel by descriptor (since Linux 5.19)',
        {
          syscall: 'cancel',
          op: 'IORING_OP_ASYNC_CANCEL',
        },
      );
    }
  }

  /** Asks for each of the operations given, as {@link one} does. @returns how many the kernel found at once */
  async each(slots: Iterable<Slot>): Promise<number> {
    const asked = [...slots].filter(({ operation }) => operation !== asyncCancel);
    const found = await Promise.all(asked.map((slot) => this.one(slot)));
    return found.filter(Boolean).length;
  }
}
