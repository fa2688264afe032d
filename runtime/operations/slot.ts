/**
 * An operation in flight, and one that is to be.
 */

import type { Pinned } from '../arguments/memory-pins.js';
import { rejectWithCaller } from './caller-stack.js';
import type { AnyOperation, Held } from './operation.js';

/** Called for each completion before the terminal one, with `cqe->res` and `cqe->flags`. */
export type MoreListener = (res: number, flags: number) => void;

/** Called with the result, and what it was made of: `cqe->res`, and the arguments as the kernel had them. */
export type Resolve = (value: unknown, res: number, ready: object) => void;

/** What is true of few operations, one bit each: taking all back in one store is 5 % of a NOP. */
const LINKED = 1;
const CANCELLED = 2;
const WITHDRAWN = 4;
const TOLD = 8;
const BACKGROUND = 16;
const UNCOUNTED = 32;
const PROGRESSED = 64;
const ALONE = 128;

/** An operation in flight. Slots are reused; the generation tells a late completion from a current one. */
export class Slot {
  generation = 0;
  /** Completions it may have in the queue at a time. */
  weight = 1;
  /** Of its SQE in the submission queue, while it is prepared. */
  position = 0;
  operation: AnyOperation | undefined;
  onMore: MoreListener | undefined;
  ready: object | undefined;
  held: Held;
  pinned: Pinned | undefined;
  /** The result, where it arrives before the terminal completion (zero-copy sends). */
  early = 0;
  resolve: Resolve | undefined;
  /** Absent where `resolve` is that of the program's own promise: see {@link rejectWithCaller}. */
  reject: ((reason: unknown) => void) | undefined;
  /** What the program was given for it; finds the operation again. */
  promise: Promise<unknown> | undefined;

  #marks = 0;

  constructor(readonly index: number) {}

  /** A new one, at the end of all there are. */
  static added(slots: Slot[]): Slot {
    const slot = new Slot(slots.length);
    slots.push(slot);
    return slot;
  }

  /** An operation is in flight in it, of which nothing is told yet. */
  begin(operation: AnyOperation): void {
    this.operation = operation;
    this.#marks = 0;
  }

  /** Whether more than its promise is to be seen to when it ends. */
  get special(): boolean {
    return (this.#marks & (TOLD | UNCOUNTED | ALONE)) !== 0;
  }

  #mark(bit: number, on: boolean): void {
    this.#marks = on ? this.#marks | bit : this.#marks & ~bit;
  }

  /** It is a member of a chain. */
  get linked(): boolean {
    return (this.#marks & LINKED) !== 0;
  }

  set linked(on: boolean) {
    this.#mark(LINKED, on);
  }

  /** Its cancellation was asked for. */
  get cancelled(): boolean {
    return (this.#marks & CANCELLED) !== 0;
  }

  set cancelled(on: boolean) {
    this.#mark(CANCELLED, on);
  }

  /** It was taken back before the kernel saw it: what completes in its place is a NOP. */
  get withdrawn(): boolean {
    return (this.#marks & WITHDRAWN) !== 0;
  }

  set withdrawn(on: boolean) {
    this.#mark(WITHDRAWN, on);
  }

  /** A zero-copy send whose memory the network may still read, but whose promise is settled. */
  get told(): boolean {
    return (this.#marks & TOLD) !== 0;
  }

  set told(on: boolean) {
    this.#mark(TOLD, on);
  }

  /** Its stream was unref'd. */
  get background(): boolean {
    return (this.#marks & BACKGROUND) !== 0;
  }

  set background(on: boolean) {
    this.#mark(BACKGROUND, on);
  }

  /** It does not keep the process alive; see references.ts. */
  get uncounted(): boolean {
    return (this.#marks & UNCOUNTED) !== 0;
  }

  set uncounted(on: boolean) {
    this.#mark(UNCOUNTED, on);
  }

  /** It had a completion before its last. */
  get progressed(): boolean {
    return (this.#marks & PROGRESSED) !== 0;
  }

  set progressed(on: boolean) {
    this.#mark(PROGRESSED, on);
  }

  /** Nothing else may be started while it is in flight. */
  get alone(): boolean {
    return (this.#marks & ALONE) !== 0;
  }

  set alone(on: boolean) {
    this.#mark(ALONE, on);
  }

  /** Lets go of everything the operation had. */
  clear(): void {
    this.operation = this.onMore = this.ready = this.held = this.pinned = undefined;
    this.promise = this.resolve = this.reject = undefined;
  }
}

/** By which the kernel knows an operation. */
export const userData = (slot: Slot): bigint => (BigInt(slot.generation >>> 0) << 32n) | BigInt(slot.index);

/** An operation to be submitted, alone or with the ones linked behind it. */
export interface Entry {
  readonly operation: AnyOperation;
  args: object;
  onMore?: MoreListener | undefined;
  /** IOSQE_* bits beside those of the arguments: links. */
  sqeFlags: number;
  /** Starts when nothing is in flight, and lets nothing start beside it. Said of the first of a link for all of it. */
  drain?: boolean;
  readonly weight: number;
  /** It does not keep the process alive. */
  background?: boolean;
  resolve: Resolve;
  reject: (reason: unknown) => void;
  promise?: Promise<unknown> | undefined;
  /** The next one of the same link; all of a link are submitted together. */
  next?: Entry | undefined;
  /** Waits for room. Said of the first of a link for all of it, as is the next. */
  waiting?: true;
  /** Settled before it was submitted, so that it must not be. */
  dropped?: true;
  /** Once submitted. */
  slot?: Slot;
  generation?: number;
}

/** An operation alone. (Not in the function that starts one, where a closure would cost those that are submitted at once.) */
export function entryOf(
  operation: AnyOperation,
  args: object,
  promise: Promise<unknown>,
  resolve: Resolve,
): Entry {
  const reject = (reason: unknown): void => rejectWithCaller(resolve, reason);
  return { operation, args, sqeFlags: 0, weight: 1, promise, resolve, reject };
}

/** An entry and everything linked behind it. */
export function* linked(head: Entry): Generator<Entry> {
  for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) yield entry;
}

/** Rejects an entry and everything linked behind it. */
export function rejectLink(head: Entry, reason: (operation: AnyOperation) => unknown): void {
  for (const entry of linked(head)) entry.reject(reason(entry.operation));
}

/** Places in the queue that a large SQE may need among small ones, with what is left out before the queue's end. */
const PLACES_OF_LARGE = 3;

/** What a link asks for: places in the submission queue, at most, and credit. `mixed`: the queue has SQEs of both sizes. */
export function needs(head: Entry, mixed: boolean): { readonly places: number; readonly weight: number } {
  let places = 0;
  let weight = 0;
  for (const { operation, weight: own } of linked(head)) {
    places += mixed && operation.sqeBytes === 128 ? PLACES_OF_LARGE : 1;
    weight += own;
  }
  return { places, weight };
}
