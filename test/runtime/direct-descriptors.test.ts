/**
 * Direct descriptors: files in slots of the ring's own table. Their use needs no flag, a slot is not given away while an
 * operation means what was in it, and none is lost: not by a full table, an abort or a handle that was dropped.
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as constants from '../../generated/abi/constants.js';
import { operations, type Ring } from '../../generated/index.js';
import type { DirectDescriptor } from '../../runtime/resources/direct-descriptor.js';
import { resultOfChild } from '../support/children.js';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

const { IORING_OP_READ, IORING_OP_RECV, IORING_OP_WRITE, IORING_FILE_INDEX_ALLOC } = constants;

const write = (ring: Ring, fd: DirectDescriptor, text: string): Promise<number> => {
  const addr = ring.alloc(text.length);
  addr.bytes.write(text);
  return ring.submitRaw({ opcode: IORING_OP_WRITE, fd, addr, len: text.length, off: 0 });
};

const receive = (ring: Ring, fd: DirectDescriptor): Promise<number> =>
  ring.submitRaw({ opcode: IORING_OP_RECV, fd, addr: ring.alloc(64), len: 64 });

describe.each(ENCODERS)('direct descriptors, %s encoder', (encoder) => {
  test('are opened into a slot of the kernel, used, installed and closed', async () => {
    const ring = openRing({ encoder });
    const table = ring.registerFiles({ size: 8 });
    const path = join(temporaryFolder(), 'file');
    const flags = constants.O_CREAT | constants.O_RDWR;
    const slot = await ring.ops.openat({ path, flags, mode: 0o600, fileSlot: IORING_FILE_INDEX_ALLOC });
    const file = table.adopt(slot);
    await expect(write(ring, file, 'direct')).resolves.toBe(6);
    expect(readFileSync(path, 'utf8')).toBe('direct');
    // Named arguments take it where they take a descriptor, with memory of either kind and with none.
    const read = Buffer.alloc(6);
    await expect(ring.ops.read({ fd: file, buffer: read, offset: 0 })).resolves.toBe(6);
    expect(read.toString()).toBe('direct');
    const owned = ring.alloc(6);
    await expect(ring.ops.read({ fd: file, buffer: owned, offset: 0 })).resolves.toBe(6);
    expect(owned.bytes.toString()).toBe('direct');
    await ring.ops.ftruncate({ fd: file, length: 3 });
    expect(readFileSync(path, 'utf8')).toBe('dir');
    const fd = await file.install();
    expect(fstatSync(fd).ino).toBe(statSync(path).ino);
    closeSync(fd);
    expect(table.open).toBe(1);
    await file.close();
    expect([table.open, file.closed]).toEqual([0, true]);
    await expect(write(ring, file, 'late')).rejects.toMatchObject({ code: 'ERR_RING_RESOURCE' });
    const raw = ring.submitRaw({
      opcode: IORING_OP_READ,
      fd: slot,
      sqeFlags: constants.IOSQE_FIXED_FILE,
      addr: ring.alloc(8),
      len: 8,
    });
    await expect(raw).rejects.toMatchObject({ code: 'EBADF' });
  });

  test('fill the table and no more, within the range that is to be used', async () => {
    const ring = openRing({ encoder });
    const table = ring.registerFiles({ size: 6 });
    table.allocateFrom(2, 2);
    const fd = openSync('/dev/null', 'r+');
    const [first, second] = [await table.add(fd), await table.add(fd)];
    expect([first.slot, second.slot].sort()).toEqual([2, 3]);
    await expect(table.add(fd)).rejects.toMatchObject({ code: 'ENFILE', op: 'IORING_OP_FILES_UPDATE' });
    const chosen = table.set(5, fd);
    expect(table.descriptor(5)).toBe(chosen);
    expect(() => table.set(5, fd)).toThrow('slot 5 is taken');
    expect(() => table.descriptor(0)).toThrow('no direct descriptor is known in slot 0');
    await first.close();
    expect((await table.add(fd)).slot).toBe(first.slot);
    closeSync(fd);
    await expect(write(ring, chosen, 'still open')).resolves.toBe(10);
  });

  test('are closed after the operations that use them, and the slot is free only then', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const table = ring.registerFiles([near]);
    const socket = table.descriptor(0);
    const receiving = receive(ring, socket);
    await ring.ops.nop();
    let closed = false;
    const closing = socket.close().then(() => {
      closed = true;
    });
    for (let round = 0; round < 5; round += 1) await ring.ops.nop();
    expect(closed).toBe(false);
    expect(() => table.set(0, near)).toThrow('slot 0 is taken');
    await ring.ops.send({ fd: far, buffer: Buffer.from('bye') });
    await expect(receiving).resolves.toBe(3);
    await closing;
    expect(table.open).toBe(0);
  });

  test('are let go of by cancelling what uses them', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const table = ring.registerFiles([near]);
    const socket = table.descriptor(0);
    const outcome = expect(receive(ring, socket)).rejects.toMatchObject({ code: 'ECANCELED' });
    await ring.ops.nop();
    const unregistering = table.unregister();
    await expect(receive(ring, socket)).rejects.toMatchObject({ code: 'ERR_RING_RESOURCE' });
    await expect(ring.cancel({ fd: socket })).resolves.toBe(1);
    await outcome;
    await unregistering;
    expect(ring.files).toBeUndefined();
    expect(() => table.descriptor(0)).toThrow('unregistered');
    // The ring can have another table now.
    await ring.registerFiles({ size: 1 }).unregister();
  });

  test('that an aborted operation opened all the same are closed', async () => {
    const ring = openRing({ encoder });
    ring.registerFiles({ size: 1 });
    const controller = new AbortController();
    const arguments_ = { path: '/dev/null', fileSlot: IORING_FILE_INDEX_ALLOC };
    const opening = ring.start(operations.openat, arguments_, { signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
    // The table's only slot is free again.
    await expect(ring.ops.openat(arguments_)).resolves.toBe(0);
  });

  test('of one ring are refused by another', async () => {
    const [ring, other] = [openRing({ encoder }), openRing({ encoder })];
    const file = ring.registerFiles([openSync('/dev/null', 'r+')]).descriptor(0);
    await expect(write(other, file, 'x')).rejects.toMatchObject({ code: 'ERR_RING_RESOURCE' });
  });
});

test('a handle that was dropped is reported, counted, and its slot freed', async () => {
  const program = `
    const ring = new Ring();
    const table = ring.registerFiles({ size: 2 });
    const warnings = [];
    process.on('warning', (warning) => warnings.push(warning.message));
    const fd = fs.openSync('/dev/null');
    await table.add(fd);
    while (table.leaked === 0) { gc(); await sleep(5); }
    await sleep(5);
    while (table.open > 0) await sleep(5);
    const both = [await table.add(fd), await table.add(fd)];
    console.log(JSON.stringify({ leaked: table.leaked, slots: both.map(({ slot }) => slot).sort(), warnings }));
    await ring.close();`;
  const result = await resultOfChild<{ leaked: number; slots: number[]; warnings: string[] }>(program, {
    flags: ['--expose-gc', '--no-warnings'],
  });
  expect(result).toEqual({
    leaked: 1,
    slots: [0, 1],
    warnings: [expect.stringContaining('Closing direct descriptor')],
  });
});

test('ten thousand openings and closings leave neither slot nor descriptor behind', async () => {
  const ring = openRing();
  const table = ring.registerFiles({ size: 64 });
  const before = readdirSync('/proc/self/fd').length;
  const one = async (): Promise<void> => {
    for (let round = 0; round < 200; round += 1) {
      const slot = await ring.ops.openat({ path: '/dev/null', fileSlot: IORING_FILE_INDEX_ALLOC });
      await table.adopt(slot).close();
    }
  };
  await Promise.all(Array.from({ length: 50 }, one));
  expect(table.open).toBe(0);
  expect(readdirSync('/proc/self/fd').length).toBe(before);
});
