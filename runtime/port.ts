/**
 * A ring's two queues, as the rest of the runtime drives them. There are two ports: one writes into the ring's mapped
 * memory from JavaScript, one goes through the native encoders where JavaScript cannot map it.
 */
import type { NativeRing } from './native.js';
import type { Encodable, Held } from './operation.js';

/** The refusal of IOSQE_CQE_SKIP_SUCCESS: such an operation would hold its memory, and its ring, for ever. */
export function skipError(operation: string): Error {
  const problem = 'IOSQE_CQE_SKIP_SUCCESS leaves no completion to tell when the operation is over';
  return Object.assign(new TypeError(`${operation}: sqeFlags: ${problem}`), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
}

/** Receives completions: `ints[at]` and the three words after it are user_data (low, high), res and flags. */
export interface CompletionSink {
  completed(ints: Int32Array, at: number): void;
}

export interface Port {
  readonly native: NativeRing;
  /** Prepared operations without a terminal completion. */
  readonly inFlight: number;
  /** Position of the next free SQE, or -1 when the submission queue is full. It becomes real with {@link commit}. */
  reserve(): number;
  /** SQEs that can be prepared now without a flush. */
  room(): number;
  /** Like {@link reserve}, for an SQE of 128 bytes among ones of 64, which takes two places that lie side by side. */
  reserveLarge(): number;
  /** Where the next SQE goes, to go back to with {@link rewind}. */
  readonly tail: number;
  /** Takes back what was committed since `tail` was this and has not been flushed. */
  rewind(tail: number): void;
  /** Writes an SQE. `sqeFlags`: IOSQE_* bits beside the operation's own. */
  encode<Ready extends object>(
    operation: Encodable<Ready>,
    position: number,
    ready: Ready,
    sqeFlags: number,
  ): Held;
  stamp(position: number, userDataLow: number, userDataHigh: number): void;
  commit(): void;
  /** Makes an SQE of 128 bytes real. */
  commitLarge(): void;
  /** Completions waiting in the queue. */
  readonly waiting: number;
  /** Hands at most `limit` completions to the sink; returns how many. A sink that throws loses none. */
  reap(sink: CompletionSink, limit: number): number;
  /** That many operations reached their terminal completion. */
  settle(count: number): void;
  /**
   * Makes the kernel take everything prepared, and waits until `minComplete` completions are there to reap, those that
   * are there already counted; for at most `timeoutMs` when that is not negative. Returns 0, also when a signal or the
   * time ended the wait, or -errno. After `minWaitUs` one completion is enough, where the kernel can do that.
   */
  flush(minComplete: number, timeoutMs: number, minWaitUs?: number): number;
  /** The queues lie elsewhere and have other sizes now. */
  remap(): void;
  /** Keeps the process alive until nothing is in flight any more. */
  reference(): void;
  /** Completions overflowed the queue and wait in the kernel. */
  readonly overflowed: boolean;
  /** Takes back every SQE the kernel has not seen; returns their user_data as pairs of words, oldest first. */
  dropUnsubmitted(): Uint32Array;
  /**
   * Lets go of the ring's memory, after waiting at most `budgetMs` for what is still in flight. Nothing else may be
   * called afterwards.
   */
  close(budgetMs?: number): void;
}
