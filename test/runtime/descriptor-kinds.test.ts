/**
 * Proves that handles, direct descriptors and numbers may stand for each other wherever the kernel can tell them apart,
 * with the flags that say which it is, and that a direct one is refused where it cannot.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as constants from '../../generated/abi/constants.js';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('descriptors of every kind, %s encoder', (encoder) => {
  test('splice and tee read from a number, a handle and a direct descriptor', async () => {
    const ring = openRing({ encoder });
    const [reading, writing] = await ring.ops.pipe();
    const [copied, copying] = await ring.ops.pipe();
    const pipe = ring.adopt(reading);
    const table = ring.registerFiles([pipe]);
    const path = join(temporaryFolder(), 'file');
    await using file = await ring.open(path, { flags: constants.O_CREAT | constants.O_RDWR });
    for (const [index, fdIn] of [reading, pipe, table.descriptor(0)].entries()) {
      await ring.ops.write({ fd: writing, buffer: Buffer.from('ab') });
      await expect(ring.ops.tee({ fdIn, fdOut: copying, length: 2 })).resolves.toBe(2);
      const moving = ring.ops.splice({ fdIn, fdOut: file, offsetOut: index * 2, length: 2 });
      await expect(moving).resolves.toBe(2);
    }
    expect(readFileSync(path, 'utf8')).toBe('ababab');
    await table.unregister();
    await pipe.close();
    for (const fd of [writing, copied, copying]) closeSync(fd);
  });

  test('commands to drivers, raw operations and cancellation take each of them', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const fd = await ring.registerFiles([near]).descriptor(0).install();
    const socket = ring.adopt(fd, 'socket');
    const direct = ring.files!.descriptor(0);
    await ring.ops.send({ fd: far, buffer: Buffer.from('abc') });
    for (const one of [near, socket, direct]) {
      const waiting = ring.ops.uringCmd({ fd: one, cmdOp: constants.SOCKET_URING_OP_SIOCINQ });
      await expect(waiting).resolves.toBe(3);
      const peeking = ring.submitRaw({
        opcode: constants.IORING_OP_RECV,
        fd: one,
        addr: ring.alloc(8),
        len: 8,
        msgFlags: constants.MSG_PEEK,
      });
      await expect(peeking).resolves.toBe(3);
    }
    await expect(socket.recv(Buffer.alloc(8))).resolves.toBe(3);
    for (const one of [socket, direct]) {
      const outcome = expect(ring.ops.recv({ fd: one, buffer: Buffer.alloc(8) })).rejects.toMatchObject({
        code: 'ECANCELED',
      });
      await ring.ops.nop();
      await expect(ring.cancel({ fd: one })).resolves.toBe(1);
      await outcome;
    }
    await direct.close();
    await socket.close();
  });

  test('a table takes files from handles, and none from a closed one', async () => {
    const ring = openRing({ encoder });
    const table = ring.registerFiles({ size: 4 });
    const file = await ring.open('/dev/zero');
    const added = [await table.add(file), table.set(3, file)];
    await file.close();
    for (const fd of added) await expect(ring.ops.read({ fd, buffer: Buffer.alloc(4) })).resolves.toBe(4);
    await expect(table.add(file)).rejects.toMatchObject({ code: 'ERR_RING_RESOURCE' });
    expect(() => table.set(2, file)).toThrow('the handle was closed');
    const again = openSync('/dev/null', 'r');
    await using other = ring.adopt(again);
    await expect(ring.ops.filesUpdate({ descriptors: [other] })).resolves.toBe(1);
  });

  test('a direct one is refused where the kernel looks for ordinary ones', async () => {
    const ring = openRing({ encoder });
    const fd = openSync('/', 'r');
    const dirfd = ring.registerFiles([fd]).descriptor(0) as unknown as number;
    const opening = ring.ops.openat({ path: 'etc', dirfd });
    await expect(opening).rejects.toThrow('install() the direct one');
    await expect(ring.ops.openat({ path: 'etc', dirfd: {} as never })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    });
    expect(fstatSync(fd).isDirectory()).toBe(true);
    closeSync(fd);
  });
});
