/** In the guest: a ring below the package's own level, for SQEs that no builder would write. */
import { native } from './dist/runtime/native.js';

export const SQE_BYTES = 64;
const CQE_WORDS = 4;

/** A ring of plain slots: what goes in and what comes out is bytes. */
export class RawRing {
  #ring;

  /** @throws when the kernel refuses the flags */
  constructor(flags, entries = 8) {
    const wantedFlags = 0;
    this.#ring = new (native().NativeRing)({
      entries,
      cqEntries: entries * 2,
      requiredFlags: flags,
      wantedFlags,
      sqThreadIdleMs: 0,
    });
  }

  get fd() {
    return this.#ring.fd;
  }

  get features() {
    return this.#ring.features;
  }

  /** Submits slots of the queue, 64 bytes each, as one; returns the slots of the completion queue that come of it. */
  submit(...slots) {
    for (const bytes of slots) {
      this.#ring.place(this.#ring.reserve(), bytes);
      this.#ring.commit();
    }
    const error = this.#ring.flush(1, 5_000);
    if (error < 0) throw new Error(`io_uring_enter: ${error}`);
    const words = new Uint32Array(CQE_WORDS * 16);
    const count = this.#ring.reap(words, 16);
    this.#ring.settle(slots.length);
    return Array.from({ length: count }, (_, index) => {
      const [userDataLow, userDataHigh, res, flags] = words.subarray(index * CQE_WORDS);
      return { userDataLow, userDataHigh, res: res | 0, flags };
    });
  }

  close() {
    this.#ring.close();
  }
}

/** The bytes of an SQE: values by byte offset, as [offset, bits, value]. */
export function sqe(opcode, ...fields) {
  const bytes = new Uint8Array(SQE_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = opcode;
  for (const [offset, bits, value] of fields) {
    if (bits === 64) view.setBigUint64(offset, BigInt(value), true);
    else view[`setUint${bits}`](offset, value, true);
  }
  return bytes;
}
