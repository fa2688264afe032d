/**
 * The kernel's notes that it has let go of a registered resource. It may do so long after a buffer was replaced, when
 * the last operation on it is over; what the buffer lies in is held until then.
 */
import { POSTED, postedData, postedUserData } from '../operations/posted.js';

interface Tagged {
  readonly held: unknown;
  readonly released: () => void;
}

export class Tags {
  readonly #tagged = new Map<bigint, Tagged>();
  #last = 0n;

  /** Resources that the kernel has not let go of. */
  get size(): number {
    return this.#tagged.size;
  }

  /** A new tag, which is also what holds the resource. @returns the tag, and when the kernel has let go */
  add(held: unknown): { readonly tag: bigint; readonly released: Promise<void> } {
    this.#last += 1n;
    const key = this.#last;
    const released = new Promise<void>((resolve) => {
      this.#tagged.set(key, { held, released: resolve });
    });
    return { tag: postedUserData(POSTED.released, key), released };
  }

  /** The kernel knows nothing of this tag: it refused the resource, or the ring is gone. */
  drop(tag: bigint): void {
    this.#release(BigInt.asUintN(56, tag));
  }

  #release(key: bigint): boolean {
    const tagged = this.#tagged.get(key);
    this.#tagged.delete(key);
    tagged?.released();
    return tagged !== undefined;
  }

  /** Takes a completion that bears a tag. */
  take(low: number, high: number): boolean {
    return high >>> 24 === POSTED.released && this.#release(postedData(low, high));
  }

  /** The ring is gone, and with it everything that was registered. */
  close(): void {
    for (const key of [...this.#tagged.keys()]) this.#release(key);
  }
}
