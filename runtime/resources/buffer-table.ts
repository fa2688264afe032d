/**
 * The registered buffers of a ring: a table of memory whose pages the kernel has pinned once and for all. A ring has
 * one such table.
 */

import { IORING_FEAT_RSRC_TAGS, IORING_RSRC_REGISTER_SPARSE } from '../../generated/abi/constants.js';
import { iovecLayout } from '../../generated/abi/layouts.js';
import { uncounted } from '../arguments/memory-pins.js';
import { instanceOf } from '../arguments/options.js';
import { encodeRecord } from '../arguments/records.js';
import { RingError } from '../errors.js';
import { RingBuffer } from '../memory/memory.js';
import { FixedBuffer } from './fixed-buffer.js';
import type { ResourceHost } from './host.js';
import { Registration } from './registration.js';
import { checkTable } from './table-contents.js';

/** A place of the table that is taken. */
interface Place {
  readonly memory: RingBuffer;
  readonly registration: Registration;
  /** Absent for a cloned buffer, whose release the kernel does not tell. */
  readonly tag?: bigint;
  readonly released: Promise<void>;
}

/** Buffers for a new table, or how many places a table without any shall have (since Linux 5.19). */
export type BufferTableContents = readonly (RingBuffer | undefined)[] | { readonly size: number };

/** Something in kernel-visible memory for the time of a call. */
function inMemory(bytes: Uint8Array): RingBuffer {
  const memory = RingBuffer.allocate(Math.max(bytes.byteLength, 1));
  memory.fill(bytes);
  return memory;
}

const iovecs = (buffers: readonly (RingBuffer | undefined)[]): RingBuffer =>
  inMemory(
    Buffer.concat(
      buffers.map((buffer) =>
        encodeRecord(
          iovecLayout,
          buffer === undefined
            ? {}
            : { iovBase: RingBuffer.address(buffer), iovLen: RingBuffer.length(buffer) },
        ),
      ),
    ),
  );

const tagList = (places: readonly (Place | undefined)[]): RingBuffer =>
  inMemory(new Uint8Array(BigUint64Array.from(places, (place) => place?.tag ?? 0n).buffer));

export class BufferTable {
  readonly #host: ResourceHost;
  readonly #places: (Place | undefined)[];
  readonly #ended: () => void;
  #releasing = 0;
  #unregistering: Promise<void> | undefined;

  private constructor(host: ResourceHost, size: number, ended: () => void) {
    this.#host = host;
    this.#places = new Array<Place | undefined>(size).fill(undefined);
    this.#ended = ended;
  }

  /** @param ended called when the ring has no such table any more @internal */
  static register(host: ResourceHost, contents: BufferTableContents, ended: () => void): BufferTable {
    if ((host.port.native.features & IORING_FEAT_RSRC_TAGS) === 0) {
      const since = 'registered buffers need a kernel that tells when it lets go of them (since Linux 5.13)';
      throw new RingError('ERR_RING_UNSUPPORTED', `${since}; nothing was registered`);
    }
    checkTable(contents, 'registerBuffers');
    if ('size' in contents) {
      const sparse = { nr: contents.size, flags: IORING_RSRC_REGISTER_SPARSE };
      host.register('IORING_REGISTER_BUFFERS2', sparse);
      return new BufferTable(host, contents.size, ended);
    }
    const table = new BufferTable(host, contents.length, ended);
    const places = contents.map((memory) => (memory === undefined ? undefined : table.#place(memory)));
    try {
      const data = iovecs(contents);
      host.register('IORING_REGISTER_BUFFERS2', { nr: contents.length, data, tags: tagList(places) });
    } catch (error) {
      for (const place of places) table.#forget(place);
      throw error;
    }
    table.#places.splice(0, places.length, ...places);
    return table;
  }

  /** Makes the buffers of another ring's table this ring's too. @internal */
  static clone(host: ResourceHost, source: BufferTable, ended: () => void): BufferTable {
    instanceOf(BufferTable)(source, 'cloneBuffers: source');
    source.#host.ring.check();
    host.register('IORING_REGISTER_CLONE_BUFFERS', { srcFd: source.#host.port.native.fd });
    const table = new BufferTable(host, source.size, ended);
    for (const [index, place] of source.#places.entries()) {
      if (place === undefined) continue;
      const registration = new Registration(host.port);
      table.#places[index] = { memory: place.memory, registration, released: Promise.resolve() };
    }
    return table;
  }

  #place(memory: RingBuffer): Place {
    if (!(memory instanceof RingBuffer)) {
      throw Object.assign(new TypeError('only memory from ring.alloc() can be registered'), {
        code: 'ERR_INVALID_ARG_TYPE',
      });
    }
    uncounted(memory, 'a registered buffer');
    return { memory, registration: new Registration(this.#host.port), ...this.#host.tags.add(memory) };
  }

  #forget(place: Place | undefined): void {
    if (place?.tag !== undefined) this.#host.tags.drop(place.tag);
  }

  /** How many places it has. */
  get size(): number {
    return this.#places.length;
  }

  #check(index: number): void {
    if (this.#unregistering !== undefined) {
      throw new RingError('ERR_RING_RESOURCE', 'the buffers were unregistered');
    }
    if (Number.isInteger(index) && index >= 0 && index < this.size) return;
    const range = `the table has places 0 to ${this.size - 1}`;
    throw Object.assign(new RangeError(`${range}; got ${index}`), { code: 'ERR_OUT_OF_RANGE' });
  }

  /** The buffer in a place, to be given to operations; it and its parts are named by that place. */
  buffer(index: number): FixedBuffer {
    this.#check(index);
    const place = this.#places[index];
    if (place === undefined) throw new RingError('ERR_RING_RESOURCE', `place ${index} of the table is empty`);
    return new FixedBuffer(place.memory, index, place.registration);
  }

  /**
   * Puts another buffer, or none, into a place. Operations that use the one before go on with that, and its memory is
   * held until the kernel has let go of it.
   * @returns the new buffer, to be given to operations
   */
  update(index: number, memory: RingBuffer): FixedBuffer;
  update(index: number, memory: undefined): undefined;
  update(index: number, memory: RingBuffer | undefined): FixedBuffer | undefined {
    this.#check(index);
    const place = memory === undefined ? undefined : this.#place(memory);
    try {
      const argument = { offset: index, data: iovecs([memory]), tags: tagList([place]), nr: 1 };
      this.#host.register('IORING_REGISTER_BUFFERS_UPDATE', argument);
    } catch (error) {
      this.#forget(place);
      throw error;
    }
    this.#replaced(this.#places[index]);
    this.#places[index] = place;
    return place === undefined ? undefined : this.buffer(index);
  }

  #replaced(place: Place | undefined): void {
    if (place === undefined) return;
    void place.registration.release();
    this.#releasing += 1;
    void place.released.then(() => {
      this.#releasing -= 1;
    });
  }

  /** Buffers that were replaced, and that the kernel has not let go of yet. */
  get releasing(): number {
    return this.#releasing;
  }

  /** Takes no more operations, waits for those that use its buffers, and has the kernel let go of all of them. */
  unregister(): Promise<void> {
    this.#unregistering ??= this.#unregister();
    return this.#unregistering;
  }

  async #unregister(): Promise<void> {
    const host = this.#host;
    const places = this.#places.filter((place) => place !== undefined);
    host.hold();
    try {
      await Promise.all(places.map(({ registration }) => registration.release()));
      // A ring that closes gives everything back at once.
      if (!host.ring.closed) {
        host.register('IORING_UNREGISTER_BUFFERS');
        await Promise.all(places.map(({ released }) => released));
      }
    } finally {
      host.unhold();
      this.#ended();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister();
  }
}
