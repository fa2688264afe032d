/** The arguments belong to the program again as soon as the call returns, also when the operation had to wait. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../generated/index.js';
import { ENCODERS, holdBack, openRing, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('arguments, %s encoder', (encoder) => {
  test('one object serves a hundred reads', async () => {
    const ring = openRing({ encoder, entries: 4, cqEntries: 8 });
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, Buffer.from(Array.from({ length: 100 }, (_, index) => index)));
    const fd = openSync(path, 'r');
    const args = { fd, buffer: Buffer.alloc(0), offset: 0 };
    const targets: Buffer[] = [];
    const reads = Array.from({ length: 100 }, (_, index) => {
      args.buffer = Buffer.alloc(1);
      args.offset = index;
      targets.push(args.buffer);
      return ring.ops.read(args);
    });
    args.fd = -1;
    await Promise.all(reads);
    expect(targets.map(([byte]) => byte)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    closeSync(fd);
  });

  test('lists and addresses may be changed too', async () => {
    const ring = openRing({ encoder });
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const socket = await ring.ops.socket({ domain: 2, type: 1 });
    const fd = openSync('/dev/zero', 'r');

    const letGo = holdBack(ring);
    const address = { host: '127.0.0.1', port };
    const connecting = ring.ops.connect({ fd: socket, address });
    const target = Buffer.alloc(4, 1);
    const buffers: Bytes[] = [target];
    const reading = ring.ops.readv({ fd, buffers });
    expect(ring.statistics.waiting).toBe(3);
    address.port = 1;
    buffers.length = 0;

    await letGo();
    await expect(connecting).resolves.toBeUndefined();
    await expect(reading).resolves.toBe(4);
    expect(target).toEqual(Buffer.alloc(4));
    await ring.ops.close({ fd: socket });
    closeSync(fd);
    await new Promise((resolve) => server.close(resolve));
  });

  test('a getter that throws while the operation has to wait rejects, and is asked once', async () => {
    const ring = openRing({ encoder });
    const letGo = holdBack(ring);
    let asked = 0;
    const args = {
      get path(): string {
        asked += 1;
        throw new Error('mine');
      },
    };
    await expect(ring.ops.openat(args)).rejects.toThrow('mine');
    expect(asked).toBe(1);
    await letGo();
  });
});
