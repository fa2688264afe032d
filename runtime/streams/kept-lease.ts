/**
 * Received data that outlives its stream: in memory of its own, because the buffer it came in is for others to receive into.
 */
import { RingBuffer } from '../memory/memory.js';
import { Lease } from './lease.js';

export class KeptLease extends Lease {
  readonly #data: RingBuffer;
  readonly #start: number;

  private constructor(data: RingBuffer, start: number, end = data.byteLength) {
    super(data, start, end - start, {
      view: (lease) => RingBuffer.view(data, start, lease.byteLength),
      returned: () => undefined,
    });
    this.#data = data;
    this.#start = start;
  }

  /** The same data; the buffer goes back. */
  static of(lease: Lease): Lease {
    if (lease.byteLength === 0) return lease;
    const data = RingBuffer.allocate(lease.byteLength, { copied: !lease.mapped });
    data.bytes.set(lease.bytes);
    data.toKernel();
    lease.release();
    return new KeptLease(data, 0);
  }

  /** What memory of its own holds. */
  static over(data: RingBuffer): KeptLease {
    return new KeptLease(data, 0);
  }

  /** Its first bytes. */
  before(byteLength: number): KeptLease {
    return new KeptLease(this.#data, this.#start, this.#start + byteLength);
  }

  /** What comes after its first bytes. */
  after(byteLength: number): KeptLease {
    return new KeptLease(this.#data, this.#start + byteLength);
  }
}
