/**
 * Buffer rings: memory lent to the kernel, which picks a buffer of it when data arrives and not when a receive is
 * submitted, so that a thousand idle connections need no thousand buffers.
 */

import { constants } from 'node:os';
import type { InspectOptions } from 'node:util';
import {
  IORING_OP_READ,
  IORING_OP_RECV,
  IORING_REGISTER_PBUF_RING,
  IORING_UNREGISTER_PBUF_RING,
  IOSQE_BUFFER_SELECT,
  IOU_PBUF_RING_INC,
} from '../../generated/abi/constants.js';
import { ioUringBufRegLayout } from '../../generated/abi/layouts.js';
import { anything, boolean, bytes, flags, integer, Shape } from '../arguments/options.js';
import { encodeRecord } from '../arguments/records.js';
import { closedError, RingError, systemError } from '../errors.js';
import { OwnedDescriptor } from '../handles/owned-descriptor.js';
import { custom, type Inspect, shown } from '../inspect.js';
import { RingBuffer } from '../memory/memory.js';
import { Fifo } from '../operations/fifo.js';
import type { Operation, OperationOptions } from '../operations/operation.js';
import { type FileTarget, type RawArgs, type RawFields, rawOperation } from '../operations/raw-operation.js';
import { native } from '../port/native.js';
import type { Dependant, RingParts } from '../ring-parts.js';
import type { Lease } from './lease.js';
import { DATA, firstData, hasBoundaries } from './left-data.js';
import { ProvidedBuffers } from './provided-buffers.js';

export interface BufferRingOptions {
  /** How many buffers: a power of two, at most 32768. */
  readonly entries: number;
  /** Bytes of each. */
  readonly bufferBytes: number;
  /**
   * Let the kernel fill a buffer bit by bit instead of using one up for each arrival, however small (Linux 6.12). For
   * sockets and pipes. Default false.
   */
  readonly incremental?: boolean;
}

/** How many buffers a ring has, and who has them. */
export interface BufferRingStatistics {
  readonly entries: number;
  /** Buffers that the kernel can fill. */
  readonly available: number;
  /** Chunks received and not yet released, those waiting in a stream included. */
  readonly leased: number;
}

/** What a receive into a buffer ring takes. */
export interface LeasedReceive extends FileTarget {
  /** MSG_* bits. */
  readonly flags?: number;
  /** At most that many bytes; default: what a buffer holds. */
  readonly max?: number;
}

/** What a read into a buffer ring takes. */
export interface LeasedRead extends FileTarget {
  /** Where to read in the file; default: where its position is. */
  readonly offset?: number | bigint;
  /** At most that many bytes; default: what a buffer holds. */
  readonly max?: number;
}

const MAX_ENTRIES = 32768;
const GROUPS = 65536;
const MAX_BYTES = 2 ** 31 - 1;

const OPTIONS = new Shape({ entries: anything, bufferBytes: anything, incremental: boolean });
const RECV_ARGS = new Shape({ fd: anything, flags, max: integer(0, MAX_BYTES) });
const READ_ARGS = new Shape({ fd: anything, offset: bytes(-1), max: integer(0, MAX_BYTES) });

function checkOptions(options: BufferRingOptions): void {
  OPTIONS.required(options, 'bufferRing');
  const { entries, bufferBytes } = options;
  const problem =
    !Number.isInteger(entries) || entries < 1 || entries > MAX_ENTRIES || (entries & (entries - 1)) !== 0
      ? `entries must be a power of two from 1 to ${MAX_ENTRIES}; got ${entries}`
      : !Number.isInteger(bufferBytes) || bufferBytes < 1 || bufferBytes > MAX_BYTES
        ? `bufferBytes must be an integer from 1 to ${MAX_BYTES}; got ${bufferBytes}`
        : undefined;
  if (problem !== undefined) throw Object.assign(new RangeError(problem), { code: 'ERR_OUT_OF_RANGE' });
}

/** The error of a receive that found no buffer, with what to do about it. */
function receiveError(res: number, name: string, constant: string): RingError {
  const error = systemError(res, name, constant);
  if (res !== -constants.errno.ENOBUFS) return error;
  return new RingError(
    error.code,
    `${error.message}: every buffer of the buffer ring is in use; release leases earlier, or give it more entries`,
    { errno: res, syscall: name, op: constant },
  );
}

/** Memory for received data, shared by all receives and streams that name it. Made by `ring.bufferRing`. */
export class BufferRing implements AsyncDisposable {
  /** The group by which the kernel knows it. */
  readonly group: number;
  readonly entries: number;
  readonly bufferBytes: number;
  readonly incremental: boolean;
  readonly #parts: RingParts;
  readonly #buffers: ProvidedBuffers;
  readonly #recv: Operation<LeasedReceive, Lease, RawArgs>;
  readonly #read: Operation<LeasedRead, Lease, RawArgs>;
  /** Receives in flight and streams. */
  readonly #users = new Set<Dependant>();
  /** Streams without a buffer: those that got none when they asked go before those that did. */
  readonly #hungry = new Fifo<() => void>();
  readonly #fed = new Fifo<() => void>();
  #serving = false;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(parts: RingParts, options: BufferRingOptions) {
    checkOptions(options);
    const { entries, bufferBytes, incremental = false } = options;
    this.entries = entries;
    this.bufferBytes = bufferBytes;
    this.incremental = incremental;
    this.#parts = parts;
    this.#buffers = new ProvidedBuffers({ entries, bufferBytes, incremental, copied: parts.copied });
    this.#buffers.refilled = () => this.#serveSoon();
    this.group = this.#register();
    this.#recv = this.#operation(IORING_OP_RECV, 'recv', 'IORING_OP_RECV', ({ flags, max }) => ({
      len: max,
      msgFlags: flags,
    }));
    this.#read = this.#operation(IORING_OP_READ, 'read', 'IORING_OP_READ', ({ offset, max }) => ({
      len: max ?? bufferBytes,
      off: offset ?? -1,
    }));
    parts.dependants.add(this);
  }

  get statistics(): BufferRingStatistics {
    const { available, leased } = this.#buffers;
    return { entries: this.entries, available, leased };
  }

  /**
   * Receives once, into whichever buffer is free when data arrives.
   * @returns the data, empty at its end; rejects with `ENOBUFS` when no buffer is free
   */
  recv(args: LeasedReceive, options?: OperationOptions): Promise<Lease> {
    return this.#start(this.#recv, args, options);
  }

  /** Reads once, like {@link BufferRing.recv}. Not into incremental buffers, of which a file may take more than it fills. */
  read(args: LeasedRead, options?: OperationOptions): Promise<Lease> {
    if (this.incremental) {
      const message = 'an incremental buffer ring is for sockets and pipes: use recv, or ring.multishot.read';
      return Promise.reject(Object.assign(new TypeError(message), { code: 'ERR_INVALID_STATE' }));
    }
    return this.#start(this.#read, args, options);
  }

  /**
   * Ends the streams that use it, cancels receives in flight, and takes the buffers back from the kernel. Leases stay
   * valid: their memory lives as long as they do.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#users].map((user) => user.stop(this.#closedError())));
    this.#parts.dependants.delete(this);
    // A ring that closes takes its groups along.
    if (this.#parts.refusal(this.#recv) === undefined)
      this.#registered(IORING_UNREGISTER_PBUF_RING, this.group, 0);
  }

  /** @internal */
  [custom](_depth: number, options: InspectOptions, inspect: Inspect): string {
    return shown(
      'BufferRing',
      {
        group: this.group,
        bufferBytes: this.bufferBytes,
        ...this.statistics,
        closed: this.#closing !== undefined,
      },
      options,
      inspect,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The ring closes. @internal */
  stop(): Promise<void> {
    this.#closing ??= Promise.resolve();
    return Promise.resolve();
  }

  /** SQE fields by which an operation on a file asks for one of the buffers. @internal */
  select(target: FileTarget): RawFields {
    return { fd: target.fd, bufGroup: this.group, sqeFlags: IOSQE_BUFFER_SELECT };
  }

  /** The chunks that a completion brought. @internal */
  take(res: number, flags: number): Lease[] {
    return this.#buffers.take(res, flags);
  }

  /** A chunk of nothing. @internal */
  end(): Lease {
    return this.#buffers.end();
  }

  /** @returns why it cannot be used @internal */
  attach(user: Dependant): RingError | undefined {
    if (this.#closing !== undefined) return this.#closedError();
    this.#users.add(user);
    return undefined;
  }

  /** @internal */
  detach(user: Dependant): void {
    this.#users.delete(user);
  }

  /**
   * Waits for a buffer.
   * @param fed whether the stream got any since it last waited
   * @internal
   */
  wait(again: () => void, fed: boolean): void {
    (fed ? this.#fed : this.#hungry).push(again);
    this.#serveSoon();
  }

  #serveSoon(): void {
    if (this.#serving || this.#buffers.available === 0 || this.#hungry.length + this.#fed.length === 0)
      return;
    this.#serving = true;
    setImmediate(() => {
      this.#serving = false;
      // As many streams as there are buffers; those that take none leave them to the next in a later turn.
      for (let count = this.#buffers.available; count > 0; count -= 1) {
        const line = this.#hungry.length > 0 ? this.#hungry : this.#fed;
        const again = line.first();
        if (again === undefined) return;
        line.shift();
        again();
      }
      this.#serveSoon();
    });
  }

  #operation<Args extends FileTarget>(
    opcode: number,
    name: string,
    constant: string,
    fields: (args: Args) => { readonly [Field in keyof RawArgs]?: RawArgs[Field] | undefined },
  ): Operation<Args, Lease, RawArgs> {
    const raw = rawOperation(opcode, name, constant);
    const shape = opcode === IORING_OP_RECV ? RECV_ARGS : READ_ARGS;
    return {
      ...raw,
      checkArgs: (args) => shape.check(args, name),
      answers: 'all',
      ready: (pins, args) => raw.ready(pins, { opcode, ...fields(args), ...this.select(args) } as RawArgs),
      result: (res, _ready, flags) => {
        // An operation that failed may have used a buffer up all the same, which take() gives back.
        const [lease] = this.take(res, flags);
        if (res < 0) throw receiveError(res, name, constant);
        return lease ?? this.#buffers.end();
      },
    };
  }

  #start<Args extends object>(
    operation: Operation<Args, Lease, RawArgs>,
    args: Args,
    options: OperationOptions | undefined,
  ): Promise<Lease> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError());
    const refusal = OwnedDescriptor.lane((args as FileTarget).fd)?.refusal(operation.name);
    if (refusal !== undefined) return this.#parts.refuse(refusal);
    const left = this.#left(args as Args & FileTarget, options);
    if (left !== undefined) return Promise.resolve(left);
    const receiving = this.#parts.start(operation, args, options);
    const user: Dependant = { stop: () => this.#cancel(receiving) };
    this.#users.add(user);
    const over = (): void => this.detach(user);
    receiving.then(over, over);
    return receiving;
  }

  /** What a stream left of the file's data comes first. */
  #left(
    args: LeasedReceive & LeasedRead & FileTarget,
    options: OperationOptions | undefined,
  ): Lease | undefined {
    const { leftovers } = this.#parts;
    const { fd, max = this.bufferBytes, flags = 0, offset = -1 } = args;
    const asks = flags === 0 && BigInt(offset) === -1n && options?.signal?.aborted !== true && max > 0;
    if (leftovers.empty || !asks || this.#parts.chaining()) return undefined;
    const lease = firstData(leftovers, fd);
    if (lease === undefined) return undefined;
    const more = lease.byteLength > max;
    const rest = more && !hasBoundaries(fd) ? lease.after(max) : undefined;
    leftovers.shift(fd, DATA, rest);
    return more ? lease.before(max) : lease;
  }

  async #cancel(receiving: Promise<Lease>): Promise<void> {
    await this.#parts.cancellation.cancel({ op: receiving }).catch(() => undefined);
    await receiving.catch(() => undefined);
  }

  #closedError(): RingError {
    return new RingError('ERR_RING_CLOSED', 'the buffer ring is closed; make another with ring.bufferRing()');
  }

  /** Registers it under a group that nobody uses; from the end, which programs reach last. @returns the group */
  #register(): number {
    const refusal = this.#parts.refusal(rawOperation(IORING_OP_RECV));
    if (refusal !== undefined) throw closedError();
    const flags = this.incremental ? IOU_PBUF_RING_INC : 0;
    for (let group = GROUPS - 1; group >= 0; group -= 1) {
      const result = this.#registered(IORING_REGISTER_PBUF_RING, group, flags);
      if (result >= 0) return group;
      if (result !== -constants.errno.EEXIST) throw this.#refusal(result);
    }
    throw this.#refusal(-constants.errno.EEXIST);
  }

  #registered(opcode: number, group: number, flags: number): number {
    const memory = RingBuffer.allocate(ioUringBufRegLayout.byteLength, { copied: this.#parts.copied });
    const { ring } = this.#buffers;
    memory.fill(
      encodeRecord(ioUringBufRegLayout, {
        // To unregister, everything but the group must be 0.
        ringAddr: opcode === IORING_REGISTER_PBUF_RING ? ring.address : 0,
        ringEntries: opcode === IORING_REGISTER_PBUF_RING ? this.entries : 0,
        bgid: group,
        flags,
      }),
    );
    return native().register(this.#parts.inFlight.port.native.fd, opcode, memory.address, 1);
  }

  #refusal(result: number): RingError {
    const error = systemError(result, 'io_uring_register', 'IORING_REGISTER_PBUF_RING');
    if (result !== -constants.errno.EINVAL) return error;
    const needs = this.incremental
      ? 'the kernel has no incremental buffer rings (since Linux 6.12)'
      : 'the kernel has no buffer rings (since Linux 5.19)';
    return new RingError('ERR_RING_UNSUPPORTED', needs, {
      errno: result,
      syscall: 'io_uring_register',
      op: 'IORING_REGISTER_PBUF_RING',
    });
  }
}
