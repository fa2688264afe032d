/**
 * A ring belongs to the thread that opened it. It cannot be sent to another: what arrives there is no ring, its memory is
 * no ring memory, and the kernel refuses other threads by itself.
 */
import { expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';

interface Seen {
  readonly start: readonly string[];
  readonly memory: string;
  readonly register: number;
  readonly own: number;
}

test('a worker that is given a ring, its memory and its descriptor can do nothing with them', async () => {
  const program = `
    const source = \`
      import { Ring, SyncRing } from '\${packageUrl}';
      import { parentPort, workerData } from 'node:worker_threads';
      import { createRequire } from 'node:module';
      const native = () => createRequire('\${packageUrl}')('\${addonFile}');
      const { ring, buffer, fd } = workerData;
      const own = new Ring();
      const memory = await own.ops.recv({ fd: 0, buffer }).catch((error) => error.code);
      // IORING_REGISTER_PERSONALITY: the ring's descriptor is open in the whole process, its owner is not.
      const register = native().register(fd, 9, 0, 0);
      await own.close();
      parentPort.postMessage({ start: [typeof ring.start, typeof ring.ops.nop], memory, register });
    \`;
    const ring = new Ring();
    const buffer = ring.alloc(64);
    await ring.ops.nop();
    const url = new URL('data:text/javascript,' + encodeURIComponent(source));
    const given = { ring: structuredClone(ring), buffer, fd: ring.fd };
    const worker = new Worker(url, { workerData: given });
    const seen = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    console.log(JSON.stringify({ ...seen, own: await ring.ops.nop() }));
    await ring.close();`;
  const EEXIST = 17;
  const seen = await resultOfChild<Seen>(program);
  expect(seen).toEqual({
    start: ['undefined', 'undefined'],
    memory: 'ERR_INVALID_ARG_TYPE',
    register: -EEXIST,
    own: 0,
  });
});
