/**
 * What keeps the process alive while it waits for something, unless it is told not to: as sockets and timers of Node.
 */
export abstract class Referenced {
  #background = false;

  /**
   * Lets the process end although this one waits for something: what it has in flight, and starts later, does not keep the
   * process alive. While anything else does, it goes on as ever. What waits when the process ends is cancelled then.
   * @returns this
   */
  unref(): this {
    return this.#set(true);
  }

  /**
   * Takes {@link unref} back.
   * @returns this
   */
  ref(): this {
    return this.#set(false);
  }

  /** Whether its operations keep the process alive: true until {@link unref}. */
  hasRef(): boolean {
    return !this.#background;
  }

  #set(background: boolean): this {
    if (this.#background !== background) {
      this.#background = background;
      this.referenced(!background);
    }
    return this;
  }

  /** What is in flight counts from now on, or does not. @internal */
  protected abstract referenced(on: boolean): void;
}
