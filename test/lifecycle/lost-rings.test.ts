/**
 * A ring that the program lost without closing it is given back when it is collected, with one warning, if nothing is in
 * flight and nothing waits for what others send; else it stays, and does its work.
 */
import { describe, expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';

const GC = { flags: ['--expose-gc'] };

describe.each(ENCODERS)('lost rings, %s encoder', (encoder) => {
  const head = `
    const options = { encoder: ${JSON.stringify(encoder)}, entries: 8 };
    const rings = () => fs.readdirSync('/proc/self/fd').filter((fd) => {
      try { return fs.readlinkSync('/proc/self/fd/' + fd).includes('io_uring'); } catch { return false; }
    }).length;
    const collect = async (want) => { for (let i = 0; i < 40 && rings() > want; i++) { globalThis.gc(); await sleep(20); } return rings(); };
    const warnings = [];
    process.removeAllListeners('warning');
    process.on('warning', (warning) => warnings.push(warning.code));
    const before = rings();
  `;
  const run = (body: string): Promise<unknown> => resultOfChild(`${head}${body}`, GC);

  test('are given back: never used, used, with what they made', async () => {
    const result = await run(`
      for (let i = 0; i < 100; i++) new Ring(options);
      await (async () => {
        for (let i = 0; i < 100; i++) {
          const ring = new Ring(options);
          await ring.ops.nop();
          await ring.ops.nop({}, { timeout: 1000, signal: new AbortController().signal });
          ring.alloc(64);
        }
        for (let i = 0; i < 50; i++) {
          const ring = new Ring({ ...options, taskWork: i % 2 === 0 ? 'deferred' : 'cooperative' });
          ring.bufferRing({ entries: 2, bufferBytes: 64 });
          ring.registerFiles({ size: 2 });
          await ring.chain(() => [ring.ops.nop(), ring.ops.nop()]);
          const off = ring.onMessage(() => {});
          off();
          const file = await ring.open('/dev/null');
          await file.close();
        }
      })();
      console.log(JSON.stringify({ left: await collect(before) - before, warnings, native: native().statistics().rings }));`);
    expect(result).toEqual({ left: 0, warnings: ['RINGSMITH_LOST_RING'], native: 0 });
  });

  test('stay while anything is in flight, and bring its result', async () => {
    const result = await run(`
      const results = [];
      (() => {
        for (let i = 0; i < 10; i++) {
          new Ring(options).ops.timeout({ after: 2000 }).then((value) => results.push(value));
          const ring = new Ring(options);
          ring.ops.timeout({ after: 2000 });
          ring.ops.nop({}, { drain: true }).then((value) => results.push(value));
        }
      })();
      for (let i = 0; i < 3; i++) { await sleep(10); globalThis.gc(); }
      const held = rings() - before;
      await sleep(2200);
      const { length } = results;
      console.log(JSON.stringify({ held, length, left: await collect(before) - before }));`);
    expect(result).toEqual({ held: 20, length: 20, left: 0 });
  });

  test('stay while a handle, a stream, a buffer ring or a listener of theirs is there', async () => {
    const result = await run(`
      const { near, far } = await socketPair();
      const make = async () => {
        const file = await new Ring(options).open('/etc/passwd');
        const stream = new Ring(options).multishot.timeout({ every: 5, count: 100 });
        const buffers = new Ring(options).bufferRing({ entries: 2, bufferBytes: 64 });
        const table = new Ring(options).registerFiles({ size: 1 });
        const listening = new Ring(options);
        const heard = [];
        listening.onMessage(({ value }) => heard.push(value), { keepAlive: false });
        return { file, stream, buffers, table, fd: listening.fd, heard };
      };
      const kept = await make();
      for (let i = 0; i < 10; i++) { await sleep(10); globalThis.gc(); }
      const held = rings() - before;
      const ticks = [await kept.stream.next(), await kept.stream.next()].map(({ value }) => value > 0);
      const bytes = await kept.file.read(Buffer.alloc(4));
      const slots = await kept.table.add(1);
      const sender = new Ring(options);
      await sender.send({ fd: kept.fd }, { value: 7 });
      fs.writeSync(far, 'abc');
      const lease = await kept.buffers.recv({ fd: near });
      await sleep(20);
      await sender.close();
      const outcome = { held, ticks, bytes, slot: slots.slot, received: lease.copy().toString(), heard: kept.heard };
      await kept.stream.return();
      await kept.file.close();
      console.log(JSON.stringify(outcome));
      process.exit(0);`);
    expect(result).toEqual({
      held: 5,
      ticks: [true, true],
      bytes: 4,
      slot: 0,
      received: 'abc',
      heard: [7],
    });
  });

  test('are given back in workers, and those that are closed are not warned of', async () => {
    const result = await run(`
      const source = \`
        import { Ring } from '\${packageUrl}';
        import { parentPort } from 'node:worker_threads';
        import fs from 'node:fs';
        process.removeAllListeners('warning');
        const rings = \${rings};
        const before = rings();
        for (let i = 0; i < 50; i++) await new Ring({ encoder: '${encoder}', entries: 8 }).ops.nop();
        for (let i = 0; i < 40 && rings() > before; i++) { globalThis.gc(); await new Promise((resolve) => setTimeout(resolve, 20)); }
        parentPort.postMessage({ left: rings() - before });
        await new Promise((resolve) => setTimeout(resolve, 1e6));
      \`;
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)));
      const outcome = await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
      warnings.length = 0;
      for (let i = 0; i < 20; i++) await new Ring(options).close();
      await collect(0);
      console.log(JSON.stringify({ ...outcome, warnings }));`);
    expect(result).toEqual({ left: 0, warnings: [] });
  });
});
