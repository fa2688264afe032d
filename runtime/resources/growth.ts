/**
 * A completion queue that overflowed is given twice the entries, where the kernel can do that under a running ring. Without
 * it nothing is lost either: the kernel keeps what the queue cannot hold, at some cost for each.
 */
import {
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_NO_SQARRAY,
} from '../../generated/abi/constants.js';
import { deferredTaskWork } from '../port/features.js';
import type { NativeRing } from '../port/native.js';
import { MOST_ENTRIES, type QueueSizes } from './resize.js';

export class Growth {
  readonly #native: NativeRing;
  /** Resizes the queues; throws when the kernel refuses. */
  readonly #resize: (sizes: QueueSizes) => void;
  #possible: boolean;
  #due = false;

  constructor(native: NativeRing, resize: (sizes: QueueSizes) => void) {
    this.#native = native;
    this.#resize = resize;
    const { setupFlags } = native;
    const without = IORING_SETUP_NO_MMAP | IORING_SETUP_CQE_MIXED;
    this.#possible =
      deferredTaskWork(native) &&
      (setupFlags & IORING_SETUP_NO_SQARRAY) !== 0 &&
      (setupFlags & without) === 0;
  }

  /** Completions overflowed. Whoever tells may be in the midst of a reap, so the queue grows in the next turn. */
  readonly overflowed = (): void => {
    if (this.#due || !this.#possible || this.#native.cqEntries >= MOST_ENTRIES) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.#grow();
    });
  };

  #grow(): void {
    const { sqEntries, cqEntries } = this.#native;
    try {
      this.#resize({ entries: sqEntries, cqEntries: Math.min(cqEntries * 2, MOST_ENTRIES) });
    } catch {
      // Before Linux 6.13, short of memory, or restricted: the ring stays as it is, and works.
      this.#possible = false;
    }
  }
}
