/**
 * Worker threads that end in the midst of chains, timeouts and aborts leave no descriptor and no memory behind, and the
 * rings of others go on.
 */
import { describe, expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';

interface Left {
  readonly before: number;
  readonly after: number;
  readonly own: number;
  readonly codes: readonly number[];
  readonly native: object;
}

describe.each(ENCODERS)('workers that end amid chains, %s encoder', (encoder) => {
  test.each(['terminate', 'exit', 'throw'])('by %s', async (how) => {
    const program = `
      const source = \`
        import { Ring, operations } from '\${packageUrl}';
        import { parentPort, workerData } from 'node:worker_threads';
        const { near, file, how } = workerData;
        const ring = new Ring({ encoder: ${JSON.stringify(encoder)}, entries: 32, cqEntries: 64 });
        const forever = (start) => { const again = () => start().then(again, again); again(); };
        for (let i = 0; i < 6; i++) {
          const buffer = ring.alloc(4096);
          forever(() => ring.chain(() => [
            ring.ops.read({ fd: file, buffer, offset: 0 }),
            ring.ops.timeout({ after: 1 }, { timeout: 2 }),
            ring.ops.read({ fd: file, buffer, offset: 4096 }),
          ], { hard: i % 2 === 0, timeout: 5 }));
          forever(() => ring.ops.recv({ fd: near, buffer: Buffer.alloc(64) }, { timeout: i }));
          forever(() => ring.ops.recv({ fd: near, buffer: ring.alloc(64) }, { signal: AbortSignal.timeout(i) }));
          forever(() => ring.ops.nop({}, { timeout: 1000 }));
          forever(() => {
            const stop = new AbortController();
            const opening = ring.ops.openat({ path: '/dev/null', flags: 0o2000000 }, { signal: stop.signal });
            stop.abort();
            // One that waits for room is over at once; again and again of that would be a loop without end.
            return opening.then((fd) => ring.ops.close({ fd })).finally(() => new Promise(setImmediate));
          });
          ring.ops.timeout({ after: 3600000 }, { timeout: 3500000 });
          ring.chain(() => [ring.ops.recv({ fd: near, buffer: ring.alloc(64) }), ring.ops.nop()]).catch(() => {});
        }
        await ring.ops.nop();
        parentPort.postMessage('ready');
        if (how !== 'terminate') setTimeout(() => {
          if (how === 'exit') process.exit(3);
          throw new Error('mine');
        }, 10);
      \`;
      const url = new URL('data:text/javascript,' + encodeURIComponent(source));
      const { near, sockets } = await socketPair();
      const file = fs.openSync(process.execPath);
      const ring = new Ring();
      const one = async (index) => {
        const worker = new Worker(url, { workerData: { near, file, how: ${JSON.stringify(how)} } });
        worker.on('error', () => {});
        const exited = new Promise((resolve) => worker.once('exit', resolve));
        await new Promise((resolve) => worker.once('message', resolve));
        await sleep(index % 5);
        if (${how === 'terminate'}) worker.terminate();
        return exited;
      };
      await one(0);
      const before = descriptors();
      const codes = [];
      for (let index = 0; index < 12; index += 3) {
        codes.push(...await Promise.all([one(index), one(index + 1), one(index + 2)]));
      }
      const own = await ring.ops.nop();
      console.log(JSON.stringify({ before, after: descriptors(), own, codes, native: native().statistics() }));
      process.exit();`;
    const left = await resultOfChild<Left>(program);
    // An operation that is half-way between opening and closing may lose its descriptor with its program.
    expect(left.after - left.before).toBeLessThanOrEqual(12 * 6);
    expect(left).toMatchObject({ own: 0, native: { rings: 1 } });
    expect(new Set(left.codes)).toEqual(new Set([how === 'exit' ? 3 : 1]));
  });
});
