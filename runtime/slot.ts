/**
 * An operation in flight, and one that is to be.
 */
import type { AnyOperation, Held } from './operation.js';
import type { Pinned } from './pins.js';

/** Called for each completion before the terminal one, with `cqe->res` and `cqe->flags`. */
export type MoreListener = (res: number, flags: number) => void;

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
  resolve: ((value: unknown) => void) | undefined;
  reject: ((reason: unknown) => void) | undefined;
  /** What the program was given for it; finds the operation again. */
  promise: Promise<unknown> | undefined;

  constructor(readonly index: number) {}
}

/** An operation to be submitted, alone or with the ones linked behind it. */
export interface Entry {
  readonly operation: AnyOperation;
  args: object;
  readonly onMore?: MoreListener | undefined;
  /** IOSQE_* bits beside those of the arguments: links, drain. */
  sqeFlags: number;
  readonly weight: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  promise?: Promise<unknown> | undefined;
  /** The next one of the same link; all of a link are submitted together. */
  next?: Entry | undefined;
  /** Settled while it waited: not to be submitted. Said of the first of a link for all of it. */
  dropped?: true;
  /** Once submitted. */
  slot?: Slot;
  generation?: number;
}
