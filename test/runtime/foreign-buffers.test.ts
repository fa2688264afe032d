/** A program's own byte arrays: copied in and out, so that nothing it does to them can touch what the kernel uses. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('foreign buffers, %s encoder', (encoder) => {
  test('a part of a larger array is read into, and only that part', async () => {
    const { ops } = openRing({ encoder });
    const path = join(temporaryFolder(), 'part');
    writeFileSync(path, 'ABCD');
    const fd = openSync(path, 'r');
    const whole = Buffer.alloc(12, '.');
    await expect(ops.read({ fd, buffer: whole.subarray(4, 8), offset: 0 })).resolves.toBe(4);
    closeSync(fd);
    expect(whole.toString()).toBe('....ABCD....');
  });

  test('a part of a larger array is written, and only that part', async () => {
    const { ops } = openRing({ encoder });
    const path = join(temporaryFolder(), 'part');
    const fd = openSync(path, 'w');
    const whole = new Uint8Array(Buffer.from('xxxxDATAyyyy')).subarray(4, 8);
    await expect(ops.write({ fd, buffer: whole, offset: 0 })).resolves.toBe(4);
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('DATA');
  });

  test('nothing is read into nothing', async () => {
    const { ops } = openRing({ encoder });
    const fd = openSync('/dev/zero', 'r');
    await expect(ops.read({ fd, buffer: new Uint8Array(0) })).resolves.toBe(0);
    closeSync(fd);
    const sink = openSync('/dev/null', 'w');
    await expect(ops.write({ fd: sink, buffer: new Uint8Array(0) })).resolves.toBe(0);
    closeSync(sink);
  });

  test('more than a mebibyte goes out and comes back', async () => {
    const { ops } = openRing({ encoder });
    const path = join(temporaryFolder(), 'large');
    const data = Buffer.alloc(3 * 1024 * 1024 + 17);
    for (let at = 0; at < data.length; at += 1) data[at] = (at * 31 + (at >> 11)) & 0xff;
    const fd = openSync(path, 'w+');
    await expect(ops.write({ fd, buffer: data, offset: 0 })).resolves.toBe(data.length);
    const back = Buffer.alloc(data.length);
    await expect(ops.read({ fd, buffer: back, offset: 0 })).resolves.toBe(data.length);
    closeSync(fd);
    expect(back.equals(data)).toBe(true);
  });

  test('what is written is what the array held when the operation was started', async () => {
    const { ops } = openRing({ encoder });
    const path = join(temporaryFolder(), 'then');
    const fd = openSync(path, 'w');
    const buffer = Buffer.from('before');
    const writing = ops.write({ fd, buffer, offset: 0 });
    buffer.fill('!');
    await writing;
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('before');
  });

  test('a target that is transferred away while the kernel writes rejects, and says why', async () => {
    const { ops } = openRing({ encoder });
    const { near, far } = await socketPair();
    const buffer = new Uint8Array(16);
    const receiving = ops.recv({ fd: near, buffer });
    await ops.nop();
    const moved = structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
    await ops.send({ fd: far, buffer: Buffer.from('too late') });
    await expect(receiving).rejects.toMatchObject({
      name: 'TypeError',
      message: 'recv: buffer was detached or shrunk while the kernel was writing; its data is lost',
    });
    expect(new Uint8Array(moved)).toEqual(new Uint8Array(16));
  });

  test('of a failed operation and a lost buffer, the failure is reported', async () => {
    const { ops } = openRing({ encoder });
    const buffer = new Uint8Array(16);
    const reading = ops.read({ fd: 999_999, buffer });
    structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
    await expect(reading).rejects.toMatchObject({ code: 'EBADF' });
  });

  test('memory that can go away is refused, with the remedy', async () => {
    const { ops } = openRing({ encoder });
    const Resizable = ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer;
    const buffer = new Uint8Array(new Resizable(8, { maxByteLength: 16 }));
    await expect(ops.read({ fd: 0, buffer })).rejects.toThrow(/resizable ArrayBuffer.*use ring\.alloc\(\)/);
  });

  test('a byte array of another realm is a byte array', async () => {
    const { ops } = openRing({ encoder });
    const fd = openSync('/dev/zero', 'r');
    const buffer = runInNewContext('new Uint8Array(4).fill(1)') as Uint8Array;
    await expect(ops.read({ fd, buffer })).resolves.toBe(4);
    expect([...buffer]).toEqual([0, 0, 0, 0]);
    closeSync(fd);
  });

  test('shared memory is filled as well', async () => {
    const { ops } = openRing({ encoder });
    const fd = openSync('/dev/zero', 'r');
    const buffer = new Uint8Array(new SharedArrayBuffer(4)).fill(1);
    await expect(ops.read({ fd, buffer })).resolves.toBe(4);
    expect([...buffer]).toEqual([0, 0, 0, 0]);
    closeSync(fd);
  });
});
