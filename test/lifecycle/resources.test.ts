/** Rings with registered resources and listeners end with their thread however it ends, and leave no descriptor. */
import { expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';

test('twenty workers terminated while they listen, with tables in use, leave nothing', async () => {
  const program = `
    const source = \`
      import { Ring } from '\${packageUrl}';
      import { parentPort } from 'node:worker_threads';
      import fs from 'node:fs';
      const ring = new Ring({ taskWork: 'deferred' });
      const own = new Ring();
      own.registerEventfd();
      const files = ring.registerFiles({ size: 8 });
      const buffers = ring.registerBuffers([ring.alloc(4096), ring.alloc(4096)]);
      const zero = await files.add(fs.openSync('/dev/zero'));
      const fd = zero;
      const again = () => ring.submitRaw({ opcode: 4, fd, addr: buffers.buffer(0), len: 4096 }).then(again, again);
      for (let i = 0; i < 16; i++) again();
      setInterval(() => buffers.update(1, ring.alloc(4096)), 0);
      ring.onMessage(({ value }) => own.send(ring, { value: value + 1 }));
      own.onMessage(() => {});
      own.send(ring, { value: 0 });
      parentPort.postMessage(ring.fd);\`;
    const rings = () => fs.readdirSync('/proc/self/fd').filter((fd) => {
      try { return /io_uring|eventfd/.test(fs.readlinkSync('/proc/self/fd/' + fd)); } catch { return false; }
    }).length;
    const one = async () => {
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)));
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await sleep(5);
      await worker.terminate();
    };
    await one();
    const before = rings();
    for (let round = 0; round < 10; round++) await Promise.all([one(), one()]);
    console.log(JSON.stringify({ before, after: rings() }));`;
  const { before, after } = await resultOfChild<{ before: number; after: number }>(program);
  expect(after).toBe(before);
});
