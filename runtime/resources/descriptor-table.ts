/**
 * The direct descriptors of a ring: files known by slots of the ring's own table. A ring has one such table.
 */

import {
  IORING_FILE_INDEX_ALLOC,
  IORING_FIXED_FD_NO_CLOEXEC,
  IORING_OP_FILES_UPDATE,
  IORING_OP_FIXED_FD_INSTALL,
} from '../../generated/abi/constants.js';
import type { OrdinaryDescriptor } from '../arguments/descriptor.js';
import { RingError } from '../errors.js';
import { RingBuffer } from '../memory/memory.js';
import { closeFields, closeOperation } from '../operations/closing.js';
import type { Operation } from '../operations/operation.js';
import { type RawArgs, rawOperation } from '../operations/raw-operation.js';
import { type DescriptorOwner, DirectDescriptor } from './direct-descriptor.js';
import type { ResourceHost } from './host.js';
import { Registration } from './registration.js';
import { checkTable } from './table-contents.js';

/** An open file, and where the kernel reads its number and writes its slot. */
interface Addition {
  readonly fd: OrdinaryDescriptor;
  readonly place: RingBuffer;
}

const filesUpdate: Operation<Addition, number, RawArgs> = {
  ...rawOperation(IORING_OP_FILES_UPDATE, 'filesUpdate', 'IORING_OP_FILES_UPDATE'),
  ready: (pins, { fd, place }) => {
    place.bytes.writeInt32LE(pins.ordinary(fd, 'fd'));
    const addr = pins.both(place, 'place');
    return { opcode: IORING_OP_FILES_UPDATE, off: IORING_FILE_INDEX_ALLOC, addr, len: 1 };
  },
};
const fixedFdInstall = rawOperation(
  IORING_OP_FIXED_FD_INSTALL,
  'fixedFdInstall',
  'IORING_OP_FIXED_FD_INSTALL',
);

/** Open files for a new table's slots, or how many free slots it shall have. */
export type DescriptorTableContents = readonly (OrdinaryDescriptor | undefined)[] | { readonly size: number };

const EMPTY = -1;
const INT32_BYTES = 4;

/** What the kernel is told at once, so that nothing need be kept account of. */
function numberOf(fd: OrdinaryDescriptor): number {
  if (typeof fd === 'number') return fd;
  if (fd.closed) throw new RingError('ERR_RING_RESOURCE', 'the handle was closed; nothing was registered');
  return fd.fd;
}

interface OpenSlot {
  readonly handle: WeakRef<DirectDescriptor>;
  readonly registration: Registration;
}

/** A handle that was collected without having been closed. */
interface Lost {
  readonly table: DescriptorTable;
  readonly slot: number;
  readonly registration: Registration;
}

export class DescriptorTable implements DescriptorOwner {
  readonly #host: ResourceHost;
  readonly size: number;
  /** Slots with a handle that is not closed. */
  readonly #open = new Map<number, OpenSlot>();
  readonly #ended: () => void;
  #leaked = 0;
  #unregistering: Promise<void> | undefined;

  static readonly #collected = new FinalizationRegistry<Lost>(({ table, slot, registration }) => {
    table.#closeLost(slot, registration);
  });

  private constructor(host: ResourceHost, size: number, ended: () => void) {
    this.#host = host;
    this.size = size;
    this.#ended = ended;
  }

  /** @param ended called when the ring has no such table any more @internal */
  static register(host: ResourceHost, contents: DescriptorTableContents, ended: () => void): DescriptorTable {
    checkTable(contents, 'registerFiles');
    const files =
      'size' in contents
        ? new Int32Array(contents.size).fill(EMPTY)
        : Int32Array.from(contents, (fd) => (fd === undefined ? EMPTY : numberOf(fd)));
    host.register('IORING_REGISTER_FILES', files);
    const table = new DescriptorTable(host, files.length, ended);
    for (const [slot, fd] of files.entries()) if (fd !== EMPTY) table.adopt(slot);
    return table;
  }

  #check(slot?: number): void {
    if (this.#unregistering !== undefined) {
      throw new RingError('ERR_RING_RESOURCE', 'the direct descriptors were unregistered');
    }
    if (slot === undefined || (Number.isInteger(slot) && slot >= 0 && slot < this.size)) return;
    const range = `the table has slots 0 to ${this.size - 1}`;
    throw Object.assign(new RangeError(`${range}; got ${slot}`), { code: 'ERR_OUT_OF_RANGE' });
  }

  /** Descriptors whose handles are not closed. */
  get open(): number {
    return this.#open.size;
  }

  /** Handles that were collected before they were closed; their slots were freed then. */
  get leaked(): number {
    return this.#leaked;
  }

  /** The handle of a slot. @throws when the slot has none, because it is free or was never {@link adopt}ed */
  descriptor(slot: number): DirectDescriptor {
    this.#check(slot);
    const descriptor = this.#open.get(slot)?.handle.deref();
    if (descriptor !== undefined) return descriptor;
    throw new RingError('ERR_RING_RESOURCE', `no direct descriptor is known in slot ${slot}`);
  }

  /** Whether a slot has a handle that is not closed. @internal */
  holds(slot: number): boolean {
    return this.#open.get(slot)?.handle.deref()?.closed === false;
  }

  /** Takes over what an operation has put into a slot, such as an `openat` with `IORING_FILE_INDEX_ALLOC`. */
  adopt(slot: number): DirectDescriptor {
    this.#check(slot);
    if (this.holds(slot)) throw new RingError('ERR_RING_RESOURCE', `slot ${slot} has a handle already`);
    const registration = new Registration(this.#host.port);
    const descriptor = new DirectDescriptor(slot, this, registration);
    this.#open.set(slot, { handle: new WeakRef(descriptor), registration });
    DescriptorTable.#collected.register(descriptor, { table: this, slot, registration }, registration);
    return descriptor;
  }

  /**
   * Puts an open file into a free slot of the kernel's choice (since Linux 5.19). The ordinary descriptor stays the
   * caller's. Rejects with `ENFILE` when no slot is free.
   */
  async add(fd: OrdinaryDescriptor): Promise<DirectDescriptor> {
    this.#check();
    const place = RingBuffer.allocate(INT32_BYTES, { copied: this.#host.copied });
    await this.#host.ring.start(filesUpdate, { fd, place });
    return this.adopt(place.bytes.readInt32LE());
  }

  /** Puts an open file into a free slot of the caller's choice. */
  set(slot: number, fd: OrdinaryDescriptor): DirectDescriptor {
    this.#check(slot);
    if (this.#open.get(slot)?.handle.deref() !== undefined) {
      throw new RingError('ERR_RING_RESOURCE', `slot ${slot} is taken; close its descriptor first`);
    }
    const list = RingBuffer.allocate(INT32_BYTES);
    list.fill(new Uint8Array(Int32Array.of(numberOf(fd)).buffer));
    this.#host.register('IORING_REGISTER_FILES_UPDATE', { offset: slot, fds: list }, 1);
    return this.adopt(slot);
  }

  /** Which slots the kernel may choose (since Linux 6.0): `count` of them from `from` on. */
  allocateFrom(from: number, count: number): void {
    this.#check();
    this.#host.register('IORING_REGISTER_FILE_ALLOC_RANGE', { off: from, len: count });
  }

  /** @internal */
  async install(descriptor: DirectDescriptor, closeOnExec: boolean): Promise<number> {
    return this.#host.ring.start(fixedFdInstall, {
      opcode: IORING_OP_FIXED_FD_INSTALL,
      fd: descriptor,
      installFdFlags: closeOnExec ? 0 : IORING_FIXED_FD_NO_CLOEXEC,
    });
  }

  /** @internal */
  close(descriptor: DirectDescriptor): Promise<void> {
    const registration = DirectDescriptor.registration(descriptor);
    DescriptorTable.#collected.unregister(registration);
    return this.#close(descriptor.slot, registration);
  }

  async #close(slot: number, registration: Registration): Promise<void> {
    await registration.release();
    try {
      if (this.usable) await this.#host.ring.start(closeOperation, closeFields({ slot }));
    } catch (error) {
      // A ring that closes, and a table that is unregistered, close their files by themselves.
      if (this.usable) throw error;
    } finally {
      // Only now: until the kernel has closed it the slot is nobody else's.
      if (this.#open.get(slot)?.registration === registration) this.#open.delete(slot);
    }
  }

  /** Whether files are in the table that it must close itself. @internal */
  get usable(): boolean {
    return !this.#host.ring.closed && this.#unregistering === undefined;
  }

  #closeLost(slot: number, registration: Registration): void {
    if (!this.usable) return;
    this.#leaked += 1;
    // The slot may have been given a new file meanwhile.
    if (this.#open.get(slot)?.registration !== registration) return;
    process.emitWarning(`Closing direct descriptor ${slot} on garbage collection; close it yourself`);
    this.#close(slot, registration).catch(() => undefined);
  }

  /** Takes no more operations, waits for those that use its files, and closes them all. */
  unregister(): Promise<void> {
    this.#unregistering ??= this.#unregister();
    return this.#unregistering;
  }

  async #unregister(): Promise<void> {
    try {
      await Promise.all([...this.#open.values()].map(({ registration }) => registration.release()));
      this.#open.clear();
      if (!this.#host.ring.closed) this.#host.register('IORING_UNREGISTER_FILES');
    } finally {
      this.#ended();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister();
  }
}
