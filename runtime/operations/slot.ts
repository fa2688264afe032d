/**
 * An operation in flight, and one that is to be.
 */

import type { Pinned } from '../arguments/memory-pins.js';
import type { AnyOperation, Held } from './operation.js';

/** Called for each completion before the terminal one, with `cqe->res` and `cqe->flags`. */
export type MoreListener = (res: number, flags: number) => void;

/** Called with the result, and what it was made of: `cqe->res`, and the arguments as the kernel had them. */
export type Resolve = (value: unknown, res: number, ready: object) => void;

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
  /** It is a member of a chain. */
  linked = false;
  /** Its cancellation was asked for. */
  cancelled = false;
  /** It was taken back before the kernel saw it: what completes in its place is a NOP. */
  withdrawn = false;
  /** A zero-copy send whose memory the network may still read, but whose promise is settled. */
  told = false;
  /** Its stream was unref'd. */
  background = false;
  /** It does not keep the process alive; see references.ts. */
  uncounted = false;
  /** It had a completion before its last. */
  progressed = false;
  /** Nothing else may be started while it is in flight. */
  alone = false;
  /** The result, where it arrives before the terminal completion (zero-copy sends). */
  early = 0;
  resolve: Resolve | undefined;
  /** Absent where `resolve` is that of the program's own promise: see {@link rejectWithCaller}. */
  reject: ((reason: unknown) => void) | undefined;
  /** What the program was given for it; finds the operation again. */
  promise: Promise<unknown> | undefined;

  constructor(readonly index: number) {}

  /** A new one, at the end of all there are. */
  static added(slots: Slot[]): Slot {
    const slot = new Slot(slots.length);
    slots.push(slot);
    return slot;
  }

  /** An operation is in flight in it. */
  begin(operation: AnyOperation): void {
    this.operation = operation;
    this.cancelled = this.withdrawn = this.told = this.progressed = this.linked = false;
    this.background = this.uncounted = false;
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
