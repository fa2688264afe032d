/**
 * Kernel-visible memory that points to other memory: an iovec array, a message header. Whoever holds it holds all of it.
 */
import type { RingBuffer } from './memory.js';

export abstract class LinkedMemory {
  readonly #memory: RingBuffer;
  readonly #held: readonly RingBuffer[];

  /**
   * @param memory what the SQE points to
   * @param held everything reached from there
   */
  protected constructor(memory: RingBuffer, held: readonly RingBuffer[]) {
    this.#memory = memory;
    this.#held = [memory, ...held];
  }

  get address(): number {
    return this.#memory.address;
  }

  get byteLength(): number {
    return this.#memory.byteLength;
  }

  /** What the SQE points to. @internal */
  static memory(linked: LinkedMemory): RingBuffer {
    return linked.#memory;
  }

  /** All memory an operation on it refers to. @internal */
  static held(linked: LinkedMemory): readonly RingBuffer[] {
    return linked.#held;
  }
}
