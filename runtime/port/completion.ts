/**
 * A view of one completion (CQE), reused from one to the next so that looking at it allocates nothing.
 */

import { messageOf, type RingMessage } from '../operations/posted.js';
import { type ExtraWords, NO_EXTRA_WORDS } from './extra-words.js';

const WORD = 4294967296;

export class Completion {
  #ints: Int32Array = new Int32Array(4);
  #at = 0;
  /** Weak, because a program may keep a completion of a ring it has dropped, which is closed all the same. */
  readonly #port: WeakRef<{ readonly extra: ExtraWords }>;

  /** @internal */
  constructor(port: { readonly extra: ExtraWords }) {
    this.#port = new WeakRef(port);
  }

  /** `cqe->res`: the result, or a negative error number. */
  get res(): number {
    return this.#ints[this.#at + 2]!;
  }

  /** `cqe->flags`: IORING_CQE_F_* bits, and the buffer id in the upper half. */
  get flags(): number {
    return this.#ints[this.#at + 3]! >>> 0;
  }

  /** `cqe->user_data` when it is at most 2^53 - 1; see {@link userDataBits} for all 64 bits. */
  get userData(): number {
    return (this.#ints[this.#at + 1]! >>> 0) * WORD + (this.#ints[this.#at]! >>> 0);
  }

  /** All 64 bits of `cqe->user_data`. */
  get userDataBits(): bigint {
    return (BigInt(this.#ints[this.#at + 1]! >>> 0) << 32n) | BigInt(this.#ints[this.#at]! >>> 0);
  }

  /**
   * The two more words of `cqe->big_cqe`, on rings with `cqe32`; zeros where the operation has none to give, or the
   * completion has no room for them.
   */
  get extra(): ExtraWords {
    return this.#port.deref()?.extra ?? NO_EXTRA_WORDS;
  }

  /** The message that another ring sent; undefined for a completion of this ring's own. */
  get message(): RingMessage | undefined {
    const [ints, at] = [this.#ints, this.#at];
    return messageOf(ints[at]!, ints[at + 1]!, this.res, this.flags);
  }

  /** @internal */
  static point(view: Completion, ints: Int32Array, at: number): void {
    view.#ints = ints;
    view.#at = at;
  }
}
