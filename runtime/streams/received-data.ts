/**
 * What streams of received data make of their completions. A class, so that those of all connections look alike to the
 * JIT compiler and none has closures of its own.
 */

import type { AnyOperation } from '../operations/operation.js';
import type { RawArgs } from '../operations/raw-operation.js';
import type { BufferRing } from './buffer-ring.js';
import type { Lease } from './lease.js';
import type { StreamKind } from './multishot-stream.js';

export class ReceivedData implements StreamKind<Lease> {
  /** @param args of every submission */
  constructor(
    readonly operation: AnyOperation,
    readonly needs: string,
    readonly buffers: BufferRing,
    readonly args: RawArgs,
  ) {}

  fields(): RawArgs {
    return this.args;
  }

  items(res: number, flags: number): readonly Lease[] {
    return this.buffers.take(res, flags);
  }

  verdict(res: number): 'again' | 'end' | 'failed' {
    if (res === 0) return 'end';
    return res < 0 ? 'failed' : 'again';
  }

  discard(lease: Lease): void {
    lease.release();
  }
}
