/**
 * An ordinary descriptor that is owned: its number is given back to the process only when no operation can mean it any
 * more. A bare number says nothing of that; an operation that waits for room would hit whatever has it by then.
 */
import type { InspectOptions } from 'node:util';
import { RingError } from '../errors.js';
import { custom, type Inspect, shown } from '../inspect.js';
import { PATIENCE_MS, withinPatience } from '../operations/patience.js';
import { Referenced } from '../operations/referenced.js';
import { Registration } from '../resources/registration.js';
import type { Lane } from './lane.js';

/** The ring's part in a handle's life. */
export interface DescriptorHost {
  /** A handle came into being. */
  opened(fd: number): void;
  /** Closes the number for good; called once, after its last use. */
  close(fd: number): Promise<void>;
  /** Asks for the cancellation of everything in flight that uses it, on any ring of the thread. */
  cancel(registration: Registration): void;
  /** What is in flight that uses it keeps the process alive from now on, or does not. */
  referenced(registration: Registration): void;
  /** A handle was collected without having been closed. */
  lost(fd: number): void;
}

/** What is left of a handle that was collected. */
interface Lost {
  readonly fd: number;
  readonly host: DescriptorHost;
}

const CLOSED = -1;

const heldError = (fd: number): RingError =>
  new RingError(
    'ERR_RING_CLOSED',
    `close: the kernel did not let go of what was in flight on descriptor ${fd} within ${PATIENCE_MS / 1000} s of its ` +
      'cancellation; the descriptor takes no more operations, and is closed when the kernel does',
    { syscall: 'close' },
  );

const collected = new FinalizationRegistry<Lost>(({ fd, host }) => host.lost(fd));

/**
 * A file of the process with an owner. It belongs to no ring: operations of any ring of the thread may use it, and it
 * outlives the ring that opened it. Made by `ring.open`, `ring.connect`, `ring.listen` and `ring.adopt`.
 */
export class OwnedDescriptor extends Referenced implements AsyncDisposable {
  readonly #fd: number;
  readonly #host: DescriptorHost;
  readonly #registration = new Registration();
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(fd: number, host: DescriptorHost) {
    super();
    this.#fd = fd;
    this.#host = host;
    host.opened(fd);
    collected.register(this, { fd, host }, this.#registration);
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
   * Takes no more operations (they reject with `ERR_RING_RESOURCE`, those that wait for room included), waits for those in
   * flight, and closes the descriptor: through the ring, or on this thread when the ring is closed. Rejects with what the
   * kernel said of the close, e.g. `EIO`; the descriptor is gone all the same. Where what is in flight is cancelled (sockets,
   * pipes, terminals) and the kernel does not let go of it within 10 s, it rejects with `ERR_RING_CLOSED`, and the descriptor is
   * closed as soon as the kernel does. Every call returns the same promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    collected.unregister(this.#registration);
    const unused = this.#registration.release();
    const cancelled = this.ending();
    if (cancelled && !(await withinPatience(unused, this.hasRef()))) {
      unused.then(() => this.#host.close(this.#fd)).catch(() => undefined);
      throw heldError(this.#fd);
    }
    await unused;
    await this.#host.close(this.#fd);
  }

  /** @internal */
  protected override referenced(on: boolean): void {
    this.#registration.background = !on;
    this.#host.referenced(this.#registration);
  }

  /** It takes no more operations. @returns whether those in flight were cancelled; else they take their time @internal */
  protected ending(): boolean {
    return false;
  }

  /** Where what takes data in is kept in order; undefined where there is no order. @internal */
  protected incoming(): Lane | undefined {
    return undefined;
  }

  /** The same of whatever an operation is given for a file. @internal */
  static lane(file: unknown): Lane | undefined {
    return file instanceof OwnedDescriptor && !file.closed ? file.incoming() : undefined;
  }

  /** Whether an operation in flight uses it. @internal */
  protected get inUse(): boolean {
    return this.#registration.used;
  }

  /** Asks for the cancellation of its operations in flight. @internal */
  protected cancel(): void {
    this.#host.cancel(this.#registration);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What there is to see of it. @internal */
  protected state(): Readonly<Record<string, unknown>> {
    return { fd: this.fd, closed: this.closed };
  }

  /** @internal */
  [custom](_depth: number, options: InspectOptions, inspect: Inspect): string {
    return shown(this.constructor.name, this.state(), options, inspect);
  }

  /** @internal */
  static registration(descriptor: OwnedDescriptor): Registration {
    return descriptor.#registration;
  }

  /** Its number, whatever becomes of it. @internal */
  static number(descriptor: OwnedDescriptor): number {
    return descriptor.#fd;
  }
}
