/**
 * Small kernel-visible memory for what operations refer to besides their data: paths, iovecs, addresses, timespecs,
 * and copies of foreign buffers. Pieces come in powers of two, carved from larger slabs, and are used again.
 */
import { RingBuffer } from './memory.js';

const SMALLEST_SHIFT = 6;
const LARGEST_SHIFT = 20;
const SLAB_BYTES = 1 << 16;

export class ScratchPool {
  readonly #free: RingBuffer[][] = [];
  readonly #copied: boolean;
  #outstanding = 0;

  /** @param copied work as on a runtime without external buffers */
  constructor(copied: boolean) {
    this.#copied = copied;
  }

  /** Pieces handed out and not yet given back. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** A piece of at least `byteLength` bytes; its contents are whatever was there. */
  acquire(byteLength: number): RingBuffer {
    const piece = byteLength > 1 << LARGEST_SHIFT ? this.#large(byteLength) : this.#small(byteLength);
    this.#outstanding += 1;
    return piece;
  }

  /** Takes a piece back: only once nothing in flight refers to it. Large ones are left to the collector. */
  release(piece: RingBuffer): void {
    this.#outstanding -= 1;
    if (piece.byteLength <= 1 << LARGEST_SHIFT) this.#free[31 - Math.clz32(piece.byteLength)]!.push(piece);
  }

  #large(byteLength: number): RingBuffer {
    return RingBuffer.allocate(byteLength, { copied: this.#copied });
  }

  #small(byteLength: number): RingBuffer {
    const shift = Math.max(SMALLEST_SHIFT, 32 - Math.clz32(Math.max(byteLength, 1) - 1));
    this.#free[shift] ??= [];
    const list = this.#free[shift];
    if (list.length === 0) this.#carve(list, 1 << shift);
    return list.pop()!;
  }

  #carve(list: RingBuffer[], pieceBytes: number): void {
    const slab = RingBuffer.allocate(Math.max(SLAB_BYTES, pieceBytes), { copied: this.#copied });
    for (let at = 0; at < slab.byteLength; at += pieceBytes) list.push(slab.subarray(at, at + pieceBytes));
  }
}
