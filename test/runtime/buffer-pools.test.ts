/**
 * Pools of buffers: memory is used again and counted; a buffer that was given back serves nobody before the operations
 * on it are over, and no operation can begin on it. Misuse is refused.
 */
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing, openSyncRing, temporaryFolder, turns } from '../support/rings.js';

const PAGE = 4096;

/**
 * Node 22 and later transfer external memory by this method only. Node 20 lacks it, and its structuredClone transfers
 * the native encoder's memory but copies what is external.
 */
function takeAway(buffer: ArrayBuffer & { transfer?(): ArrayBuffer }): void {
  if (buffer.transfer !== undefined) buffer.transfer();
  else structuredClone(buffer, { transfer: [buffer] });
}

describe.each(ENCODERS)('pools, %s encoder', (encoder) => {
  test('give the smallest size that will do, and the same memory again', async () => {
    const ring = openRing({ encoder });
    const pool = ring.pool({ sizes: [65_536, 4096] });
    const small = pool.acquire(10);
    const large = pool.acquire(5000);
    expect([small.byteLength, large.byteLength]).toEqual([10, 5000]);
    expect(pool.statistics).toMatchObject({ inUse: 2, available: 0, bytes: 4096 + 65_536, reused: 0 });
    const { address } = large;
    pool.release(large);
    await turns(1);
    expect(pool.acquire(65_536).address).toBe(address);
    expect(pool.statistics).toMatchObject({ inUse: 2, acquired: 3, reused: 1, bytes: 4096 + 65_536 });
    pool.release(small);
    await turns(1);
    pool.trim();
    expect(pool.statistics).toMatchObject({ inUse: 1, available: 0, bytes: 65_536 });
  });

  test('carry data like any other memory of the ring', async () => {
    const ring = openRing({ encoder });
    const pool = ring.pool({ sizes: [PAGE] });
    const fd = openSync(join(temporaryFolder(), 'file'), 'w+');
    onTestFinished(() => ring.ops.close({ fd }).catch(() => undefined) as Promise<void>);
    for (let round = 0; round < 20; round += 1) {
      const out = pool.acquire(8);
      out.bytes.write(`round ${round}`.padEnd(8));
      expect(await ring.ops.write({ fd, buffer: out, offset: 0 })).toBe(8);
      const back = pool.acquire(8);
      expect(await ring.ops.readv({ fd, buffers: [back.subarray(0, 3), back.subarray(3)], offset: 0 })).toBe(
        8,
      );
      expect(back.bytes.toString()).toBe(`round ${round}`.padEnd(8));
      pool.release(out);
      pool.release(back);
      await turns(1);
    }
    expect(pool.statistics).toMatchObject({ inUse: 0, returning: 0, available: 2, acquired: 40, reused: 38 });
  });

  test.each([true, false])('keep what is in flight from others, checked: %s', async (checked) => {
    const ring = openRing({ encoder, checked });
    const [read, write] = await ring.ops.pipe({});
    const pool = ring.pool({ sizes: [PAGE], maxBytes: PAGE });
    const buffer = pool.acquire(16);
    const { address } = buffer;
    const reading = ring.ops.read({ fd: read, buffer: buffer.subarray(4) });
    pool.release(buffer);
    await turns(2);
    expect(pool.statistics).toMatchObject({ inUse: 0, returning: 1, available: 0 });
    expect(() => pool.acquire()).toThrow(/no buffer of 4096 bytes is left/);
    await ring.ops.write({ fd: write, buffer: Buffer.from('late') });
    expect(await reading).toBe(4);
    await turns(1);
    const again = pool.acquire();
    expect(again.address).toBe(address);
    pool.release(again);
    await Promise.all([ring.ops.close({ fd: read }), ring.ops.close({ fd: write })]);
  });

  test.each([true, false])('refuse what was given back, checked: %s', async (checked) => {
    const ring = openRing({ encoder, checked });
    const pool = ring.pool({ sizes: [PAGE] });
    const other = ring.pool({ sizes: [PAGE] });
    const buffer = pool.acquire();
    const part = buffer.subarray(0, 8);
    expect(() => other.release(buffer)).toThrow(expect.objectContaining({ code: 'ERR_RING_POOL' }));
    expect(() => pool.release(part)).toThrow(expect.objectContaining({ code: 'ERR_RING_POOL' }));
    pool.release(buffer);
    expect(() => pool.release(buffer)).toThrow(/released before/);
    for (const memory of [buffer, part, part.subarray(2)]) {
      const refused = { code: 'ERR_RING_RESOURCE', message: expect.stringContaining('given back') };
      await expect(ring.ops.read({ fd: 0, buffer: memory })).rejects.toMatchObject(refused);
      await expect(ring.ops.writev({ fd: 0, buffers: [memory] })).rejects.toMatchObject(refused);
      await expect(ring.submitRaw({ opcode: operations.nop.opcode, holds: [memory] })).rejects.toMatchObject(
        refused,
      );
    }
    expect(ring.pending).toBe(0);
  });

  test('are not for memory that the kernel goes on using', async () => {
    const ring = openRing({ encoder });
    const pool = ring.pool({ sizes: [PAGE] });
    const buffer = pool.acquire();
    expect(() => ring.registerBuffers([buffer])).toThrow(/pool or a loan/);
    const provided = { opcode: operations.provideBuffers.opcode, fd: 8, addr: buffer, len: 64, bufGroup: 7 };
    await expect(ring.submitRaw(provided)).rejects.toThrow(/pool or a loan/);
    const sync = openSyncRing({ encoder });
    expect(() => sync.push(operations.read, { fd: 0, buffer })).toThrow(/synchronous level/);
    expect(sync.inFlight).toBe(0);
    pool.release(buffer);
  });

  test('can be over registered memory', async () => {
    const ring = openRing({ encoder });
    const table = ring.registerBuffers([ring.alloc(4 * PAGE)]);
    const pool = ring.pool({ sizes: [PAGE], memory: table.buffer(0) });
    const fd = openSync(join(temporaryFolder(), 'file'), 'w+');
    const buffers = [1, 2, 3, 4].map(() => pool.acquire());
    expect(() => pool.acquire()).toThrow(/is left/);
    for (const [index, buffer] of buffers.entries()) buffer.bytes.fill(index + 65);
    await Promise.all(
      buffers.map((buffer, index) => ring.ops.writeFixed({ fd, buffer, offset: index * PAGE })),
    );
    for (const buffer of buffers) buffer.bytes.fill(0);
    await ring.ops.readFixed({ fd, buffer: buffers[2]!, offset: 2 * PAGE });
    expect(buffers[2]!.bytes.toString('latin1')).toBe('C'.repeat(PAGE));
    for (const buffer of buffers) pool.release(buffer);
    await expect(ring.ops.readFixed({ fd, buffer: buffers[0]! })).rejects.toMatchObject({
      code: 'ERR_RING_RESOURCE',
    });
    await turns(1);
    pool.trim();
    expect(pool.statistics).toMatchObject({ available: 4, inUse: 0, bytes: 4 * PAGE });
    await ring.ops.close({ fd });
  });

  test('give bytes that were transferred away back with the memory', async () => {
    const ring = openRing({ encoder });
    const pool = ring.pool({ sizes: [PAGE] });
    const buffer = pool.acquire();
    takeAway(buffer.bytes.buffer);
    pool.release(buffer);
    await turns(1);
    expect(pool.acquire().bytes.byteLength).toBe(PAGE);
  });

  test.each([
    [{ sizes: [] }, /at least one/],
    [{ sizes: [0] }, /positive/],
    [{ sizes: [4096], maxBytes: -1 }, /maxBytes/],
    [{ sizes: [4096], align: 3 }, /power of two/],
  ])('of no sense are refused: %j', (options, message) => {
    const ring = openRing({ encoder });
    expect(() => ring.pool(options).acquire()).toThrow(message);
    expect(() => ring.pool({ sizes: [PAGE] }).acquire(PAGE + 1)).toThrow(/largest/);
  });
});

describe.each(ENCODERS)('alignment, %s encoder', (encoder) => {
  test.each([1, 512, 4096, 65_536, 2 ** 21])('of %i', (align) => {
    const ring = openRing({ encoder });
    const sync = openSyncRing({ encoder });
    for (const buffer of [ring.alloc(10_000, { align }), sync.alloc(100, { align })]) {
      expect(buffer.address % Math.max(align, PAGE)).toBe(0);
      expect(buffer.bytes.byteLength).toBe(buffer.byteLength);
      buffer.bytes.fill(7);
      buffer.toKernel();
      buffer.bytes.fill(0);
      if (!buffer.mapped) buffer.fromKernel(buffer.byteLength);
    }
  });

  test('serves direct I/O', async () => {
    const ring = openRing({ encoder });
    const buffer = ring.alloc(8192, { align: 2 ** 20 });
    const fd = openSync(join(temporaryFolder(), 'file'), 'w+');
    buffer.bytes.fill('x');
    expect(await ring.ops.write({ fd, buffer, offset: 0 })).toBe(8192);
    buffer.bytes.fill(0);
    expect(await ring.ops.read({ fd, buffer, offset: 0 })).toBe(8192);
    expect(buffer.bytes.toString('latin1')).toBe('x'.repeat(8192));
    await ring.ops.close({ fd });
  });

  test.each([0, 3, 1.5, -4096, 2 ** 31])('%s is refused', (align) => {
    expect(() => openRing({ encoder }).alloc(10, { align })).toThrow(/power of two/);
  });
});
