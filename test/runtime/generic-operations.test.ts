/** Operations over the SQE's own fields: everything the header has works, with paths and data in ring memory. */
import { closeSync, constants, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { operations, type Ring, type RingBuffer } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

const AT_FDCWD = -100;

/** A C string in the ring's memory. */
function path(ring: Ring, text: string): RingBuffer {
  const memory = ring.alloc(Buffer.byteLength(text) + 1);
  memory.bytes.write(text);
  return memory;
}

describe.each(ENCODERS)('generic operations, %s encoder', (encoder) => {
  test('MKDIRAT, RENAMEAT and UNLINKAT', async () => {
    const ring = openRing({ encoder });
    const folder = temporaryFolder();
    const [made, renamed] = [join(folder, 'made'), join(folder, 'renamed')];
    await expect(ring.ops.mkdirat({ fd: AT_FDCWD, addr: path(ring, made), len: 0o700 })).resolves.toBe(0);
    expect(statSync(made).mode & 0o777).toBe(0o700);

    // The second folder's descriptor travels in `len`.
    const rename = { fd: AT_FDCWD, addr: path(ring, made), len: AT_FDCWD, addr2: path(ring, renamed) };
    await expect(ring.ops.renameat(rename)).resolves.toBe(0);
    expect([existsSync(made), existsSync(renamed)]).toEqual([false, true]);

    const AT_REMOVEDIR = 0x200;
    const file = join(renamed, 'file');
    writeFileSync(file, '');
    await expect(
      ring.ops.unlinkat({ fd: AT_FDCWD, addr: path(ring, renamed), unlinkFlags: AT_REMOVEDIR }),
    ).rejects.toMatchObject({ code: 'ENOTEMPTY', syscall: 'unlinkat', op: 'IORING_OP_UNLINKAT' });
    await ring.ops.unlinkat({ fd: AT_FDCWD, addr: path(ring, file) });
    await ring.ops.unlinkat({ fd: AT_FDCWD, addr: path(ring, renamed), unlinkFlags: AT_REMOVEDIR });
    expect(existsSync(renamed)).toBe(false);
  });

  test('SYMLINKAT and FTRUNCATE, with 64-bit values as numbers and bigints', async (context) => {
    const ring = openRing({ encoder });
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, 'x');
    const link = { fd: AT_FDCWD, addr: path(ring, file), addr2: path(ring, join(folder, 'link')) };
    await ring.ops.symlinkat(link);
    expect(readFileSync(join(folder, 'link'), 'utf8')).toBe('x');
    if (!ring.supports(operations.ftruncate)) return context.skip('the kernel has no IORING_OP_FTRUNCATE');
    const fd = openSync(join(folder, 'link'), 'r+');
    await ring.ops.ftruncate({ fd, off: 2 ** 33 });
    expect(statSync(file).size).toBe(2 ** 33);
    await ring.ops.ftruncate({ fd, off: 2n ** 34n });
    expect(statSync(file).size).toBe(2 ** 34);
    closeSync(fd);
  });

  test('SOCKET and SHUTDOWN', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const socket = await ring.ops.socket({ fd: 2, off: 1 });
    expect(existsSync(`/proc/self/fd/${socket}`)).toBe(true);
    await ring.ops.close({ fd: socket });
    await ring.ops.shutdown({ fd: near, len: 1 });
    await expect(ring.ops.recv({ fd: far, buffer: Buffer.alloc(1) })).resolves.toBe(0);
  });

  test('memory the kernel writes comes back', async () => {
    const ring = openRing({ encoder });
    const statBuffer = ring.alloc(256);
    const text = path(ring, '/dev/null');
    // What `fields` brings to the kernel is what the bytes hold at the call.
    await ring.ops.splice({ fd: -1 }).catch(() => undefined);
    const fd = await ring.ops.openat2({
      fd: AT_FDCWD,
      addr: text,
      off: openHow(ring, constants.O_RDONLY),
      len: 24,
    });
    expect(fd).toBeGreaterThan(2);
    await ring.ops.close({ fd });
    const getxattr = ring.ops.fgetxattr({ fd: 999_999, addr: text, addr2: statBuffer, len: 256 });
    await expect(getxattr).rejects.toMatchObject({ code: 'EBADF' });
    await expect(pipeOf(ring)).resolves.toHaveLength(2);
  });

  test('FALLOCATE takes its length where the kernel looks for it', async () => {
    const ring = openRing({ encoder });
    const file = join(temporaryFolder(), 'file');
    const fd = openSync(file, 'w');
    await ring.ops.fallocate({ fd, off: 0, addr: 8192, len: 0 });
    expect(statSync(file).size).toBe(8192);
    closeSync(fd);
  });

  test('two names for one place are refused, and so are unknown names', async () => {
    const ring = openRing({ encoder });
    await expect(ring.ops.mkdirat({ off: 1, addr2: 2 })).rejects.toThrow(/off.*addr2|addr2.*off/);
    await expect(ring.ops.mkdirat({ pollEvents: 1, rwFlags: 0 })).rejects.toThrow(/share/);
    await expect(ring.ops.mkdirat({ level: 1, addr: 0 })).rejects.toThrow(/share/);
    await expect(ring.ops.mkdirat({ mode: 7 } as object)).rejects.toThrow(/no field/);
    // Neighbours are no clash.
    await expect(ring.ops.uringCmd({ level: 1, optname: 2, fd: 999_999 })).rejects.toMatchObject({
      code: 'EBADF',
    });
    expect(ring.statistics).toMatchObject({ inFlight: 0, scratchInUse: 0 });
  });

  test('values that do not fit their field are refused', async () => {
    const ring = openRing({ encoder });
    await expect(ring.ops.mkdirat({ ioprio: 65_536 })).rejects.toThrow(RangeError);
    await expect(ring.ops.mkdirat({ writeStream: 256 })).rejects.toThrow(RangeError);
    await expect(ring.ops.mkdirat({ off: 2n ** 64n })).rejects.toThrow(RangeError);
    await expect(ring.ops.mkdirat({ cmd: new Uint8Array(81) })).rejects.toThrow(/cmd/);
    await expect(ring.ops.mkdirat({ cmd: 'text' as unknown as Uint8Array })).rejects.toThrow(/cmd/);
  });
});

/** A `struct open_how`: flags, mode, resolve. */
function openHow(ring: Ring, flags: number): RingBuffer {
  const memory = ring.alloc(24);
  memory.bytes.writeBigUInt64LE(BigInt(flags), 0);
  return memory;
}

/** Both ends of a new pipe, which the kernel writes into memory. */
async function pipeOf(ring: Ring): Promise<number[]> {
  if (!ring.supports(operations.pipe)) return [-1, -1];
  const ends = ring.alloc(8);
  await ring.ops.pipe({ addr: ends });
  const descriptors = [ends.bytes.readInt32LE(0), ends.bytes.readInt32LE(4)];
  const [from, to] = descriptors as [number, number];
  await ring.ops.write({ fd: to, buffer: Buffer.from('through') });
  const buffer = Buffer.alloc(16);
  expect(await ring.ops.read({ fd: from, buffer })).toBe(7);
  expect(buffer.toString('utf8', 0, 7)).toBe('through');
  for (const fd of descriptors) await ring.ops.close({ fd });
  return descriptors;
}
