/**
 * Figures of a ring that tests and operators look at.
 */

/** What `ring.statistics` tells. */
export interface RingStatistics {
  /** Operations between submission and their terminal completion. */
  readonly inFlight: number;
  /** Operations waiting for room. */
  readonly waiting: number;
  /**
   * The most operations that can be in flight. Any number (`Infinity`) where the kernel keeps completions that its queue
   * cannot hold, as since Linux 5.5; else what the queue holds, which the ring's own cancellations and closes may exceed.
   */
  readonly capacity: number;
  /** Entries of the submission queue. */
  readonly entries: number;
  /** io_uring_enter calls so far. */
  readonly enters: number;
  /** How often completions overflowed the queue and were fetched from the kernel. */
  readonly overflows: number;
  /** Completions that belonged to no operation in flight. */
  readonly staleCompletions: number;
  /** Pieces of scratch memory in use. */
  readonly scratchInUse: number;
}
