/**
 * A socket: what `ring.connect` and listeners give.
 */

import {
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOCKET_URING_OP_GETSOCKOPT,
  SOCKET_URING_OP_SETSOCKOPT,
} from '../../generated/abi/constants.js';
import type { MessageFlags, ShutdownHow } from '../../generated/abi/flags.js';
import { flagsOf, oneOfFamily } from '../arguments/flag-families.js';
import { flags, integer } from '../arguments/options.js';
import type { Bytes } from '../arguments/pins.js';
import {
  decodeSocketAddress,
  encodeSocketAddress,
  familyOf,
  type SocketAddress,
} from '../arguments/sockaddr.js';
import { systemError } from '../errors.js';
import { RingBuffer } from '../memory/memory.js';
import { HANDLE } from '../operations/operation-options.js';
import { native } from '../port/native.js';
import type { ZeroCopyResult } from '../streams/zero-copy.js';
import type { HandleHost } from './handle-host.js';
import { type HandleOptions, ringOptions } from './handle-operations.js';
import type { Lane } from './lane.js';
import { Lanes, RECV, SEND, SEND_ZERO_COPY, SHUTDOWN } from './lanes.js';
import { OwnedDescriptor } from './owned-descriptor.js';

/** How `ring.connect` makes a socket; `timeout` is for the connection. */
export interface ConnectOptions extends HandleOptions {
  /** SOCK_STREAM (the default), SOCK_DGRAM or another. */
  readonly type?: number;
  /** IPPROTO_*; default 0, the usual one of the type. */
  readonly protocol?: number;
}

/** How to send or receive. */
export interface TransmissionOptions extends HandleOptions {
  /** MSG_* bits. */
  readonly flags?: MessageFlags | 0;
}

/** Flags stand beside the type. */
const TYPE_MASK = 0xf;
const CONNECT = HANDLE.with({
  type: oneOfFamily('SocketType', TYPE_MASK),
  protocol: integer(0, 2 ** 31 - 1),
});
const TRANSMISSION = HANDLE.with({ flags: flagsOf(flags, 'MessageFlags') });
const HOW = oneOfFamily('ShutdownHow');
const OPTION = HANDLE.with({ byteLength: integer(0, 2 ** 31 - 1) });
const number32 = integer(-(2 ** 31), 2 ** 32 - 1);

/** What sockets of all kinds have. */
export class SocketHandle extends OwnedDescriptor {
  /** @internal */
  protected readonly host: HandleHost;

  /** @internal */
  constructor(fd: number, host: HandleHost) {
    super(fd, host);
    this.host = host;
  }

  /** A receive may wait for ever, so what is in flight is cancelled. @internal */
  protected override ending(): boolean {
    this.cancel();
    return true;
  }

  /** @internal */
  protected override state(): Readonly<Record<string, unknown>> {
    return { fd: this.fd, localAddress: this.known(false), closed: this.closed };
  }

  /** An address, where the kernel tells one. @internal */
  protected known(peer: boolean): SocketAddress | undefined {
    try {
      return this.address(peer);
    } catch {
      return undefined;
    }
  }

  /** Its own address; undefined when it is closed, or of a family without such addresses. */
  get localAddress(): SocketAddress | undefined {
    return this.address(false);
  }

  /** @internal */
  protected address(peer: boolean): SocketAddress | undefined {
    if (this.closed) return undefined;
    const bytes = native().socketAddress(this.fd, peer);
    if (typeof bytes === 'number') throw systemError(bytes, peer ? 'getpeername' : 'getsockname');
    return decodeSocketAddress(bytes);
  }

  /**
   * Sets an option (SO_*, TCP_* …) of a level (SOL_SOCKET, IPPROTO_TCP …): an integer, or the bytes of a record. Since
   * Linux 6.7.
   */
  async setOption(
    level: number,
    name: number,
    value: number | boolean | Uint8Array,
    options: HandleOptions = {},
    ...more: never[]
  ): Promise<void> {
    const refused = this.host.refusal(HANDLE, 'setOption', options, more, '', () => {
      number32(level, 'setOption: level');
      number32(name, 'setOption: name');
      if (typeof value !== 'boolean' && !(value instanceof Uint8Array)) number32(value, 'setOption: value');
    });
    if (refused !== undefined) return refused;
    const bytes = value instanceof Uint8Array ? value : new Uint8Array(Int32Array.of(Number(value)).buffer);
    await this.#command(SOCKET_URING_OP_SETSOCKOPT, level, name, bytes, options);
  }

  /**
   * An option's integer; or with `byteLength` the bytes of one that is a record. The kernel tells those of SOL_SOCKET only.
   * Since Linux 6.7.
   */
  getOption(
    level: number,
    name: number,
    options?: HandleOptions & { readonly byteLength?: undefined },
  ): Promise<number>;
  getOption(
    level: number,
    name: number,
    options: HandleOptions & { readonly byteLength: number },
  ): Promise<Buffer>;
  async getOption(
    level: number,
    name: number,
    options: HandleOptions & { readonly byteLength?: number | undefined } = {},
    ...more: never[]
  ): Promise<number | Buffer> {
    const refused = this.host.refusal(OPTION, 'getOption', options, more, '', () => {
      number32(level, 'getOption: level');
      number32(name, 'getOption: name');
    });
    if (refused !== undefined) return refused;
    const room = new Uint8Array(options.byteLength ?? Int32Array.BYTES_PER_ELEMENT);
    const bytes = await this.#command(SOCKET_URING_OP_GETSOCKOPT, level, name, room, options);
    return options.byteLength === undefined ? bytes.readInt32LE() : bytes;
  }

  /** @returns as many of the bytes as the kernel says there are */
  async #command(
    cmdOp: number,
    level: number,
    optname: number,
    value: Uint8Array,
    options: HandleOptions,
  ): Promise<Buffer> {
    const { copied } = this.host.parts;
    const optval = RingBuffer.allocate(Math.max(value.byteLength, 1), { copied });
    optval.bytes.set(value);
    const optlen = value.byteLength;
    const args = { fd: this, cmdOp, level, optname, optval, optlen };
    const length = await this.host.run('uringCmd', args, ringOptions(options));
    return Buffer.from(optval.bytes.subarray(0, length));
  }
}

/**
 * A connected socket, or one that sends to wherever it is told. `close()` cancels what is in flight on it: a pending
 * receive rejects with `ECANCELED`.
 *
 * On a stream its calls keep their order in each direction: a receive, or a send, starts when those called before it are
 * over, and needs no `await` between. What a short send left is sent before the next one that waits. Aborted, timed out or
 * failed calls leave the others to go on. Datagram sockets have no order, nor have `ring.ops` given a socket as `fd`.
 */
export class Socket extends SocketHandle {
  readonly #lanes: Lanes;

  /** @internal */
  constructor(fd: number, host: HandleHost) {
    super(fd, host);
    this.#lanes = new Lanes(host, (buffer, flags, options) =>
      host.run('send', { fd: this, buffer, flags }, options),
    );
  }

  /** @internal */
  protected override ending(): boolean {
    this.#lanes.close();
    return super.ending();
  }

  /** @internal */
  protected override incoming(): Lane | undefined {
    return this.#lanes.incoming(this.fd);
  }

  /** @internal */
  static async connect(
    host: HandleHost,
    address: SocketAddress,
    options: ConnectOptions = {},
  ): Promise<Socket> {
    const refused = host.refusal(CONNECT, 'connect', options, []);
    if (refused !== undefined) return refused;
    const domain = familyOf(encodeSocketAddress(address));
    const { type = SOCK_STREAM, protocol = 0, signal } = options;
    const making = { domain, type: type | SOCK_CLOEXEC, protocol };
    const fd = await host.run('socket', making, ringOptions(signal === undefined ? {} : { signal }));
    const socket = new Socket(fd, host);
    try {
      await host.run('connect', { fd: socket, address }, ringOptions(options));
      return socket;
    } catch (error) {
      await socket.close().catch(() => undefined);
      throw error;
    }
  }

  /** @internal */
  protected override state(): Readonly<Record<string, unknown>> {
    const addresses = { localAddress: this.known(false), remoteAddress: this.known(true) };
    return { fd: this.fd, ...addresses, closed: this.closed };
  }

  /** What it is connected to; undefined as for {@link localAddress}. @throws RingError `ENOTCONN` when it is not */
  get remoteAddress(): SocketAddress | undefined {
    return this.address(true);
  }

  /**
   * Receives into a buffer.
   * @returns bytes received; 0 when the other side has ended its part
   */
  recv(buffer: Bytes, options: TransmissionOptions = {}, ...more: never[]): Promise<number> {
    const refused = this.host.refusal(TRANSMISSION, 'recv', options, more);
    if (refused !== undefined) return refused;
    const { flags = 0 } = options;
    return this.#lanes.in(this.fd, RECV, { fd: this, buffer, flags }, ringOptions(options));
  }

  /**
   * Sends a buffer.
   * @returns bytes sent. May be fewer than given, unless `flags` has MSG_WAITALL or another send waits behind it
   */
  send(buffer: Bytes, options: TransmissionOptions = {}, ...more: never[]): Promise<number> {
    const refused = this.host.refusal(TRANSMISSION, 'send', options, more);
    if (refused !== undefined) return refused;
    const { flags = 0 } = options;
    return this.#lanes.out(this.fd, SEND, { fd: this, buffer, flags }, ringOptions(options));
  }

  /**
   * Sends without copying; see `ring.sendZeroCopy`. What waits behind it follows what it sent: with MSG_WAITALL all of it.
   * Since Linux 6.2.
   */
  sendZeroCopy(
    buffer: RingBuffer | readonly RingBuffer[],
    options: TransmissionOptions = {},
    ...more: never[]
  ): Promise<ZeroCopyResult> {
    const refused = this.host.refusal(TRANSMISSION, 'sendZeroCopy', options, more);
    if (refused !== undefined) return refused;
    const { flags = 0 } = options;
    return this.#lanes.out(this.fd, SEND_ZERO_COPY, { fd: this, buffer, flags }, ringOptions(options));
  }

  /** Ends sending (SHUT_WR, the default) after the sends called before it; or receiving, or both, at once. Since Linux 5.11. */
  shutdown(how: ShutdownHow = SHUT_WR, options: HandleOptions = {}, ...more: never[]): Promise<void> {
    const refused = this.host.refusal(HANDLE, 'shutdown', options, more, '', () => {
      HOW(how, 'shutdown: how');
    });
    if (refused !== undefined) return refused;
    if (how !== SHUT_WR) return this.host.run('shutdown', { fd: this, how }, ringOptions(options));
    return this.#lanes.out(this.fd, SHUTDOWN, { fd: this, how }, ringOptions(options));
  }
}
