/**
 * One resource that operations name by a number: a buffer or a descriptor in a table of a ring, or a descriptor of the
 * process. It counts the operations that use it, so that its number is given away only when none of them can mean it any
 * more.
 */
import { RingError } from '../errors.js';

export class Registration {
  readonly #ring: object | undefined;
  /** Rings whose operations have used it, where those may be several. */
  readonly #rings: Set<object> | undefined;
  /** Operations on it do not keep the process alive. */
  background = false;
  #users = 0;
  #released = false;
  readonly #idle: (() => void)[] = [];

  /** @param ring whose it is, for which its port stands; absent where any ring may use it */
  constructor(ring?: object) {
    this.#ring = ring;
    this.#rings = ring === undefined ? new Set() : undefined;
  }

  /** Rings that may have operations in flight that use it, where those may be several. */
  get rings(): Iterable<object> {
    return this.#users === 0 ? [] : (this.#rings ?? []);
  }

  /** Whether an operation uses it. */
  get used(): boolean {
    return this.#users > 0;
  }

  get released(): boolean {
    return this.#released;
  }

  /** An operation begins to use it. @throws when it is gone, or another ring's */
  use(ring: object, what: string): void {
    if (this.#ring !== undefined && ring !== this.#ring) {
      throw new RingError(
        'ERR_RING_RESOURCE',
        `${what} is registered with another ring; nothing was submitted`,
      );
    }
    if (this.#released) {
      const gone =
        this.#ring === undefined ? 'was closed or given back' : 'was closed, replaced or unregistered';
      throw new RingError('ERR_RING_RESOURCE', `${what} ${gone}; nothing was submitted`);
    }
    this.#rings?.add(ring);
    this.#users += 1;
  }

  unuse(): void {
    this.#users -= 1;
    if (this.#users === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Takes no more users. @returns when the last is over */
  release(): Promise<void> {
    this.#released = true;
    if (this.#users === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }
}
