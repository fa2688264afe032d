/** What is refused before the kernel sees it leaves nothing behind: no slot, no scratch memory, no half-written SQE. */
import { describe, expect, test } from 'vitest';
import { operations, type Ring } from '../../generated/index.js';
import { ENCODERS, madeUpOperation, openRing } from '../support/rings.js';

const IOSQE_CQE_SKIP_SUCCESS = 64;
const buffer = Buffer.alloc(8);

/** Calls as a JavaScript program may get them wrong. */
const WRONG: readonly [what: string, call: (ring: Ring) => Promise<unknown>][] = [
  ['fd that is no integer', ({ ops }) => ops.read({ fd: 1.5, buffer })],
  ['fd of another type', ({ ops }) => ops.read({ fd: '3' as unknown as number, buffer })],
  ['missing fd', ({ ops }) => ops.read({ buffer } as unknown as operations.ReadArgs)],
  ['missing arguments', ({ ops }) => ops.read(undefined as unknown as operations.ReadArgs)],
  ['null arguments', ({ ops }) => ops.openat(null as unknown as operations.OpenatArgs)],
  ['fd beyond 32 bits', ({ ops }) => ops.read({ fd: 2 ** 32, buffer })],
  ['offset that is no safe integer', ({ ops }) => ops.read({ fd: 0, buffer, offset: 2 ** 53 })],
  ['offset beyond 64 bits', ({ ops }) => ops.read({ fd: 0, buffer, offset: 2n ** 64n })],
  ['offset of another type', ({ ops }) => ops.read({ fd: 0, buffer, offset: '0' as unknown as number })],
  ['buffer of another type', ({ ops }) => ops.read({ fd: 0, buffer: 'text' as unknown as Buffer })],
  ['buffer of floats', ({ ops }) => ops.read({ fd: 0, buffer: new Float64Array(4) as unknown as Buffer })],
  ['missing buffer', ({ ops }) => ops.write({ fd: 0 } as unknown as operations.WriteArgs)],
  ['buffers that are no list', ({ ops }) => ops.readv({ fd: 0, buffers: buffer as unknown as Buffer[] })],
  [
    'a hole among good buffers',
    ({ ops }) => ops.readv({ fd: 0, buffers: [buffer, null as unknown as Buffer] }),
  ],
  ['flags beyond 32 bits', ({ ops }) => ops.openat({ path: 'x', flags: 2 ** 40 })],
  ['sqeFlags beyond 8 bits', ({ ops }) => ops.statx({ path: 'x', sqeFlags: 256 as number })],
  ['personality beyond 16 bits', ({ ops }) => ops.writev({ fd: 0, buffers: [buffer], personality: 65_536 })],
  [
    'an address of another type',
    ({ ops }) => ops.connect({ fd: 0, address: 'x' as unknown as { path: string } }),
  ],
  [
    'a getter that throws',
    ({ ops }) =>
      ops.read({
        fd: 0,
        get buffer(): Buffer {
          throw new Error('mine');
        },
      }),
  ],
  ['an onMore that is no function', ({ ops }) => ops.nop({}, { onMore: 7 as unknown as () => void })],
];

describe.each(ENCODERS)('refused arguments, %s encoder', (encoder) => {
  test.each(WRONG)('%s', async (_what, call) => {
    const ring = openRing({ encoder });
    await expect(call(ring)).rejects.toThrow(Error);
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, scratchInUse: 0 });
    // The queue is as it was: the next operation is its own.
    await expect(ring.ops.nop()).resolves.toBe(0);
  });

  test.each(WRONG)('%s, after waiting for room', async (_what, call) => {
    const ring = openRing({ encoder, entries: 1, cqEntries: 1 });
    const before = [ring.ops.nop(), ring.ops.nop(), ring.ops.nop()];
    const refused = call(ring);
    const after = ring.ops.nop();
    await expect(refused).rejects.toThrow(Error);
    await Promise.all([...before, after]);
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, scratchInUse: 0 });
  });

  test('refusals say what is wrong, as a RangeError or a TypeError', async () => {
    const { ops } = openRing({ encoder });
    await expect(ops.read({ fd: 2 ** 32, buffer })).rejects.toThrow(RangeError);
    await expect(ops.read({ fd: 2 ** 32, buffer })).rejects.toThrow(/read: fd does not fit 32 bits/);
    await expect(ops.read({ fd: 0, buffer: 7 as unknown as Buffer })).rejects.toThrow(TypeError);
    await expect(ops.read({ fd: 0, buffer: 7 as unknown as Buffer })).rejects.toThrow(
      'read: buffer must be a RingBuffer, a Buffer or a Uint8Array',
    );
  });

  test('a thousand refusals leave room for a ring full of operations', async () => {
    const ring = openRing({ encoder, entries: 4, cqEntries: 8 });
    for (let round = 0; round < 1_000; round += 1) {
      await expect(ring.ops.openat({ path: 'x', mode: -(2 ** 40) })).rejects.toThrow(RangeError);
    }
    await Promise.all(Array.from({ length: 8 }, () => ring.ops.nop()));
  });

  test('an operation without completion could never settle, and is refused', async () => {
    const ring = openRing({ encoder });
    const refusal = { name: 'TypeError', message: expect.stringContaining('IOSQE_CQE_SKIP_SUCCESS') };
    await expect(ring.ops.nop({ sqeFlags: IOSQE_CQE_SKIP_SUCCESS })).rejects.toMatchObject(refusal);
    await expect(ring.ops.uringCmd({ fd: 0, sqeFlags: IOSQE_CQE_SKIP_SUCCESS })).rejects.toMatchObject(
      refusal,
    );
  });
});

describe.each(ENCODERS)('refused operations, %s encoder', (encoder) => {
  test('an opcode the kernel does not have is refused before submission', async () => {
    const ring = openRing({ encoder });
    const { enters } = ring.statistics;
    const unknown = madeUpOperation(250);
    expect(ring.supports(unknown)).toBe(false);
    await expect(ring.start(unknown, {})).rejects.toMatchObject({
      code: 'ERR_RING_UNSUPPORTED',
      op: 'IORING_OP_MADE_UP_250',
      message: expect.stringContaining('not supported by the running kernel'),
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(ring.statistics.enters).toBe(enters);
  });

  test('the refusal names the kernel that has it', async () => {
    const ring = openRing({ encoder });
    await expect(ring.start({ ...madeUpOperation(251), since: '9.9' }, {})).rejects.toThrow(
      /not supported by the running kernel \(since Linux 9\.9\)/,
    );
  });

  test('an operation with large SQEs needs a ring with large SQEs', async () => {
    const ring = openRing({ encoder });
    const large = { ...operations.nop, sqeBytes: 128 };
    await expect(ring.start(large, {})).rejects.toMatchObject({
      code: 'ERR_RING_SQE_SIZE',
      message: expect.stringContaining('{sqe128: true}'),
    });
    const wide = openRing({ encoder, sqe128: true });
    await Promise.all(Array.from({ length: 600 }, () => wide.ops.nop()));
  });
});
