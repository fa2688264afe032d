/** Rings in worker threads: they work, and end with their thread however it ends, without a trace. */
import { describe, expect, test } from 'vitest';
import { resultOfChild, runChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';

/** Starts a worker with this source; the package is in its scope as in the program's. */
const START = `
  const start = (source, workerData) => {
    const imports = ${'`'}
      import { Ring, SyncRing, RingBuffer, operations } from '${'${'}packageUrl}';
      import { parentPort, workerData } from 'node:worker_threads';
      import fs from 'node:fs';
    ${'`'};
    const url = new URL('data:text/javascript,' + encodeURIComponent(imports + source));
    return new Worker(url, { workerData });
  };
  const message = (worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
`;

interface Leftovers {
  readonly before: number;
  readonly after: number;
  readonly codes: readonly number[];
}

describe.each(ENCODERS)('workers, %s encoder', (encoder) => {
  const open = `const ring = new Ring({ encoder: ${JSON.stringify(encoder)}, entries: 32 });`;

  test('run rings of their own, side by side', async () => {
    const program = `${START}
      const source = \`${open}
        const fd = fs.openSync('/dev/zero');
        let total = 0;
        for (let round = 0; round < 20; round++) {
          const buffers = Array.from({ length: 50 }, () => ring.alloc(1000));
          for (const n of await Promise.all(buffers.map((buffer) => ring.ops.read({ fd, buffer })))) total += n;
        }
        await ring.close();
        parentPort.postMessage(total);\`;
      const workers = Array.from({ length: 4 }, () => start(source));
      console.log(JSON.stringify(await Promise.all(workers.map(message))));`;
    expect(await resultOfChild(program)).toEqual([1e6, 1e6, 1e6, 1e6]);
  });

  test('thirty terminated in the midst of reads, polls and receives leave no descriptor', async () => {
    const program = `${START}
      const source = \`${open}
        const { near, file } = workerData;
        const fd = fs.openSync(file);
        const name = ring.alloc(16);
        name.bytes.write('/nowhere');
        // Every way into the addon, over and over: termination can strike within any of them.
        const forever = (start) => { const again = () => start().then(again, again); again(); };
        forever(async () => { const other = new Ring({ entries: 4 }); await other.ops.nop(); await other.close(); });
        const sync = new SyncRing({ encoder: ${JSON.stringify(encoder)} });
        forever(async () => {
          sync.push(operations.nop, {});
          sync.wait();
          sync.drain(() => {});
          await new Promise(setImmediate);
        });
        for (let i = 0; i < 8; i++) {
          forever(() => ring.ops.read({ fd, buffer: ring.alloc(65536), offset: 0 }));
          forever(() => ring.ops.read({ fd, buffer: Buffer.alloc(5000), offset: 0 }));
          forever(() => ring.ops.statx({ path: '/nowhere' }));
          forever(() => ring.ops.unlinkat({ path: '/nowhere' }));
          forever(() => ring.ops.read({ fd: 1.5, buffer: name }).catch(() => new Promise(setImmediate)));
          ring.ops.recv({ fd: near, buffer: ring.alloc(4096) });
          ring.ops.recv({ fd: near, buffer: Buffer.alloc(100) });
          ring.ops.pollAdd({ fd: near, events: 1 });
          ring.ops.timeout({ after: 3600000 });
          ring.ops.timeout({ after: 1, flags: 64 }, { onMore() {} });
        }
        await ring.ops.nop();
        parentPort.postMessage(fd);\`;
      const { near } = await socketPair();
      const one = async (index) => {
        const worker = start(source, { near, file: process.execPath });
        await message(worker);
        await sleep(index % 7);
        return worker.terminate();
      };
      await one(0);
      const before = descriptors();
      const codes = [];
      for (let batch = 0; batch < 10; batch++) {
        codes.push(...await Promise.all([0, 1, 2].map((index) => one(batch * 3 + index))));
      }
      await sleep(100);
      console.log(JSON.stringify({ before, after: descriptors(), codes }));
      process.exit();`;
    const { before, after, codes } = await resultOfChild<Leftovers>(program);
    expect(after).toBe(before);
    expect(codes).toEqual(Array<number>(30).fill(1));
  });

  test.each([
    ['process.exit(5)', 'process.exit(5);', 5],
    ['an uncaught exception', 'setImmediate(() => { throw new Error("mine"); });', 1],
    ['close() and process.exit() at once', 'ring.close(); process.exit(6);', 6],
    ['the end of its program, with an idle ring', '', 0],
  ])('end by %s', async (_how, ending, code) => {
    const busy =
      ending === ''
        ? ''
        : `for (let i = 0; i < 8; i++) ring.ops.timeout({ after: 3600000 }).catch(() => {});`;
    const program = `${START}
      const codes = [];
      for (let round = 0; round < 4; round++) {
        const worker = start(\`${open} await ring.ops.nop(); ${busy} ${ending}\`);
        worker.on('error', () => {});
        codes.push(await new Promise((resolve) => worker.once('exit', resolve)));
      }
      console.log(JSON.stringify(codes));`;
    expect(await resultOfChild(program)).toEqual(Array<number>(4).fill(code));
  });

  test('that wait synchronously can be terminated, and do not hold the process', async () => {
    const program = `${START}
      const source = \`const ring = new SyncRing({ encoder: ${JSON.stringify(encoder)} });
        ring.push(operations.pollAdd, { fd: workerData, events: 1 });
        parentPort.postMessage('waiting');
        ring.wait();\`;
      const { near } = await socketPair();
      const one = start(source, near);
      await message(one);
      const code = await one.terminate();
      const other = start(source, near);
      await message(other);
      console.log(JSON.stringify(code));
      process.exit();`;
    const { code, stdout, ms } = await runChild(program, { timeoutMs: 15_000 });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1\n' });
    expect(ms).toBeLessThan(10_000);
  });
});
