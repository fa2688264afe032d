/**
 * The memory of a buffer ring and who has which buffer of it: the kernel, which fills them in the order of the ring, or
 * the program, through leases.
 */
import {
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUF_MORE,
  IORING_CQE_F_BUFFER,
} from '../../generated/abi/constants.js';
import { ioUringBufLayout } from '../../generated/abi/layouts.js';
import { RingBuffer } from '../memory/memory.js';
import { Lease, type Lender } from './lease.js';

const ENTRY_BYTES = ioUringBufLayout.byteLength;
const ENTRY_WORDS = ENTRY_BYTES / 4;
/** The ring's tail lies where the first entry has its reserved half word. */
const TAIL_AT = 14;
/** What of an entry is written: all but that half word. */
const WRITTEN_BYTES = 14;
const WORD = 4294967296;

export interface ProvidedBuffersOptions {
  readonly entries: number;
  readonly bufferBytes: number;
  readonly incremental: boolean;
  /** Work as on a runtime without external buffers. */
  readonly copied: boolean;
}

export class ProvidedBuffers implements Lender {
  /** The ring of entries that is registered with the kernel. */
  readonly ring: RingBuffer;
  readonly #data: RingBuffer;
  readonly #address: number;
  readonly #bufferBytes: number;
  readonly #incremental: boolean;
  readonly #mask: number;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  /** The buffer at each place of the ring, and the place of each buffer. */
  readonly #order: Uint16Array;
  readonly #place: Uint16Array;
  /** Bytes the kernel has filled of each buffer since it was provided. */
  readonly #filled: Uint32Array;
  /** Chunks of each buffer that the program has. */
  readonly #leases: Uint32Array;
  /** 1 while the kernel may fill a buffer. */
  readonly #provided: Uint8Array;
  #tail = 0;
  /** Buffers that the kernel may still fill, as far as its completions tell. */
  available = 0;
  /** Chunks that the program, or a stream for it, has. */
  leased = 0;
  /** Called when buffers have come back. */
  refilled: (() => void) | undefined;

  constructor({ entries, bufferBytes, incremental, copied }: ProvidedBuffersOptions) {
    this.ring = RingBuffer.allocate(entries * ENTRY_BYTES, { copied });
    this.#data = RingBuffer.allocate(entries * bufferBytes, { copied });
    this.#address = RingBuffer.address(this.#data);
    this.#bufferBytes = bufferBytes;
    this.#incremental = incremental;
    this.#mask = entries - 1;
    const { buffer, byteOffset } = this.ring.bytes;
    this.#words = new Uint32Array(buffer, byteOffset, entries * ENTRY_WORDS);
    this.#halves = new Uint16Array(buffer, byteOffset, entries * ENTRY_WORDS * 2);
    this.#order = new Uint16Array(entries);
    this.#place = new Uint16Array(entries);
    this.#filled = new Uint32Array(entries);
    this.#leases = new Uint32Array(entries);
    this.#provided = new Uint8Array(entries);
    for (let bufferId = 0; bufferId < entries; bufferId += 1) this.#write(bufferId);
    this.ring.toKernel();
    this.#publish();
  }

  /** What a completion brought: the chunks of the buffers it filled, in order. */
  take(res: number, flags: number): Lease[] {
    if ((flags & IORING_CQE_F_BUFFER) === 0) return [];
    let bufferId = (flags >>> IORING_CQE_BUFFER_SHIFT) & 0xffff;
    if (res <= 0) {
      // Used up for nothing; not so where the kernel goes on filling it from where it was.
      if (!this.#incremental) this.#usedUp(bufferId);
      return [];
    }
    const more = (flags & IORING_CQE_F_BUF_MORE) !== 0;
    const first = this.#lend(bufferId, res);
    let left = res - first.byteLength;
    if (left > 0 || !more) this.#usedUp(bufferId);
    if (left === 0) return [first];
    const leases = [first];
    while (left > 0) {
      bufferId = this.#order[(this.#place[bufferId]! + 1) & this.#mask]!;
      const lease = this.#lend(bufferId, left);
      leases.push(lease);
      left -= lease.byteLength;
      // All of a bundle's buffers are full but the last.
      if (left > 0 || !more) this.#usedUp(bufferId);
      if (lease.byteLength === 0) break;
    }
    return leases;
  }

  /** The end of the data, for which there is no buffer. */
  end(): Lease {
    return new Lease(this.#data, 0, 0);
  }

  /** A chunk of as much of `left` bytes as a buffer has room for. */
  #lend(bufferId: number, left: number): Lease {
    const start = this.#filled[bufferId]!;
    const length = Math.min(this.#bufferBytes - start, left);
    this.#filled[bufferId] = start + length;
    this.#leases[bufferId]! += 1;
    this.leased += 1;
    return new Lease(this.#data, bufferId * this.#bufferBytes + start, length, this, bufferId);
  }

  view(lease: RingBuffer): Buffer<ArrayBuffer> {
    return RingBuffer.view(this.#data, RingBuffer.address(lease) - this.#address, lease.byteLength);
  }

  returned(bufferId: number): void {
    this.#leases[bufferId]! -= 1;
    this.leased -= 1;
    this.#provideAgain(bufferId);
  }

  /** The kernel puts nothing more into it. */
  #usedUp(bufferId: number): void {
    if (this.#provided[bufferId] === 0) return;
    this.#provided[bufferId] = 0;
    this.available -= 1;
    this.#provideAgain(bufferId);
  }

  #provideAgain(bufferId: number): void {
    if (this.#provided[bufferId] !== 0 || this.#leases[bufferId] !== 0) return;
    const at = this.#write(bufferId);
    if (!this.ring.mapped) this.ring.subarray(at, at + WRITTEN_BYTES).toKernel();
    this.#publish();
    this.refilled?.();
  }

  /** Writes a buffer's entry at the ring's tail. @returns where it lies */
  #write(bufferId: number): number {
    const place = this.#tail & this.#mask;
    const address = this.#address + bufferId * this.#bufferBytes;
    const word = place * ENTRY_WORDS;
    this.#words[word] = address >>> 0;
    this.#words[word + 1] = Math.floor(address / WORD);
    this.#words[word + 2] = this.#bufferBytes;
    this.#halves[word * 2 + 6] = bufferId;
    this.#order[place] = bufferId;
    this.#place[bufferId] = place;
    this.#filled[bufferId] = 0;
    this.#provided[bufferId] = 1;
    this.available += 1;
    this.#tail = (this.#tail + 1) & 0xffff;
    return place * ENTRY_BYTES;
  }

  /** Lets the kernel see what was written, and not before it is. */
  #publish(): void {
    if (this.ring.mapped) Atomics.store(this.#halves, TAIL_AT / 2, this.#tail);
    else RingBuffer.publish(this.ring, TAIL_AT, this.#tail);
  }
}
