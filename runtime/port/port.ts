/**
 * A ring's two queues, as the rest of the runtime drives them. There are two ports: one writes into the ring's mapped
 * memory from JavaScript, one goes through the native encoders where JavaScript cannot map it.
 */
import { IOSQE_CQE_SKIP_SUCCESS, IOSQE_IO_DRAIN } from '../../generated/abi/constants.js';
import type { Encodable, Held } from '../operations/operation.js';
import type { ExtraWords } from './extra-words.js';
import type { NativeRing } from './native.js';

/**
 * The refusal of IOSQE_* bits.
 *
 * IOSQE_CQE_SKIP_SUCCESS stays refused in chains too, where the completion of a later member could tell: when the kernel
 * is short of memory it may take a chain in two parts, and then nothing tells when the first part let go of its memory;
 * the results (bytes, descriptors) are lost; and the kernel never again allows `drain` on a ring that used it.
 */
export function refusedFlag(operation: string, flags: number): Error {
  let problem =
    'a link to whatever is submitted next, by any part of the program, is no order; use ring.chain()';
  if ((flags & IOSQE_IO_DRAIN) !== 0) problem = 'IOSQE_IO_DRAIN is the option {drain: true} here';
  if ((flags & IOSQE_CQE_SKIP_SUCCESS) !== 0) {
    problem = 'IOSQE_CQE_SKIP_SUCCESS leaves no completion to tell when the operation is over';
  }
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
  /** Takes back what was committed since `tail` was this and has not been flushed, `large` ones of 128 bytes among it. */
  rewind(tail: number, large: number): void;
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
  /** The two more words of the completion that the sink is given now; zeros where it is a small one. */
  readonly extra: ExtraWords;
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
  /** Keeps the process alive until nothing is in flight any more, but for what {@link background} says. */
  reference(): void;
  /** So many operations in flight do not keep the process alive. */
  background(count: number): void;
  /** Completions overflowed the queue and wait in the kernel. */
  readonly overflowed: boolean;
  /** The kernel had no memory for a completion that the queue could not hold, and dropped it. */
  readonly dropped: boolean;
  /**
   * Takes an SQE back that the kernel has not been told of: a NOP completes in its place.
   * @returns whether it could; not when the kernel may have seen it, nor when it takes two places
   */
  withdraw(userDataLow: number, userDataHigh: number): boolean;
  /** Takes back every SQE the kernel has not seen; returns their user_data as pairs of words, oldest first. */
  dropUnsubmitted(): Uint32Array;
  /**
   * Lets go of the ring's memory, after waiting at most `budgetMs` for what is still in flight. Nothing else may be
   * called afterwards.
   * @returns how many operations the kernel had not let go of: it may write to their memory still
   */
  close(budgetMs?: number): number;
}
