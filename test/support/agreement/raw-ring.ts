/**
 * A ring that takes any bytes for a submission entry, as no builder would make them: the runtime's own native ring, from
 * underneath the checks of the two levels above it.
 */
import {
  IORING_REGISTER_BUFFERS,
  IORING_REGISTER_FILES,
  IORING_REGISTER_PERSONALITY,
} from '../../../generated/abi/constants.js';
import { RingBuffer } from '../../../runtime/memory/memory.js';
import { type NativeRing, native } from '../../../runtime/port/native.js';

/** How long a submission may take before it counts as one that the kernel took and that waits for something. */
const PATIENCE_MS = 50;

/** What became of an entry: `cqe->res`, or that it was taken and waits. */
export type Outcome = number | 'waits';

export class RawRing {
  readonly #ring: NativeRing;
  /** What was registered stays as long as the ring. */
  readonly #registered: RingBuffer[] = [];

  /**
   * @param patience milliseconds that a submission may take
   * @throws with `errno` when the kernel has no ring with these flags
   */
  constructor(
    readonly setupFlags: number,
    readonly patience = PATIENCE_MS,
  ) {
    this.#ring = new (native().NativeRing)({
      entries: 8,
      cqEntries: 32,
      requiredFlags: setupFlags,
      wantedFlags: 0,
      sqThreadIdleMs: 1000,
    });
  }

  get fd(): number {
    return this.#ring.fd;
  }

  /** A table of files in which each descriptor has its own number. */
  registerFiles(descriptors: readonly number[]): void {
    const table = new Int32Array(Math.max(...descriptors) + 2).fill(-1);
    for (const fd of descriptors) table[fd] = fd;
    this.#register(IORING_REGISTER_FILES, new Uint8Array(table.buffer), table.length);
  }

  /** One registered buffer. */
  registerBuffer(buffer: RingBuffer): void {
    const vector = new BigUint64Array([BigInt(buffer.address), BigInt(buffer.byteLength)]);
    this.#register(IORING_REGISTER_BUFFERS, new Uint8Array(vector.buffer), 1);
    this.#registered.push(buffer);
  }

  /** The process's own credentials, as personality 1. */
  registerPersonality(): void {
    native().register(this.fd, IORING_REGISTER_PERSONALITY, 0, 0);
  }

  #register(opcode: number, bytes: Uint8Array, count: number): void {
    const memory = RingBuffer.allocate(bytes.byteLength);
    memory.fill(bytes);
    this.#registered.push(memory);
    const result = native().register(this.fd, opcode, memory.address, count);
    if (result < 0) throw new Error(`io_uring_register(${opcode}) failed with ${result}`);
  }

  /** Submits entries together; tells what became of the last. */
  run(entries: readonly Uint32Array[]): Outcome {
    for (const [index, words] of entries.entries()) {
      const position = this.#ring.reserve();
      this.#ring.place(position, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
      this.#ring.stamp(position, index + 1, 0);
      this.#ring.commit();
    }
    const error = this.#ring.flush(0, -1);
    if (error < 0) throw new Error(`io_uring_enter failed with ${error}`);
    return this.#outcome(entries.length);
  }

  #outcome(userData: number): Outcome {
    const words = this.#ring.cqeBytes / Uint32Array.BYTES_PER_ELEMENT;
    const completions = new Uint32Array(words * 32);
    const end = performance.now() + this.patience;
    for (;;) {
      const count = this.#ring.reap(completions, 32);
      this.#ring.settle(count);
      for (let at = 0; at < count * words; at += words) {
        if (completions[at] === userData) return completions[at + 2]! | 0;
      }
      const left = end - performance.now();
      if (left <= 0) return 'waits';
      this.#ring.flush(1, left);
    }
  }

  close(): void {
    this.#ring.close();
  }
}
