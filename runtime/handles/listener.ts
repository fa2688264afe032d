/**
 * A listening socket: what `ring.listen` gives.
 */

import {
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../generated/abi/constants.js';
import { boolean, integer } from '../arguments/options.js';
import { encodeSocketAddress, familyOf, type SocketAddress } from '../arguments/sockaddr.js';
import { closeCreated } from '../operations/closing.js';
import { HANDLE } from '../operations/operation-options.js';
import { claim } from '../operations/unclaimed.js';
import { DESCRIPTORS } from '../streams/left-data.js';
import { Multishot } from '../streams/multishot.js';
import type { MultishotStream, QueuedStreamOptions } from '../streams/multishot-stream.js';
import type { HandleHost } from './handle-host.js';
import { type HandleOptions, ringOptions } from './handle-operations.js';
import { Socket, SocketHandle } from './socket.js';

/** How `ring.listen` makes a socket. */
export interface ListenOptions extends HandleOptions {
  /** SOCK_STREAM (the default) or SOCK_SEQPACKET. */
  readonly type?: number;
  /** IPPROTO_*; default 0, the usual one of the type. */
  readonly protocol?: number;
  /** How many connections may wait to be accepted. Default 511, as in node:net. */
  readonly backlog?: number;
  /** Take an address that a socket of before still lingers on (SO_REUSEADDR). Default true, as in node:net. */
  readonly reuseAddress?: boolean;
  /** Share the address with other sockets that say so too (SO_REUSEPORT). Default false. */
  readonly reusePort?: boolean;
}

const LISTEN = HANDLE.with(
  {
    type: integer(0, 2 ** 31 - 1),
    protocol: integer(0, 2 ** 31 - 1),
    backlog: integer(0, 2 ** 31 - 1),
    reuseAddress: boolean,
    reusePort: boolean,
  },
  'node:net takes `port, host, backlog` one by one: give { host, port } first, and { backlog }',
);

const AF_UNIX = 1;
const BACKLOG = 511;

/**
 * Takes connections, one by one with {@link accept} or all in `for await`. `close()` cancels what is in flight: a pending
 * `accept` rejects with `ECANCELED`, an iteration ends once the connections that had arrived are taken.
 */
export class Listener extends SocketHandle implements AsyncIterable<Socket> {
  /** @internal */
  static async listen(
    host: HandleHost,
    address: SocketAddress,
    options: ListenOptions = {},
  ): Promise<Listener> {
    const refused = host.refusal(LISTEN, 'listen', options, []);
    if (refused !== undefined) return refused;
    const domain = familyOf(encodeSocketAddress(address));
    const { type = SOCK_STREAM, protocol = 0, backlog = BACKLOG } = options;
    const { reuseAddress = domain !== AF_UNIX, reusePort = false } = options;
    const making = { domain, type: type | SOCK_CLOEXEC, protocol };
    const listener = new Listener(await host.run('socket', making, ringOptions(options)), host);
    try {
      if (reuseAddress) await listener.setOption(SOL_SOCKET, SO_REUSEADDR, true, ringOptions(options));
      if (reusePort) await listener.setOption(SOL_SOCKET, SO_REUSEPORT, true, ringOptions(options));
      await host.run('bind', { fd: listener, address }, ringOptions(options));
      await host.run('listen', { fd: listener, backlog }, ringOptions(options));
      return listener;
    } catch (error) {
      await listener.close().catch(() => undefined);
      throw error;
    }
  }

  /** Waits for one connection. */
  async accept(options: HandleOptions = {}, ...more: never[]): Promise<Socket> {
    const refused = this.host.refusal(HANDLE, 'accept', options, more);
    if (refused !== undefined) return refused;
    const accepting = this.host.run('accept', { fd: this, flags: SOCK_CLOEXEC }, ringOptions(options));
    return new Socket(await accepting, this.host);
  }

  /**
   * All connections, through one multishot operation (since Linux 5.19). More than `highWaterMark` of them waiting to be
   * taken make it pause; those that nobody took when the stream ends go to the next `accept` or stream, and are
   * closed with the listener.
   */
  connections(options: QueuedStreamOptions = {}): MultishotStream<Socket> {
    return Multishot.accepting<Socket>(
      this.host.parts,
      { fd: this },
      {
        // Numbers, until they are taken: other consumers of the socket may get those that nobody takes here.
        items: (res) => (res < 0 ? [] : [this.#arrived(res)]),
        handed: (made) => new Socket(made as unknown as number, this.host),
        leaving: { fd: this, sort: DESCRIPTORS },
        discard: (made) => this.#unwanted(made as unknown as number),
        over: () => this.closed,
      },
      options,
    );
  }

  /** The environment closes it if nobody else does. */
  #arrived(fd: number): Socket {
    claim(fd);
    return fd as unknown as Socket;
  }

  #unwanted(fd: number): Promise<void> {
    return closeCreated(this.host.parts.inFlight, { fd });
  }

  [Symbol.asyncIterator](): MultishotStream<Socket> {
    return this.connections();
  }
}
