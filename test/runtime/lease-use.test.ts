/**
 * A lease is memory like any other: operations take it without a copy, and its buffer goes back to the kernel only when
 * the program has released it and no operation in flight uses it any more.
 */
import { describe, expect, test } from 'vitest';
import type { BufferRing, Lease, Ring } from '../../generated/index.js';
import { ENCODERS, openRing } from '../support/rings.js';
import { connected, expectWhole } from '../support/streams.js';

const MSG_WAITALL = 0x100;
const MOST = 1 << 20;

async function lease(ring: Ring, buffers: BufferRing, data: string | Buffer): Promise<Lease> {
  const { near, far } = await connected(ring);
  await ring.ops.send({ fd: far, buffer: Buffer.from(data) });
  return buffers.recv({ fd: near });
}

describe.each(ENCODERS)('a lease in use, %s encoder', (encoder) => {
  test('is sent on as it is, whole or a part of it, with what the program changed', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 16 });
    const { near, far } = await connected(ring);
    const first = await lease(ring, buffers, 'to be sent on!!!');
    first.bytes.write('is');
    expect(await ring.ops.send({ fd: near, buffer: first })).toBe(16);
    expect(await ring.ops.send({ fd: near, buffer: first.subarray(6, 10) })).toBe(4);
    expect(ring.statistics.scratchInUse).toBe(0);
    const answer = Buffer.alloc(20);
    await ring.ops.recv({ fd: far, buffer: answer, flags: MSG_WAITALL });
    expect(answer.toString()).toBe('is be sent on!!!sent');
    first.release();
    expectWhole(buffers);
  });

  test('keeps its buffer when it is released before the operation is over', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 1, bufferBytes: MOST });
    const { near, far } = await connected(ring);
    const data = Buffer.alloc(MOST, 'abcdefg');
    const sent = await lease(ring, buffers, data.subarray(0, 64));
    expect(buffers.statistics).toEqual({ entries: 1, available: 0, leased: 1 });
    // The socket is full, so that the send stays in flight.
    const filling = ring.ops.send({ fd: near, buffer: data, flags: MSG_WAITALL });
    const sending = ring.ops.send({ fd: near, buffer: sent, flags: MSG_WAITALL });
    const part = ring.ops.send({ fd: near, buffer: sent.subarray(8), flags: MSG_WAITALL });
    sent.release();
    sent.release();
    expect(sent.released).toBe(true);
    expect(buffers.statistics).toEqual({ entries: 1, available: 0, leased: 1 });
    const received = Buffer.alloc(MOST + 64 + 56);
    await ring.ops.recv({ fd: far, buffer: received, flags: MSG_WAITALL });
    expect(await Promise.all([filling, sending, part])).toEqual([MOST, 64, 56]);
    expectWhole(buffers);
  });

  test('is refused once it has been released, and where it would be used beyond an operation', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 1, bufferBytes: 16 });
    const { near } = await connected(ring);
    const gone = await lease(ring, buffers, 'gone');
    expect(() => ring.registerBuffers([gone])).toThrow('must be memory of ring.alloc()');
    const part = gone.subarray(1);
    gone.release();
    const refused = { code: 'ERR_INVALID_STATE', message: expect.stringContaining('the lease was released') };
    for (const buffer of [gone, part]) {
      await expect(ring.ops.send({ fd: near, buffer })).rejects.toMatchObject(refused);
      await expect(ring.ops.recv({ fd: near, buffer })).rejects.toMatchObject(refused);
      await expect(ring.ops.writev({ fd: near, buffers: [buffer] })).rejects.toMatchObject(refused);
      await expect(ring.submitRaw({ opcode: 0, addr: buffer })).rejects.toMatchObject(refused);
    }
    expect(() => gone.bytes).toThrow('the lease was released');
    expectWhole(buffers);
  });
});
