/**
 * Received data in a buffer that was lent to the kernel: the program's until it gives it back.
 */

/** Where a lease goes back to; see provided-buffers.ts. */
export interface Lender {
  /** The program's view of a part of a buffer. */
  view(bufferId: number, start: number, length: number): Buffer<ArrayBuffer>;
  returned(bufferId: number): void;
}

/**
 * A chunk of received data in one of the buffers of a {@link BufferRing}. The buffer is not used again until the lease is
 * released or copied; `using` releases it.
 */
export class Lease implements Disposable {
  /** How many bytes were received; 0 at the end of the data. */
  readonly byteLength: number;
  readonly #bufferId: number;
  readonly #start: number;
  #lender: Lender | undefined;
  #bytes: Buffer<ArrayBuffer> | undefined;

  /** @internal Without a lender there is no buffer to give back. */
  constructor(lender?: Lender, bufferId = 0, start = 0, byteLength = 0) {
    this.#lender = lender;
    this.#bufferId = bufferId;
    this.#start = start;
    this.byteLength = byteLength;
  }

  /** Whether the data has been given back. */
  get released(): boolean {
    return this.#lender === undefined && this.byteLength > 0;
  }

  /**
   * The data, in the very memory the kernel wrote it to (or a copy, where memory cannot be shared). Not to be used after
   * {@link Lease.release}: the kernel writes there again.
   */
  get bytes(): Buffer<ArrayBuffer> {
    if (this.released) {
      throw Object.assign(
        new TypeError('the lease was released: its buffer may hold other data already. Copy what is kept'),
        { code: 'ERR_INVALID_STATE' },
      );
    }
    this.#bytes ??= this.#lender?.view(this.#bufferId, this.#start, this.byteLength) ?? Buffer.alloc(0);
    return this.#bytes;
  }

  /** Gives the buffer back to the kernel; more than once is harmless. */
  release(): void {
    const lender = this.#lender;
    this.#lender = this.#bytes = undefined;
    lender?.returned(this.#bufferId);
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
}
