/**
 * Proves what the types say: results as they are, and misuse refused by the compiler. The refusals are checked by the
 * type check of the lint job, which fails on an `@ts-expect-error` that nothing answers; here the types are compared.
 */
import { describe, expectTypeOf, it } from 'vitest';
import { FsyncFlags, openHowLayout, statxLayout, TimeoutFlags } from '../../generated/abi/index.js';
import type { Ops } from '../../generated/index.js';
import {
  encodeRecord,
  operations,
  type Ring,
  type RingBuffer,
  type SyncRing,
  viewRecord,
} from '../../generated/index.js';

/** Never called: the compiler reads it. */
async function refused(ring: Ring, sync: SyncRing, buffer: RingBuffer): Promise<void> {
  await ring.ops.fsync({ fd: 1, flags: FsyncFlags.DATASYNC });
  // @ts-expect-error a flag of another family
  await ring.ops.fsync({ fd: 1, flags: TimeoutFlags.ABS });
  // @ts-expect-error text is no memory the kernel could fill
  await ring.ops.read({ fd: 0, buffer: 'text' });
  // @ts-expect-error a descriptor is required
  await ring.ops.recv({ buffer });
  // @ts-expect-error no such argument
  await ring.ops.read({ fd: 0, buffer, ofset: 1 });
  // @ts-expect-error the address of a connection is a host and a port, or a path
  await ring.ops.connect({ fd: 0, address: { host: '::1' } });
  // @ts-expect-error the SQE has no such field
  await ring.ops.uringCmd({ fd: 0, pathname: 1 });
  // @ts-expect-error the synchronous level takes kernel-visible memory only
  sync.push(operations.read, { fd: 0, buffer: new Uint8Array(4) });
  // @ts-expect-error a record has no such member
  encodeRecord(openHowLayout, { flagz: 1 });
  // @ts-expect-error 64-bit members are bigints when they are read
  const mask: number = viewRecord(statxLayout, new Uint8Array(256)).stxSize;
  void mask;
}

void refused;

describe('results', () => {
  it('have the types of what they mean', () => {
    expectTypeOf<Ops['read']>().returns.resolves.toEqualTypeOf<number>();
    expectTypeOf<Ops['fsync']>().returns.resolves.toEqualTypeOf<void>();
    expectTypeOf<Ops['timeout']>().returns.resolves.toEqualTypeOf<'expired' | 'counted'>();
    expectTypeOf<Awaited<ReturnType<Ops['statx']>>['stxSize']>().toEqualTypeOf<bigint>();
    expectTypeOf(operations.read.opcode).toEqualTypeOf<22>();
    expectTypeOf(operations.read.constant).toEqualTypeOf<'IORING_OP_READ'>();
  });
});
