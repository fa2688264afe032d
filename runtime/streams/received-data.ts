/**
 * What streams of received data make of their completions. A class, so that those of all connections look alike to the
 * JIT compiler and none has closures of its own.
 */

import type { AnyOperation } from '../operations/operation.js';
import type { RawArgs } from '../operations/raw-operation.js';
import type { BufferRing } from './buffer-ring.js';
import { KeptLease } from './kept-lease.js';
import type { Lease } from './lease.js';
import type { LeasedMessage } from './leased-message.js';
import { DATA, isDatagram, MESSAGES } from './left-data.js';
import type { Leaving } from './leftovers.js';
import type { StreamKind } from './multishot-stream.js';

const MESSAGE_DATA = { sort: MESSAGES, as: (message: LeasedMessage): Lease => message.data() };

export class ReceivedData implements StreamKind<Lease> {
  /** @param args of every submission */
  constructor(
    readonly operation: AnyOperation,
    readonly needs: string,
    readonly buffers: BufferRing,
    readonly args: RawArgs,
  ) {}

  get leaving(): Leaving<Lease> {
    return { fd: this.args.fd, sort: DATA, other: MESSAGE_DATA, ordered: true, keep: KeptLease.of };
  }

  fields(): RawArgs {
    return this.args;
  }

  items(res: number, flags: number): readonly Lease[] {
    if (res === 0 && isDatagram(this.args.fd)) return [this.buffers.end()];
    return this.buffers.take(res, flags);
  }

  verdict(res: number): 'again' | 'end' | 'failed' {
    if (res === 0) return isDatagram(this.args.fd) ? 'again' : 'end';
    return res < 0 ? 'failed' : 'again';
  }

  discard(lease: Lease): void {
    lease.release();
  }
}
