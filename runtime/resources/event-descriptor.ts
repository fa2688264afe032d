/**
 * An eventfd that counts a ring's completions, for whoever waits elsewhere: another ring, another thread, an event loop
 * that is not Node's.
 */
import { readSync } from 'node:fs';
import { systemError } from '../errors.js';
import type { ResourceHost } from './host.js';

const COUNTER_BYTES = 8;

export class EventDescriptor {
  /** Readable when completions have been posted since it was last read. */
  readonly fd: number;
  readonly #host: ResourceHost;
  #open = true;

  /** @param asynchronous count only completions that were not there at once (IORING_REGISTER_EVENTFD_ASYNC) */
  constructor(host: ResourceHost, asynchronous: boolean) {
    this.#host = host;
    host.ring.check();
    const fd = host.port.native.openEvent();
    if (fd < 0) throw systemError(fd, 'eventfd');
    this.fd = fd;
    try {
      const opcode = asynchronous ? 'IORING_REGISTER_EVENTFD_ASYNC' : 'IORING_REGISTER_EVENTFD';
      host.register(opcode, Int32Array.of(fd));
    } catch (error) {
      host.port.native.closeEvent();
      throw error;
    }
  }

  /** Empties it. @returns how often it was signalled since; 0 when it was not */
  take(): number {
    // The number of a closed descriptor may be another file's.
    if (!this.#open || this.#host.ring.closed) return 0;
    const counter = new BigUint64Array(1);
    try {
      readSync(this.fd, counter, 0, COUNTER_BYTES, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    return Number(counter[0]);
  }

  /** Unregisters and closes it; closing the ring does so too. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#host.ring.closed) return;
    try {
      this.#host.register('IORING_UNREGISTER_EVENTFD');
    } finally {
      this.#host.port.native.closeEvent();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
