/**
 * The port through the native encoders, for runtimes whose ArrayBuffers cannot show memory that V8 did not allocate.
 * Slower by a native call or three per operation; otherwise the same ring.
 */
import { IORING_CQE_F_32, IORING_CQE_F_MORE, IORING_SETUP_CQE_MIXED } from '../../generated/abi/constants.js';
import { RingError } from '../errors.js';
import { LinkedMemory } from '../memory/linked-memory.js';
import { RingBuffer } from '../memory/memory.js';
import type { Encodable, Held } from '../operations/operation.js';
import { isPosted, postedError } from '../operations/posted.js';
import { IORING_OP_WAITID, leaveChild } from './children.js';
import { type ExtraWords, extraWordsAt, NO_EXTRA_WORDS } from './extra-words.js';
import type { NativeEncoders, NativeRing } from './native.js';
import { type CompletionSink, type Port, refusedFlag } from './port.js';

const BATCH = 256;
const MAX_SQE_BYTES = 128;
const USER_DATA_WORD = 8;

/** Kernel-visible memory as C++ reads it. */
const place = (buffer: RingBuffer): { address: number; byteLength: number } => ({
  address: RingBuffer.address(buffer),
  byteLength: RingBuffer.length(buffer),
});

/**
 * An argument as C++ may read it, noting the memory it stands for. Look-alikes of kernel-visible memory, which C++ could
 * not tell from real ones, are refused; of real ones only the private fields count.
 */
function plainValue(name: string, value: unknown, found: RingBuffer[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof RingBuffer) {
    found.push(value);
    return place(value);
  }
  if (value instanceof LinkedMemory) {
    found.push(...LinkedMemory.held(value));
    return place(LinkedMemory.memory(value));
  }
  if (value instanceof Uint8Array && !('address' in value)) return value;
  throw Object.assign(new TypeError(`${name} must be a RingBuffer where it names kernel-visible memory`), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
}

/** The refusal of an operation that exists in JavaScript only. */
function encoderError(operation: { readonly name: string; readonly opcode: number }): RingError {
  return new RingError(
    'ERR_RING_ENCODER',
    `no native encoder is built for ${operation.name} (opcode ${operation.opcode}); open the ring with encoder: 'mapped'`,
  );
}

export class NativePort implements Port {
  readonly native: NativeRing;
  readonly #builders: NativeEncoders;
  readonly #refused: number;
  readonly #reaps: boolean;
  /** Where an SQE is built before it is placed in the queue. */
  readonly #sqe = new Uint8Array(MAX_SQE_BYTES);
  readonly #sqeWords = new Uint32Array(this.#sqe.buffer);
  /** Opcodes of the native encoders, by the operation's name. */
  readonly #encoders: ReadonlyMap<string, number>;
  /** Of each completion that was copied out of the ring. */
  readonly #cqeWords: 4 | 8;
  readonly #mixed: boolean;
  readonly #words: Uint32Array;
  readonly #ints: Int32Array;
  /** Completions copied out of the ring and not yet handed on. */
  #next = 0;
  #filled = 0;
  #prepared = 0;
  #settled = 0;

  /**
   * @param refused IOSQE_* bits that operations may not have
   * @param reaps whether children are waited for as the program says
   */
  constructor(native: NativeRing, builders: NativeEncoders, refused: number, reaps = false) {
    this.native = native;
    this.#refused = refused;
    this.#reaps = reaps;
    this.#builders = builders;
    this.#mixed = (native.setupFlags & IORING_SETUP_CQE_MIXED) !== 0;
    this.#cqeWords = this.#mixed || native.cqeBytes === 32 ? 8 : 4;
    this.#words = new Uint32Array(BATCH * this.#cqeWords);
    this.#ints = new Int32Array(this.#words.buffer);
    this.#encoders = new Map(builders.encoders().map(({ name, opcode }) => [name, opcode]));
  }

  get inFlight(): number {
    return Math.max(0, this.#prepared - this.#settled);
  }

  reserve(): number {
    return this.native.reserve();
  }

  room(): number {
    return this.native.room();
  }

  reserveLarge(): number {
    throw encoderError({ name: 'SQEs of two sizes', opcode: 0 });
  }

  get tail(): number {
    return this.#prepared;
  }

  rewind(tail: number): void {
    this.native.rewind(this.#prepared - tail);
    this.#prepared = tail;
  }

  encode<Ready extends object>(
    operation: Encodable<Ready>,
    position: number,
    ready: Ready,
    sqeFlags: number,
  ): Held {
    this.#sqe.fill(0);
    const held =
      operation.raw === true
        ? operation.encode(this.#sqeWords, 0, ready)
        : this.#encodeNative(operation, ready);
    const refused = this.#sqe[1]! & this.#refused;
    if (refused !== 0) throw refusedFlag(operation.name, refused);
    if (isPosted(this.#sqeWords[USER_DATA_WORD + 1]!)) throw postedError(operation.name);
    if (this.#sqe[0] === IORING_OP_WAITID && !this.#reaps)
      leaveChild(this.#sqeWords, 0, this.native.setupFlags, operation.name);
    this.#sqe[1]! |= sqeFlags;
    this.native.place(position, this.#sqe);
    return held;
  }

  #encodeNative<Ready extends object>(operation: Encodable<Ready>, ready: Ready): Held {
    if (this.#encoders.get(operation.name) !== operation.opcode) throw encoderError(operation);
    // A plain copy, so that what is encoded is what is held, whatever getters the program's object has.
    const plain = { ...ready } as Record<string, unknown>;
    const held: RingBuffer[] = [];
    for (const name of Object.keys(plain)) {
      plain[name] = plainValue(`${operation.name}: ${name}`, plain[name], held);
    }
    const written = this.#written(operation, ready, plain);
    if (written !== true) throw new Error(`${operation.name}: the SQE could not be written`);
    return held;
  }

  #written<Ready extends object>(operation: Encodable<Ready>, ready: Ready, plain: object): unknown {
    try {
      return this.#builders.encode(this.#sqe, 0, operation.name, plain);
    } catch (error) {
      // The builder in TypeScript refuses the same, and has more to say about it.
      operation.encode(new Uint32Array(MAX_SQE_BYTES / 4), 0, ready);
      throw error;
    }
  }

  stamp(position: number, userDataLow: number, userDataHigh: number): void {
    this.native.stamp(position, userDataLow, userDataHigh);
  }

  commit(): void {
    this.#prepared += 1;
    this.native.commit();
  }

  commitLarge(): void {
    this.commit();
  }

  get waiting(): number {
    return this.#filled - this.#next + this.native.ready();
  }

  reap(sink: CompletionSink, limit: number): number {
    let count = 0;
    // At most what waits now: what arrives meanwhile gets its own turn.
    const most = Math.min(limit, this.waiting);
    while (count < most) {
      if (this.#next === this.#filled) {
        this.#next = 0;
        // No more than is handed on: what stays in the ring keeps its descriptor readable, and so wakes the loop again.
        this.#filled = this.native.reap(this.#words, most - count);
        if (this.#filled === 0) break;
      }
      const at = this.#next * this.#cqeWords;
      this.#next += 1;
      count += 1;
      sink.completed(this.#ints, at);
    }
    return count;
  }

  get extra(): ExtraWords {
    const at = (this.#next - 1) * this.#cqeWords;
    const large = this.#mixed ? (this.#ints[at + 3]! & IORING_CQE_F_32) !== 0 : this.#cqeWords === 8;
    return large ? extraWordsAt(this.#ints, at) : NO_EXTRA_WORDS;
  }

  settle(count: number): void {
    this.#settled += count;
    this.native.settle(count);
  }

  flush(minComplete: number, timeoutMs: number, minWaitUs = 0): number {
    const wanted = Math.max(0, minComplete - (this.#filled - this.#next));
    return this.native.flush(wanted, timeoutMs, minWaitUs);
  }

  // Nothing of it is known here.
  remap(): void {}

  reference(): void {
    this.native.reference();
  }

  get overflowed(): boolean {
    return this.native.overflowed();
  }

  get dropped(): boolean {
    return this.native.dropped();
  }

  withdraw(userDataLow: number, userDataHigh: number): boolean {
    return this.native.withdraw(userDataLow, userDataHigh);
  }

  dropUnsubmitted(): Uint32Array {
    const dropped = this.native.dropUnsubmitted();
    this.#prepared -= dropped.length / 2;
    return dropped;
  }

  close(budgetMs?: number): number {
    // Completions that were copied out and never visited are over all the same: the ring must not wait for them.
    let over = 0;
    this.native.discard(this.#words, this.#next, this.#filled);
    for (; this.#next < this.#filled; this.#next += 1) {
      if ((this.#words[this.#next * this.#cqeWords + 3]! & IORING_CQE_F_MORE) === 0) over += 1;
    }
    this.settle(over);
    return this.native.close(budgetMs);
  }
}
