/** A descriptor that was opened in spite of an abort is the program's, which is told of it; none is ever lost, or closed twice. */
import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Operation, operations } from '../../generated/index.js';
import { RingBuffer } from '../../runtime/memory/memory.js';
import type { AnyOperation } from '../../runtime/operations/operation.js';
import { native } from '../../runtime/port/native.js';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

const IORING_REGISTER_FILES = 2;
const FILE_INDEX_ALLOC = 0xffffffff;
const FIXED_FILE = 1;

const { openat } = operations;

const descriptors = (): number => readdirSync('/proc/self/fd').length;

const isOpen = (fd: number): boolean => {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
};

describe.each(ENCODERS)('descriptors of aborted operations, %s encoder', (encoder) => {
  test('opened in spite of the abort are told of', async () => {
    const ring = openRing({ encoder, entries: 8 });
    const before = descriptors();
    let opened = 0;
    for (let round = 0; round < 100; round += 1) {
      const stop = new AbortController();
      const opening = ring.start(openat, { path: '/dev/null' }, { signal: stop.signal });
      // More than the queue holds, so that it was flushed, and the file opened.
      for (let count = 0; count < 16; count += 1) void ring.ops.nop();
      stop.abort();
      const end: unknown = await opening.catch(({ name }: Error) => name);
      if (typeof end === 'number') {
        opened += 1;
        expect(isOpen(end)).toBe(true);
        closeSync(end);
      } else expect(end).toBe('AbortError');
    }
    expect(opened).toBeGreaterThan(0);
    expect(descriptors()).toBe(before);
  });

  test('of an abort before the kernel saw the operation do not come to be', async () => {
    const ring = openRing({ encoder });
    const before = descriptors();
    for (let round = 0; round < 100; round += 1) {
      const stop = new AbortController();
      const opening = ring.start(openat, { path: '/dev/null' }, { signal: stop.signal });
      stop.abort();
      await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
    }
    expect(descriptors()).toBe(before);
  });

  test('of an abort that comes after the completion stay the program’s', async () => {
    const ring = openRing({ encoder });
    const stop = new AbortController();
    const fd = await ring.start(openat, { path: '/dev/null' }, { signal: stop.signal });
    stop.abort();
    await ring.ops.nop();
    expect(isOpen(fd)).toBe(true);
    closeSync(fd);
  });

  test('are those of the arguments as they were, not as they are by then', async () => {
    const ring = openRing({ encoder });
    const table = ring.alloc(8);
    table.bytes.fill(0xff);
    table.toKernel();
    native().register(ring.fd, IORING_REGISTER_FILES, RingBuffer.address(table), 2);
    const path = RingBuffer.allocate(16);
    path.bytes.write('/dev/zero');
    path.toKernel();
    const args = { path, fileSlot: 1 };
    await ring.start(openat, { path: '/dev/zero', fileSlot: 2 });
    const stop = new AbortController();
    const direct: Operation<operations.OpenatReady, number> = { ...openat, ready: (_pins, same) => same };
    const opening = ring.start(direct, args, { signal: stop.signal });
    args.fileSlot = 2;
    await opening;
    stop.abort();
    const buffer = Buffer.alloc(1);
    const readSlot = (fd: number): Promise<number> => ring.ops.read({ fd, buffer, sqeFlags: FIXED_FILE });
    await expect(readSlot(0)).resolves.toBe(1);
    await expect(readSlot(1)).resolves.toBe(1);
  });

  test('in a slot that the kernel chose are closed there', async () => {
    const ring = openRing({ encoder });
    const table = ring.alloc(4);
    table.bytes.fill(0xff);
    table.toKernel();
    native().register(ring.fd, IORING_REGISTER_FILES, RingBuffer.address(table), 1);
    for (let round = 0; round < 20; round += 1) {
      const stop = new AbortController();
      const args = { path: '/dev/zero', fileSlot: FILE_INDEX_ALLOC };
      const opening = ring.start(openat, args, { signal: stop.signal });
      stop.abort();
      await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
    }
    // There is one slot only.
    await expect(ring.ops.openat({ path: '/dev/zero', fileSlot: FILE_INDEX_ALLOC })).resolves.toBe(0);
  });

  test('are closed too when the ring closes meanwhile', async () => {
    const ring = openRing({ encoder, entries: 1, cqEntries: 1 });
    const before = descriptors();
    const stop = new AbortController();
    const opening = ring.start(openat, { path: '/dev/null' }, { signal: stop.signal });
    stop.abort();
    const closing = ring.close();
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
    await closing;
    // The ring's own is gone as well.
    expect(descriptors()).toBe(before - 1);
  });

  test('are both ends of a pipe', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.pipe)) return context.skip('the kernel has no IORING_OP_PIPE');
    const before = descriptors();
    let made = 0;
    await Promise.all(
      Array.from({ length: 100 }, async (_, round) => {
        const stop = new AbortController();
        const piping = ring.ops.pipe({}, { signal: stop.signal });
        for (let turn = 0; turn < round % 4; turn += 1) await undefined;
        if (round % 8 > 4) await ring.ops.nop();
        stop.abort();
        const ends = await piping.catch(() => []);
        made += ends.length;
        for (const fd of ends) closeSync(fd);
      }),
    );
    expect(made).toBeGreaterThan(0);
    expect(descriptors()).toBe(before);
  });

  test.for([
    ['chosen by the kernel', FILE_INDEX_ALLOC, [0, 1]],
    ['chosen by the program', 3, [2, 3]],
  ] as const)('are both ends of a pipe in slots %s', async ([, fileSlot, slots], context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.pipe)) return context.skip('the kernel has no IORING_OP_PIPE');
    const table = ring.registerFiles({ size: 4 });
    const { ops } = ring;
    for (let round = 0; round < 20; round += 1) {
      const stop = new AbortController();
      const piping = ops.pipe({ fileSlot }, { signal: stop.signal });
      stop.abort();
      await expect(piping).rejects.toMatchObject({ name: 'AbortError' });
    }
    for (const fd of [0, 1, 2, 3]) {
      const ended = ops.read({ fd, buffer: Buffer.alloc(1), sqeFlags: FIXED_FILE });
      await expect(ended).rejects.toMatchObject({ code: 'EBADF' });
    }
    const [from, to] = await ops.pipe({ fileSlot });
    expect([from, to]).toEqual(slots);
    await ops.write({ fd: to, buffer: Buffer.from('x'), sqeFlags: FIXED_FILE });
    await expect(ops.read({ fd: from, buffer: Buffer.alloc(1), sqeFlags: FIXED_FILE })).resolves.toBe(1);
    await table.unregister();
  });

  test('are left alone where the operation made none', async () => {
    const ring = openRing({ encoder, entries: 8 });
    const { near, far } = await socketPair();
    const fd = openSync('/dev/null', 'r');
    const stop = new AbortController();
    await ring.ops.send({ fd: far, buffer: Buffer.alloc(fd) });
    const receiving = ring.ops.recv({ fd: near, buffer: Buffer.alloc(64) }, { signal: stop.signal });
    for (let count = 0; count < 16; count += 1) void ring.ops.nop();
    stop.abort();
    await expect(receiving).resolves.toBe(fd);
    expect(isOpen(fd)).toBe(true);
    closeSync(fd);
    expect((operations.recv as AnyOperation).created).toBeUndefined();
  });
});
