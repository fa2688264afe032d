/**
 * Memory the kernel still writes to, which the program has dropped, transferred or cloned away: the data lands where it
 * should, and nowhere else.
 */
import { describe, expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';

const GC = { flags: ['--expose-gc'] };

/** Many receives into memory that is given away in one way or another; then the data is sent. */
const program = (encoder: string, giveAway: string): string => `
  const ring = new Ring({ encoder: ${JSON.stringify(encoder)} });
  const { near, far } = await socketPair();
  const COUNT = 64, SIZE = 65536;
  const results = [], views = [];
  for (let i = 0; i < COUNT; i++) {
    let buffer = ring.alloc(SIZE);
    results.push(ring.ops.recv({ fd: near, buffer, flags: 0x100 }).then((n) => n, (error) => error.message));
    (${giveAway})(buffer, views);
    buffer = undefined;
  }
  await ring.ops.nop();
  const canaries = [];
  for (let round = 0; round < 6; round++) {
    gc();
    await sleep(2);
    // Reuses whatever was wrongly given back: as heap memory, as ring memory, as anything that is mapped.
    for (let i = 0; i < 40; i++) {
      canaries.push(Buffer.alloc(SIZE, 0x11));
      const own = ring.alloc(SIZE);
      own.bytes.fill(0x11);
      canaries.push(own.bytes);
    }
  }
  const data = Buffer.alloc(SIZE, 0xee);
  let sent = 0;
  while (sent < COUNT * SIZE) sent += await ring.ops.send({ fd: far, buffer: data.subarray(0, Math.min(SIZE, COUNT * SIZE - sent)) });
  const settled = await Promise.all(results);
  const intact = canaries.every((canary) => canary.every((byte) => byte === 0x11));
  const seen = views.filter((view) => view.byteLength === SIZE && view.every((byte) => byte === 0xee)).length;
  await ring.close();
  console.log(JSON.stringify({ intact, full: settled.filter((n) => n === SIZE).length, lost: settled.filter((n) => typeof n === 'string').length, seen }));
  process.exit();
`;

interface Outcome {
  readonly intact: boolean;
  readonly full: number;
  readonly lost: number;
  readonly seen: number;
}

describe.each(ENCODERS)('buffers given away under the kernel, %s encoder', (encoder) => {
  test('dropped and collected', async () => {
    const outcome = await resultOfChild<Outcome>(program(encoder, '() => {}'), GC);
    expect(outcome).toMatchObject({ intact: true, full: 64, lost: 0 });
  });

  test('dropped but for a view, which then shows the data', async () => {
    const giveAway = '(buffer, views) => views.push(buffer.bytes)';
    const outcome = await resultOfChild<Outcome>(program(encoder, giveAway), GC);
    expect(outcome).toEqual({ intact: true, full: 64, lost: 0, seen: 64 });
  });

  test.each([
    ['structuredClone', '(b) => { structuredClone(b.bytes.buffer, { transfer: [b.bytes.buffer] }); }'],
    [
      'postMessage',
      '(b) => { const { port1, port2 } = new MessageChannel(); port1.postMessage(b.bytes.buffer, [b.bytes.buffer]); port1.close(); port2.close(); }',
    ],
  ])('transferred by %s', async (_how, giveAway) => {
    const outcome = await resultOfChild<Outcome>(
      program(encoder, `(b) => { try { (${giveAway})(b); } catch {} }`),
      GC,
    );
    expect(outcome.intact).toBe(true);
    // With the native encoders the program's view is an ordinary one: gone means that the data cannot be shown.
    expect(outcome.full + outcome.lost).toBe(64);
    if (encoder === 'mapped') expect(outcome.lost).toBe(0);
  });

  test('transferred by ArrayBuffer.prototype.transfer', async (context) => {
    if (!('transfer' in ArrayBuffer.prototype)) {
      return context.skip(`Node ${process.versions.node} has no ArrayBuffer.prototype.transfer`);
    }
    for (const size of ['', '2', '1 << 20']) {
      const giveAway = `(b) => { try { b.bytes.buffer.transfer(${size}); } catch {} }`;
      const outcome = await resultOfChild<Outcome>(program(encoder, giveAway), GC);
      expect(outcome.intact).toBe(true);
      expect(outcome.full + outcome.lost).toBe(64);
    }
  });

  test('a synchronous ring that is lost with operations in flight keeps their memory', async () => {
    const lost = `
      const { near, far } = await socketPair();
      (() => {
        const ring = new SyncRing({ encoder: ${JSON.stringify(encoder)} });
        for (let i = 0; i < 32; i++) {
          ring.push(operations.recv, { fd: near, buffer: RingBuffer.allocate(65536), flags: 0x100 });
        }
        ring.submit();
      })();
      const other = new Ring();
      const canaries = [];
      for (let round = 0; round < 8; round++) {
        gc();
        await sleep(5);
        await other.ops.nop();
        for (let i = 0; i < 20; i++) {
          const own = other.alloc(65536);
          own.bytes.fill(0x11);
          canaries.push(own.bytes);
        }
      }
      const data = Buffer.alloc(65536, 0xee);
      for (let i = 0; i < 32; i++) await other.ops.send({ fd: far, buffer: data });
      // The lost ring’s task work runs with the next system calls of this thread.
      for (let i = 0; i < 50; i++) await sleep(1);
      const intact = canaries.every((canary) => canary.every((byte) => byte === 0x11));
      console.log(JSON.stringify(intact));
      process.exit();`;
    expect(await resultOfChild(lost, GC)).toBe(true);
  });

  test('buffers provided to a group are the kernel’s until the ring closes', async () => {
    const provided = `
      const ring = new Ring({ encoder: ${JSON.stringify(encoder)} });
      const { near, far } = await socketPair();
      const COUNT = 16, SIZE = 65536;
      await (async () => {
        const pool = ring.alloc(COUNT * SIZE);
        await ring.ops.provideBuffers({ buffer: pool, length: SIZE, count: COUNT, bufGroup: 0 });
      })();
      const canaries = [];
      for (let round = 0; round < 6; round++) {
        gc();
        await sleep(2);
        for (let i = 0; i < 8; i++) {
          const own = ring.alloc(COUNT * SIZE);
          own.bytes.fill(0x11);
          canaries.push(own.bytes);
        }
      }
      let received = 0;
      for (let i = 0; i < COUNT; i++) {
        await ring.ops.send({ fd: far, buffer: Buffer.alloc(1000, 0xee) });
        received += await ring.ops.recv({ fd: near, bufGroup: 0 });
      }
      const intact = canaries.every((canary) => canary.every((byte) => byte === 0x11));
      console.log(JSON.stringify({ intact, received }));
      process.exit();`;
    expect(await resultOfChild(provided, GC)).toEqual({ intact: true, received: 16_000 });
  });

  test('memory that a record points to is kept while its operation is in flight, and no longer', async (context) => {
    const pointed = `
      const ring = new Ring({ encoder: ${JSON.stringify(encoder)} });
      if (!ring.supports(operations.futexWaitv)) {
        console.log(JSON.stringify('no IORING_OP_FUTEX_WAITV'));
        process.exit();
      }
      const flags = 0x82;
      let word = ring.alloc(4);
      const reference = new WeakRef(word);
      const settled = ring.ops.futexWaitv({ waiters: [{ uaddr: word, val: 0, flags }] }).catch((error) => error.code);
      word = undefined;
      await ring.ops.nop();
      for (let round = 0; round < 4; round++) { gc(); await sleep(2); }
      const during = reference.deref() !== undefined;
      await ring.close();
      const code = await settled;
      for (let round = 0; round < 4; round++) { gc(); await sleep(2); }
      console.log(JSON.stringify({ during, code, after: reference.deref() !== undefined }));
      process.exit();`;
    const outcome = await resultOfChild(pointed, GC);
    if (typeof outcome === 'string') return context.skip(`the kernel has ${outcome}`);
    expect(outcome).toEqual({ during: true, code: 'ECANCELED', after: false });
  });
});
