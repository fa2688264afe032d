/** Memory of the ring: used in place where JavaScript maps it, sliced without a copy, and safe to lose one's view of. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RingBuffer } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('ring buffers, %s encoder', (encoder) => {
  test('are read into and written from, whole and in part', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, '0123456789');
    const fd = openSync(path, 'r+');
    const buffer = ring.alloc(64);
    expect(buffer.mapped).toBe(encoder === 'mapped');
    await expect(ring.ops.read({ fd, buffer: buffer.subarray(8, 12), offset: 2 })).resolves.toBe(4);
    expect(buffer.bytes.toString('latin1', 0, 16)).toBe('\0\0\0\0\0\0\0\x002345\0\0\0\0');
    await expect(ring.ops.write({ fd, buffer: buffer.subarray(9, 11), offset: 0 })).resolves.toBe(2);
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('3423456789');
  });

  test('take no scratch memory', async () => {
    const ring = openRing({ encoder });
    const fd = openSync('/dev/zero', 'r');
    const reading = ring.ops.read({ fd, buffer: ring.alloc(16) });
    expect(ring.statistics.scratchInUse).toBe(0);
    await reading;
    closeSync(fd);
  });

  test('start zeroed and page-aligned, and slice as arrays do', () => {
    const ring = openRing({ encoder });
    const buffer = ring.alloc(10);
    expect(buffer.address % 4096).toBe(0);
    expect(buffer.bytes).toEqual(Buffer.alloc(10));
    expect(buffer.subarray(2).byteLength).toBe(8);
    expect(buffer.subarray(-3).address).toBe(buffer.address + 7);
    expect(buffer.subarray(2, -2).byteLength).toBe(6);
    expect(buffer.subarray(8, 2).byteLength).toBe(0);
    expect(buffer.subarray(2.9, 1e9).byteLength).toBe(8);
    expect(buffer.subarray(Number.NaN, 4).byteLength).toBe(4);
    expect(buffer.subarray(2).subarray(3, 5).address).toBe(buffer.address + 5);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53])('of %s bytes are refused', (bytes) => {
    const ring = openRing({ encoder });
    expect(() => ring.alloc(bytes)).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }),
    );
  });

  test('cannot be made up', async () => {
    const ring = openRing({ encoder });
    const fake = {
      address: 4096,
      byteLength: 16,
      bytes: Buffer.alloc(16),
      mapped: true,
    } as unknown as RingBuffer;
    const forged = Object.create(RingBuffer.prototype) as RingBuffer;
    await expect(ring.ops.read({ fd: 0, buffer: fake })).rejects.toThrow(TypeError);
    await expect(ring.ops.read({ fd: 0, buffer: forged })).rejects.toThrow(TypeError);
    await expect(ring.ops.provideBuffers({ buffer: fake, length: 1, count: 1, bufGroup: 1 })).rejects.toThrow(
      TypeError,
    );
    await expect(
      ring.ops.provideBuffers({ buffer: forged, length: 1, count: 1, bufGroup: 1 }),
    ).rejects.toThrow(TypeError);
  });

  test('with a false address are used at their own', async () => {
    const ring = openRing({ encoder });
    const fd = openSync('/dev/zero', 'r');
    const buffer = ring.alloc(16);
    buffer.bytes.fill(1);
    const victim = ring.alloc(16);
    victim.bytes.fill(2);
    Object.defineProperty(buffer, 'address', { value: victim.address });
    await expect(ring.ops.read({ fd, buffer })).resolves.toBe(16);
    expect(buffer.bytes.every((byte) => byte === 0)).toBe(true);
    expect(victim.bytes.every((byte) => byte === 2)).toBe(true);
    closeSync(fd);
  });
});

test('a slice of more than two gibibytes is that long', () => {
  // Nothing of it is touched, so it takes address space only.
  const buffer = RingBuffer.allocate(2 ** 31 + 8192);
  expect(buffer.subarray().byteLength).toBe(2 ** 31 + 8192);
  expect(buffer.subarray(2 ** 31).byteLength).toBe(8192);
  expect(buffer.subarray(2 ** 31, -1).address).toBe(buffer.address + 2 ** 31);
});

/** Transfers memory where Node lets it: 20 copies external memory instead, 22 and later refuse to. */
function transferred(buffer: ArrayBuffer): ArrayBuffer | undefined {
  try {
    return structuredClone(buffer, { transfer: [buffer] });
  } catch (error) {
    expect((error as Error).name).toBe('DataCloneError');
    return undefined;
  }
}

test('mapped: what the kernel writes after the view was transferred lands in whichever view is left', async () => {
  const ring = openRing({ encoder: 'mapped' });
  const { near, far } = await socketPair();
  const buffer = ring.alloc(4096);
  const receiving = ring.ops.recv({ fd: near, buffer });
  await ring.ops.nop();
  const moved = transferred(buffer.bytes.buffer);
  await ring.ops.send({ fd: far, buffer: Buffer.from('still lands') });
  await expect(receiving).resolves.toBe(11);
  const view = buffer.bytes.byteLength > 0 ? buffer.bytes : Buffer.from(moved!);
  expect(view.toString('utf8', 0, 11)).toBe('still lands');
});

test('native: a view that was transferred away rejects before a write and after a read', async () => {
  const ring = openRing({ encoder: 'native' });
  const { near, far } = await socketPair();
  const target = ring.alloc(64);
  const receiving = ring.ops.recv({ fd: near, buffer: target });
  await ring.ops.nop();
  structuredClone(target.bytes.buffer, { transfer: [target.bytes.buffer] });
  await ring.ops.send({ fd: far, buffer: Buffer.from('lost') });
  await expect(receiving).rejects.toThrow('what the kernel wrote is lost');

  const source = ring.alloc(64);
  structuredClone(source.bytes.buffer, { transfer: [source.bytes.buffer] });
  await expect(ring.ops.send({ fd: far, buffer: source })).rejects.toThrow('cannot be read any more');
});
