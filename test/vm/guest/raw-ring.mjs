/** In the guest: a ring below the package's own level, for SQEs that no builder would write. */
import { native } from './internals/runtime/port/native.js';

export const SQE_BYTES = 64;
const CQE_WORDS = 4;

/** A ring of plain slots: what goes in and what comes out is bytes. */
export class RawRing {
  #ring;
  #mapped;

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
    this.#mapped = this.#ring.map();
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
    const found = this.#slots();
    // Moves the queue's head on; what it hands out itself has padding left out, which is looked for here.
    this.#ring.reap(new Uint32Array(CQE_WORDS * 16), 16);
    this.#ring.settle(slots.length);
    return found;
  }

  /** What stands in the completion queue, padding and second halves included. */
  #slots() {
    const { rings, cqHead, cqTail, cqes } = this.#mapped;
    const words = new Uint32Array(rings);
    const [head, tail] = [words[cqHead / 4], words[cqTail / 4]];
    return Array.from({ length: tail - head }, (_, index) => {
      const slot = (head + index) & (this.#ring.cqEntries - 1);
      const at = (cqes + slot * this.#ring.cqeBytes) / 4;
      const [userDataLow, userDataHigh, res, flags] = words.subarray(at, at + CQE_WORDS);
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
