/**
 * The promise level with what can be registered with a ring, and with messages between rings.
 */
import { boolean, callback, Shape } from '../arguments/options.js';
import type { RingBuffer } from '../memory/memory.js';
import type { OperationOptions } from '../operations/operation.js';
import type { EncoderSource, RingOptions } from '../port/setup.js';
import { type Query, type QueryAnswer, queryKernel } from '../query.js';
import { StreamRing } from '../stream-ring.js';
import { BufferTable, type BufferTableContents } from './buffer-table.js';
import { DescriptorTable, type DescriptorTableContents } from './descriptor-table.js';
import { EventDescriptor } from './event-descriptor.js';
import { Growth } from './growth.js';
import { ResourceHost } from './host.js';
import { type MessageListener, Messages, type OutgoingDescriptor, type OutgoingMessage } from './messages.js';
import { callOwn, type Register, type RegisterOptions } from './register.js';
import type { RegisterOpcode } from './register-arguments.js';
import { type QueueSizes, resizeQueues } from './resize.js';
import {
  type BusyPolling,
  bindWorkers,
  limitWorkers,
  Personality,
  type Restrictions,
  type RingClock,
  restrict,
  setBusyPolling,
  setClock,
  type WorkerLimits,
} from './settings.js';

const EVENTFD = new Shape({ asynchronous: boolean });
const LISTENING = new Shape({ keepAlive: boolean });

export class ResourceRing extends StreamRing {
  readonly #host: ResourceHost;
  readonly #messages: Messages;
  /** Memory that register calls have told the kernel of for good. */
  readonly #registered: RingBuffer[] = [];
  readonly #register: Register = (
    opcode: RegisterOpcode | number,
    argument?: unknown,
    options: RegisterOptions = {},
  ) => {
    this.check();
    const { port } = this.parts.inFlight;
    return callOwn(port, opcode, argument, options, (buffer) => this.#registered.push(buffer));
  };
  #buffers: BufferTable | undefined;
  #files: DescriptorTable | undefined;

  constructor(options?: RingOptions, encoders?: EncoderSource) {
    super(options, encoders);
    const host = new ResourceHost(this, this.parts);
    this.#host = host;
    this.#messages = new Messages(host, () => this.#files);
    const growth = new Growth(this.parts.inFlight.port.native, (sizes) => {
      if (!this.closed && !this.parts.inFlight.preparing) this.#resizeNow(sizes);
    });
    this.parts.inFlight.overflowed = growth.overflowed;
    this.parts.inFlight.posted = (ints, at) =>
      host.tags.take(ints[at]!, ints[at + 1]!) || this.#messages.take(ints, at);
  }

  /** See {@link Register}. */
  get register(): Register {
    return this.#register;
  }

  /**
   * Registers memory, whose pages the kernel then need not look up for each operation. A ring has one table of it.
   * Give `table.buffer(index)`, or parts of it, to the operations that use registered buffers.
   */
  registerBuffers(contents: BufferTableContents): BufferTable {
    const table = BufferTable.register(this.#host, contents, () => {
      this.#buffers = undefined;
    });
    this.#buffers = table;
    return table;
  }

  /** Registers the buffers that another ring of this thread has registered, without pinning them anew (Linux 6.12). */
  cloneBuffers(source: BufferTable): BufferTable {
    const table = BufferTable.clone(this.#host, source, () => {
      this.#buffers = undefined;
    });
    this.#buffers = table;
    return table;
  }

  /** The table that {@link registerBuffers} or {@link cloneBuffers} made, until it is unregistered. */
  get buffers(): BufferTable | undefined {
    return this.#buffers;
  }

  /** Makes the ring's table of direct descriptors: of open files, or of free slots. */
  registerFiles(contents: DescriptorTableContents): DescriptorTable {
    const table = DescriptorTable.register(this.#host, contents, () => {
      this.#files = undefined;
    });
    this.#files = table;
    return table;
  }

  /** The table that {@link registerFiles} made, until it is unregistered. */
  get files(): DescriptorTable | undefined {
    return this.#files;
  }

  /**
   * An eventfd that counts the ring's completions. A ring with deferred task work has none to give: its own event loop
   * is woken by it.
   */
  registerEventfd(options: { readonly asynchronous?: boolean } = {}): EventDescriptor {
    EVENTFD.check(options, 'registerEventfd');
    return new EventDescriptor(this.#host, options.asynchronous ?? false);
  }

  /** Registers the credentials that this thread has now, for operations to act with later. */
  registerPersonality(): Personality {
    return new Personality(this.#host);
  }

  /**
   * Restricts what the ring can ever do, for one that was opened with `disabled` and is not enabled yet. What is not
   * named is refused with `EACCES`. Cancelling stays possible, because closing needs it.
   */
  restrict(restrictions: Restrictions): void {
    restrict(this.#host, restrictions);
  }

  /** Sets, or with undefined ends, busy polling of network devices. @returns what was set before */
  setBusyPolling(polling: BusyPolling | undefined): BusyPolling {
    return setBusyPolling(this.#host, polling);
  }

  /** Limits the kernel's worker threads; 0 and what is not given stay as they are. @returns what was set before */
  limitWorkers(limits: Partial<WorkerLimits> = {}): WorkerLimits {
    return limitWorkers(this.#host, limits);
  }

  /** Binds the kernel's worker threads to CPUs; undefined: to none. */
  bindWorkers(cpus: readonly number[] | undefined): void {
    bindWorkers(this.#host, cpus);
  }

  /**
   * The kernel's own account of something (Linux 6.18): its operations and flags, zero-copy receiving, sizes.
   * @returns undefined when the kernel is too old to be asked
   */
  query<Name extends Query>(name: Name): QueryAnswer<Name> | undefined {
    return queryKernel(name);
  }

  /**
   * Gives the ring's queues other sizes (Linux 6.13), for a ring with deferred task work. What is in flight goes on;
   * what waits for room gets it.
   * @throws RingError when the kernel refuses; the ring stays as it is then
   */
  async resize(sizes: QueueSizes): Promise<void> {
    // Whoever calls may be in the middle of a reap.
    await undefined;
    this.check();
    this.#resizeNow(sizes);
  }

  #resizeNow(sizes: QueueSizes): void {
    const { inFlight } = this.parts;
    resizeQueues(inFlight.port, sizes, () => inFlight.wake(0));
    inFlight.resized();
  }

  /** Which clock the ring waits by (Linux 6.12). */
  setClock(clock: RingClock): void {
    setClock(this.#host, clock);
  }

  /**
   * Sends 96 bits, or a direct descriptor, to another ring of any thread or process: given as the ring or by its
   * descriptor. Resolves when the message is in the other ring's queue.
   */
  send(
    target: { readonly fd: number },
    message: OutgoingMessage | OutgoingDescriptor,
    options?: OperationOptions,
  ): Promise<void> {
    return this.#messages.send(target, message, options);
  }

  /**
   * Calls a listener for each message that another ring sends here. Messages that arrive while nobody listens are
   * counted in `statistics.staleCompletions` and lost; a descriptor among them is closed.
   * @param options `keepAlive` (default true): listening keeps the process alive
   * @returns what ends the listening
   */
  onMessage(listener: MessageListener, options: { readonly keepAlive?: boolean } = {}): () => void {
    callback(listener, 'onMessage: listener');
    LISTENING.check(options, 'onMessage');
    return this.#messages.listen(listener, options.keepAlive ?? true);
  }

  protected override released(): void {
    this.#messages.close();
    this.#host.tags.close();
  }
}
