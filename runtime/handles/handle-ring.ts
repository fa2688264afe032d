/**
 * The promise level with files and sockets as handles that own their descriptors.
 */

import { integer, oneOf, Shape } from '../arguments/options.js';
import type { SocketAddress } from '../arguments/sockaddr.js';
import type { RingStatistics } from '../operations/statistics.js';
import type { EncoderSource, RingOptions } from '../port/setup.js';
import { ResourceRing } from '../resources/resource-ring.js';
import type { Restrictions } from '../resources/settings.js';
import { File, type FileOptions } from './file.js';
import { HandleHost, type HandleStatistics } from './handle-host.js';
import { Listener, type ListenOptions } from './listener.js';
import { type ConnectOptions, Socket } from './socket.js';

/** The handles that a number can be given to, by name. */
const NONE = new Shape({});

const KINDS = { file: File, socket: Socket, listener: Listener } as const;
interface Handles {
  file: File;
  socket: Socket;
  listener: Listener;
}

export class HandleRing extends ResourceRing {
  readonly #handles: HandleHost;

  constructor(options?: RingOptions, encoders?: EncoderSource) {
    super(options, encoders);
    this.#handles = new HandleHost(this, this.parts);
  }

  override get statistics(): RingStatistics & HandleStatistics {
    return { ...super.statistics, ...this.#handles.statistics };
  }

  /**
   * Opens a file. The handle may be given to operations of any ring of this thread in the place of a descriptor; it
   * outlives this ring, and is to be closed.
   * @throws RingError e.g. `ENOENT`; an AbortError leaves no descriptor behind
   */
  open(path: string | Uint8Array | URL, options?: FileOptions, ...more: never[]): Promise<File> {
    return File.open(this.#handles, path, options, more);
  }

  /**
   * Connects a socket to an IP address and port, or to the path of a Unix socket; names are not resolved.
   * @throws RingError e.g. `ECONNREFUSED`; whatever it throws leaves no descriptor behind. Since Linux 5.19
   */
  connect(address: SocketAddress, options?: ConnectOptions, ...more: never[]): Promise<Socket> {
    const refused = this.#handles.refusal(NONE, 'connect', undefined, more);
    if (refused !== undefined) return refused;
    return Socket.connect(this.#handles, address, options);
  }

  /**
   * Listens on an IP address and port (0: a free one, which `localAddress` then tells), or on a path as a Unix socket.
   * @throws RingError e.g. `EADDRINUSE`; whatever it throws leaves no descriptor behind. Since Linux 6.11
   */
  listen(address: SocketAddress, options?: ListenOptions, ...more: never[]): Promise<Listener> {
    const refused = this.#handles.refusal(NONE, 'listen', undefined, more);
    if (refused !== undefined) return refused;
    return Listener.listen(this.#handles, address, options);
  }

  /**
   * Takes over a descriptor that the program owns: from now on the handle closes it, and nobody else may.
   * @param kind what it is: a `file` (the default), a `socket` or a `listener`
   * @throws Error `EBADF` when no such descriptor is open, `ERR_RING_RESOURCE` when a handle has it already
   */
  adopt<Kind extends keyof Handles = 'file'>(fd: number, kind?: Kind): Handles[Kind] {
    this.check();
    if (kind !== undefined) oneOf(...Object.keys(KINDS))(kind, 'adopt: kind');
    integer(0, 2 ** 31 - 1)(fd, 'adopt: fd');
    this.#handles.checkFree(fd);
    return new KINDS[kind ?? 'file'](fd, this.#handles) as Handles[Kind];
  }

  override restrict(restrictions: Restrictions): void {
    super.restrict(restrictions);
    this.#handles.restricted = true;
  }
}
