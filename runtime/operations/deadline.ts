/**
 * The time an operation may take, kept here and not by the kernel: a linked timeout begins when its operation has been
 * issued, which a splice or the open of a FIFO that blocks never is, and some opcodes answer it with another error.
 */
import { type Duration, durationMilliseconds, LONGEST_TIMER_MS } from '../arguments/duration.js';

export class Deadline {
  readonly #milliseconds: number;
  readonly #passed: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the time was up before {@link end}. */
  expired = false;

  /**
   * @param what names the duration in a refusal
   * @param passed called once when the time is up
   */
  constructor(duration: Duration, what: string, passed: () => void) {
    this.#milliseconds = durationMilliseconds(duration, what);
    this.#passed = passed;
  }

  /** The time runs from now on. What it is for keeps the process alive, not the timer. */
  begin(): void {
    if (this.#timer === undefined && !this.expired) this.#sleep(this.#milliseconds);
  }

  #sleep(left: number): void {
    const step = Math.min(left, LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => {
      if (left > step) return this.#sleep(left - step);
      this.expired = true;
      this.#passed();
    }, Math.ceil(step)).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
