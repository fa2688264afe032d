/** readv and writev: several buffers, of both kinds, in order; short reads fill only what the kernel filled. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('vectors, %s encoder', (encoder) => {
  test('writev writes buffers of both kinds one after the other', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'written');
    const fd = openSync(path, 'w');
    const own = ring.alloc(8);
    own.bytes.write('ring mem');
    const buffers = [Buffer.from('foreign '), own, new Uint8Array(0), own.subarray(4, 8)];
    await expect(ring.ops.writev({ fd, buffers, offset: 0 })).resolves.toBe(20);
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('foreign ring mem mem');
  });

  test('readv fills buffers of both kinds in order', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'read');
    writeFileSync(path, 'aaaabbbbccccdddd');
    const fd = openSync(path, 'r');
    const [first, own, last] = [Buffer.alloc(4), ring.alloc(4), Buffer.alloc(8)];
    await expect(ring.ops.readv({ fd, buffers: [first, own, last], offset: 0 })).resolves.toBe(16);
    closeSync(fd);
    expect([first.toString(), own.bytes.toString(), last.toString()]).toEqual(['aaaa', 'bbbb', 'ccccdddd']);
  });

  test('a short read leaves the rest of the buffers as it was', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'short');
    writeFileSync(path, '123456');
    const fd = openSync(path, 'r');
    const buffers = [Buffer.alloc(4, '.'), Buffer.alloc(4, '.'), Buffer.alloc(4, '.')];
    await expect(ring.ops.readv({ fd, buffers, offset: 0 })).resolves.toBe(6);
    closeSync(fd);
    expect(buffers.map((buffer) => buffer.toString())).toEqual(['1234', '56..', '....']);
  });

  test('no buffers at all read nothing', async () => {
    const ring = openRing({ encoder });
    const fd = openSync('/dev/zero', 'r');
    await expect(ring.ops.readv({ fd, buffers: [] })).resolves.toBe(0);
    closeSync(fd);
  });

  test('one buffer that went away does not take the data of the others', async () => {
    const ring = openRing({ encoder });
    const fd = openSync('/dev/zero', 'r');
    const gone = new Uint8Array(4).fill(9);
    const kept = Buffer.alloc(4, 9);
    const reading = ring.ops.readv({ fd, buffers: [gone, kept] });
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    await expect(reading).rejects.toThrow(/readv: buffers\[0\] was detached/);
    expect(kept).toEqual(Buffer.alloc(4));
    closeSync(fd);
  });
});
