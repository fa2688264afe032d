/**
 * A file that a ring knows by a slot of its own table instead of a descriptor of the process: cheaper to use, and out of
 * reach of everything else in the process. An operation that is given one says so in its flags by itself.
 */
import type { InspectOptions } from 'node:util';
import { custom, type Inspect, shown } from '../inspect.js';
import type { Registration } from './registration.js';

/** The table's part in a descriptor's life. */
export interface DescriptorOwner {
  install(descriptor: DirectDescriptor, closeOnExec: boolean): Promise<number>;
  close(descriptor: DirectDescriptor): Promise<void>;
}

export class DirectDescriptor {
  /** Its slot, counted from 0; operations that name slots in `fileIndex` count from 1. */
  readonly slot: number;
  readonly #owner: DescriptorOwner;
  readonly #registration: Registration;
  #closing: Promise<void> | undefined;

  /** Made by a {@link DescriptorTable}. @internal */
  constructor(slot: number, owner: DescriptorOwner, registration: Registration) {
    this.slot = slot;
    this.#owner = owner;
    this.#registration = registration;
  }

  get closed(): boolean {
    return this.#registration.released;
  }

  /**
   * Makes an ordinary descriptor of the same file (since Linux 6.8), which the program owns.
   * @returns its number
   */
  install(options: { readonly closeOnExec?: boolean } = {}): Promise<number> {
    return this.#owner.install(this, options.closeOnExec ?? true);
  }

  /** Takes no more operations, waits for those that use it, and frees the slot. */
  close(): Promise<void> {
    this.#closing ??= this.#owner.close(this);
    return this.#closing;
  }

  /** @internal */
  [custom](_depth: number, options: InspectOptions, inspect: Inspect): string {
    return shown('DirectDescriptor', { slot: this.slot, closed: this.closed }, options, inspect);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  static registration(descriptor: DirectDescriptor): Registration {
    return descriptor.#registration;
  }
}
