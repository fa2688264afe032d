/**
 * An ordinary descriptor that is owned: its number is given back to the process only when no operation can mean it any
 * more. A bare number says nothing of that; an operation that waits for room would hit whatever has it by then.
 */
import { Registration } from '../resources/registration.js';

/** Closes the number for good. */
export interface DescriptorCloser {
  /** Called once. The number is the process's again whatever becomes of it. */
  close(fd: number): Promise<void>;
}

const CLOSED = -1;

export class OwnedDescriptor {
  readonly #fd: number;
  readonly #closer: DescriptorCloser;
  /** It belongs to the process, so operations of any ring may use it. */
  readonly #registration = new Registration();
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(fd: number, closer: DescriptorCloser) {
    this.#fd = fd;
    this.#closer = closer;
  }

  /** Its number, for what takes numbers only; -1 once {@link close} was called. Give the handle itself where you can. */
  get fd(): number {
    return this.closed ? CLOSED : this.#fd;
  }

  /** Whether {@link close} was called: it takes no more operations. */
  get closed(): boolean {
    return this.#registration.released;
  }

  /**
   * Takes no more operations, waits for those that use it, and closes the descriptor.
   * Rejects with what the kernel said of the close, e.g. `EIO`; the descriptor is gone all the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#registration.release();
    await this.#closer.close(this.#fd);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  static registration(descriptor: OwnedDescriptor): Registration {
    return descriptor.#registration;
  }
}
