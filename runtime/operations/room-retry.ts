/**
 * A ring's kernel thread (SQPOLL) posts the completions of what it took a moment before it says that their places in the
 * submission queue are free. Whoever finds the queue full in between may wait for something that no completion tells of
 * any more, so it looks again in the next turn of the event loop.
 */
import { IORING_SETUP_SQPOLL } from '../../generated/abi/constants.js';

export class RoomRetry {
  readonly #needed: boolean;
  readonly #again: () => void;
  #asked = false;

  /** @param again must bear to be called when nothing waits any more */
  constructor(setupFlags: number, again: () => void) {
    this.#needed = (setupFlags & IORING_SETUP_SQPOLL) !== 0;
    this.#again = again;
  }

  /** The submission queue was found full; where the program itself submits, it was flushed, and completions follow. */
  soon(): undefined {
    if (!this.#needed || this.#asked) return;
    this.#asked = true;
    setImmediate(() => {
      this.#asked = false;
      this.#again();
    });
  }
}
