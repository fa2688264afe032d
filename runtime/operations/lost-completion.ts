/**
 * The one completion that is lost: what the queue cannot hold the kernel keeps, unless it has no memory for that. It counts
 * those in the ring's memory, and says EBADR to who waits.
 */
import { RingError } from '../errors.js';

/** The refusal of a ring of which the kernel dropped a completion (it says EBADR to who waits for one). */
export function completionLostError(op: string): RingError {
  return new RingError(
    'ERR_RING_LOST',
    'the kernel had no memory for a completion and dropped it, and nothing tells which operation it was for: some of those in ' +
      'flight may never settle by themselves. Nothing was submitted; close() this ring, and open one with more cqEntries',
    { op },
  );
}
