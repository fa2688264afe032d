/**
 * Received data in a buffer that was lent to the kernel: the program's until it gives it back.
 */
import { RingBuffer, type Uses } from '../memory/memory.js';

/** Where a lease goes back to; see provided-buffers.ts. */
export interface Lender {
  /** The program's view of a lease's data. */
  view(lease: RingBuffer): Buffer<ArrayBuffer>;
  returned(bufferId: number): void;
}

/** The error of using what was given back. */
const released = (what: string): Error =>
  Object.assign(
    new TypeError(
      `${what}: the lease was released: its buffer may hold other data already. Copy what is kept`,
    ),
    { code: 'ERR_INVALID_STATE' },
  );

/**
 * A chunk of received data in one of the buffers of a {@link BufferRing}: memory like that of `ring.alloc`, so that it can
 * be sent on without being copied. The buffer is not used again until the lease is released or copied (`using` releases
 * it) and the operations in flight on it are over. One that still waits for room when the lease is released is refused.
 */
export class Lease extends RingBuffer implements Uses, Disposable {
  readonly #bufferId: number;
  #lender: Lender | undefined;
  #released = false;
  #users = 0;
  #view: Buffer<ArrayBuffer> | undefined;

  /** @internal Without a lender there is no buffer to give back. */
  constructor(data: RingBuffer, start: number, byteLength: number, lender?: Lender, bufferId = 0) {
    const backing = RingBuffer.own(data);
    super(backing, start, byteLength);
    backing.uses = this;
    this.#lender = lender;
    this.#bufferId = bufferId;
  }

  /** Whether the data has been given back. */
  get released(): boolean {
    return this.#released;
  }

  /**
   * The data, in the very memory the kernel wrote it to (or a copy, where memory cannot be shared). Not to be used after
   * {@link Lease.release}: the kernel writes there again.
   */
  override get bytes(): Buffer<ArrayBuffer> {
    if (this.#released) throw released('bytes');
    this.#view ??= this.#lender?.view(this) ?? Buffer.alloc(0);
    return this.#view;
  }

  /** @internal */
  protected override state(): Readonly<Record<string, unknown>> {
    return { byteLength: this.byteLength, bufferId: this.#bufferId, released: this.#released };
  }

  /** Gives the buffer back to the kernel, once the operations in flight on it are over; more than once is harmless. */
  release(): void {
    if (this.#lender === undefined) return;
    this.#released = true;
    if (this.#users === 0) this.#giveBack();
  }

  /** Copies the data into memory of its own, and gives the buffer back. */
  copy(): Buffer<ArrayBuffer> {
    const copy = Buffer.allocUnsafeSlow(this.byteLength);
    copy.set(this.bytes);
    this.release();
    return copy;
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #giveBack(): void {
    const lender = this.#lender;
    this.#lender = undefined;
    lender?.returned(this.#bufferId);
  }

  /** @internal */
  use(_ring: object, what: string): void {
    if (this.#released) throw released(what);
    this.#users += 1;
  }

  /** @internal */
  unuse(): void {
    this.#users -= 1;
    if (this.#users === 0 && this.#released) this.#giveBack();
  }
}
