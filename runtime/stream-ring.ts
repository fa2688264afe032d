/**
 * The promise level with operations that complete again and again, the memory they receive into, and zero-copy.
 */

import type { OperationChange } from './operations/change.js';
import type { OperationOptions } from './operations/operation.js';
import type { OperationTarget } from './operations/target.js';
import { update } from './operations/update.js';
import type { EncoderSource, RingOptions } from './port/setup.js';
import { RingCore } from './ring-core.js';
import { BufferRing, type BufferRingOptions } from './streams/buffer-ring.js';
import { Multishot } from './streams/multishot.js';
import { type ZeroCopyReceive, zeroCopyReceiveRefusal } from './streams/zcrx.js';
import { sendZeroCopy, type ZeroCopyResult, type ZeroCopySend } from './streams/zero-copy.js';

export class StreamRing extends RingCore {
  #referenced = true;

  /** Operations that complete again and again, as async iterables: accept, recv, recvMessage, read, poll, timeout. */
  readonly multishot: Multishot;

  constructor(options?: RingOptions, encoders?: EncoderSource) {
    super(options, encoders);
    this.multishot = new Multishot(this.parts);
  }

  /**
   * Memory for received data, of which the kernel picks a buffer when data arrives. Since Linux 5.19.
   * @throws RingError when the kernel has no such rings
   */
  bufferRing(options: BufferRingOptions): BufferRing {
    return new BufferRing(this.parts, options);
  }

  /**
   * Sends without copying. The promise settles when the network needs the memory no more, which may be only after the other
   * side has acknowledged the data. Since Linux 6.2.
   */
  sendZeroCopy(args: ZeroCopySend, options?: OperationOptions): Promise<ZeroCopyResult> {
    return sendZeroCopy(this, args, options);
  }

  /**
   * Changes a pending operation: when a timeout expires, from now on, or what a poll waits for.
   * @param target the promise of the operation, or the stream of `multishot.timeout` or `multishot.poll`
   * @param change `{ after }` for a timeout, `{ every }` for a stream of them, `{ events }` for polls (Linux 5.13)
   * @throws TypeError for a change that the operation cannot have
   * @throws RingError with `ENOENT` when the operation is over already
   * @example const alarm = ring.ops.timeout({ after: 1000 }); await ring.update(alarm, { after: 5000 });
   * @example const clock = ring.multishot.timeout({ every: 1000 }); await ring.update(clock, { every: 100 });
   */
  update(target: OperationTarget, change: OperationChange): Promise<void> {
    return update(this.parts, target, change);
  }

  /**
   * Zero-copy receive, which is refused so far.
   * @throws RingError that names everything it needs and this ring, kernel or machine lacks
   */
  zeroCopyReceive(args: ZeroCopyReceive): never {
    const { setupFlags } = this.parts.inFlight.port.native;
    const supports = (opcode: number): boolean => this.supports({ opcode });
    throw zeroCopyReceiveRefusal(args, { setupFlags, supports });
  }

  /**
   * Lets the process end although operations of the ring are in flight, or messages are waited for: nothing of the ring
   * keeps the process alive any more. While something else does, its operations go on completing; those that are pending when the process
   * ends are cancelled. Streams and handles have the same for themselves alone.
   * @returns this
   * @example const ring = new Ring().unref();
   */
  unref(): this {
    return this.#setReferenced(false);
  }

  /**
   * Takes {@link unref} back: what is in flight keeps the process alive again, but for streams and handles that were unref'd themselves.
   * @returns this
   */
  ref(): this {
    return this.#setReferenced(true);
  }

  /** Whether what is in flight keeps the process alive: true until {@link unref}. */
  hasRef(): boolean {
    return this.#referenced;
  }

  #setReferenced(on: boolean): this {
    this.#referenced = on;
    if (!this.closed) this.parts.inFlight.port.native.detach(!on);
    return this;
  }

  /** @internal */
  protected override state(): Readonly<Record<string, unknown>> {
    return this.closed ? { state: 'closed' } : { state: 'open', fd: this.fd, ...this.statistics };
  }
}
