/** Read-only memory goes out by every operation that reads, and is refused by those that would write to it. */
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RingBuffer } from '../../generated/index.js';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('read-only buffers, %s encoder', (encoder) => {
  test.each([true, false])('are written from, whole and in part, checked: %s', async (checked) => {
    const ring = openRing({ encoder, checked });
    const fd = openSync(join(temporaryFolder(), 'file'), 'w+');
    const buffer = ring.alloc(10);
    buffer.bytes.write('0123456789');
    const readOnly = buffer.readOnly();
    expect(await ring.ops.write({ fd, buffer: readOnly, offset: 0 })).toBe(10);
    const buffers = [readOnly.subarray(5), readOnly.subarray(0, 5)];
    expect(await ring.ops.writev({ fd, buffers, offset: 10 })).toBe(10);
    const back = Buffer.alloc(20);
    await ring.ops.read({ fd, buffer: back, offset: 0 });
    expect(back.toString()).toBe('01234567895678901234');
    expect(readOnly.copy().toString()).toBe('0123456789');
    await ring.ops.close({ fd });
  });

  test.each([true, false])('are never written to, checked: %s', async (checked) => {
    const ring = openRing({ encoder, checked });
    const readOnly = ring.alloc(8).readOnly() as unknown as RingBuffer;
    const refused = { code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining('read-only') };
    await expect(ring.ops.read({ fd: 0, buffer: readOnly })).rejects.toMatchObject(refused);
    await expect(ring.ops.recv({ fd: 0, buffer: readOnly })).rejects.toMatchObject(refused);
    await expect(ring.ops.readv({ fd: 0, buffers: [readOnly] })).rejects.toMatchObject(refused);
    await expect(ring.ops.recvmsg({ fd: 0, message: { buffers: readOnly } })).rejects.toMatchObject(refused);
    await expect(ring.submitRaw({ opcode: 0, holds: [readOnly] })).rejects.toMatchObject(refused);
    expect(() => ring.registerBuffers([readOnly])).toThrow(/ring.alloc/);
    expect(ring.pending).toBe(0);
  });
});
