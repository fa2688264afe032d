/**
 * The port through the native encoders, for runtimes whose ArrayBuffers cannot show memory that V8 did not allocate.
 * Slower by a native call or three per operation; otherwise the same ring.
 */
import { IoVector } from './io-vector.js';
import { RingBuffer } from './memory.js';
import type { NativeAddon, NativeRing } from './native.js';
import type { Encodable, Held } from './operation.js';
import type { CompletionSink, Port } from './port.js';

const BATCH = 256;
const CQE_WORDS = 4;

/** The kernel-visible memory among an operation's arguments; refuses look-alikes, which C++ could not tell. */
function collect(value: unknown, found: RingBuffer[]): void {
  if (value instanceof RingBuffer) found.push(value);
  else if (value instanceof IoVector) found.push(...IoVector.held(value));
  else if (typeof value === 'object' && value !== null && 'address' in value) {
    throw Object.assign(new TypeError('kernel-visible memory must be a RingBuffer'), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
  }
}

export class NativePort implements Port {
  readonly native: NativeRing;
  readonly #addon: NativeAddon;
  readonly #words = new Uint32Array(BATCH * CQE_WORDS);
  readonly #ints = new Int32Array(this.#words.buffer);
  /** Completions copied out of the ring and not yet handed on. */
  #next = 0;
  #filled = 0;
  #prepared = 0;
  #settled = 0;

  constructor(native: NativeRing, addon: NativeAddon) {
    this.native = native;
    this.#addon = addon;
  }

  get inFlight(): number {
    return this.#prepared - this.#settled;
  }

  reserve(): number {
    return this.native.reserve();
  }

  encode<Ready extends object>(operation: Encodable<Ready>, position: number, ready: Ready): Held {
    // A plain copy, so that what is encoded is what is held, whatever getters the program's object has.
    const plain = { ...ready };
    const held: RingBuffer[] = [];
    for (const value of Object.values(plain)) collect(value, held);
    this.#addon.encode(this.native, position, operation.name, plain);
    return held;
  }

  stamp(position: number, userDataLow: number, userDataHigh: number): void {
    this.native.stamp(position, userDataLow, userDataHigh);
  }

  commit(): void {
    this.#prepared += 1;
    this.native.commit();
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
        this.#filled = this.native.reap(this.#words);
      }
      const at = this.#next * CQE_WORDS;
      this.#next += 1;
      count += 1;
      sink.completed(this.#ints, at);
    }
    return count;
  }

  settle(count: number): void {
    this.#settled += count;
    this.native.settle(count);
  }

  flush(minComplete: number, timeoutMs: number): number {
    return this.native.flush(minComplete, timeoutMs);
  }

  reference(): void {
    this.native.reference();
  }

  get overflowed(): boolean {
    return this.native.overflowed();
  }

  dropUnsubmitted(): Uint32Array {
    const dropped = this.native.dropUnsubmitted();
    this.#prepared -= dropped.length / 2;
    return dropped;
  }

  close(): void {
    this.native.close();
  }
}
