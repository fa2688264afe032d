/**
 * Memory of the program's own, lent to operations: used in its place, out of the program's reach meanwhile, and given
 * back when the operations on it are over. What cannot be lent safely is refused, and stays as it was.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing, openSyncRing, temporaryFolder, turns } from '../support/rings.js';

const PACKAGE = new URL('../../dist/generated/index.js', import.meta.url).href;
const ROUNDS = 12;

describe.each(ENCODERS)('lent buffers, %s encoder', (encoder) => {
  test('are written from and read into in their place', async () => {
    const ring = openRing({ encoder });
    const fd = openSync(join(temporaryFolder(), 'file'), 'w+');
    const source = Buffer.alloc(100_000, 'abc');
    const out = ring.lend(source);
    expect(source.byteLength).toBe(0);
    expect(out.buffer.bytes.byteLength).toBe(0);
    expect(await ring.ops.write({ fd, buffer: out.buffer, offset: 0 })).toBe(100_000);
    expect(ring.statistics.scratchInUse).toBe(0);
    const whole = await out.end();
    expect(Buffer.isBuffer(whole)).toBe(true);
    expect(Buffer.compare(whole, Buffer.alloc(100_000, 'abc'))).toBe(0);

    const into = ring.lend(new Uint8Array(100_000));
    const parts = [into.buffer.subarray(0, 7), into.buffer.subarray(7)];
    expect(await ring.ops.readv({ fd, buffers: parts, offset: 0 })).toBe(100_000);
    const read = await into.end();
    expect(Buffer.isBuffer(read)).toBe(false);
    expect(Buffer.compare(read, whole)).toBe(0);
    await ring.ops.close({ fd });
  });

  test.each([true, false])('come back only when no operation is on them, checked: %s', async (checked) => {
    const ring = openRing({ encoder, checked });
    const [read, write] = await ring.ops.pipe({});
    const loan = ring.lend(new Uint8Array(64));
    const reading = ring.ops.read({ fd: read, buffer: loan.buffer });
    let back: Uint8Array | undefined;
    const ending = loan.end().then((bytes) => {
      back = bytes;
    });
    await turns(3);
    expect(back).toBeUndefined();
    await expect(ring.ops.write({ fd: write, buffer: loan.buffer })).rejects.toMatchObject({
      code: 'ERR_RING_RESOURCE',
    });
    await ring.ops.write({ fd: write, buffer: Buffer.from('data') });
    expect(await reading).toBe(4);
    await ending;
    expect(Buffer.from(back!.subarray(0, 4)).toString()).toBe('data');
    expect(await loan.end()).toHaveLength(64);
    await Promise.all([ring.ops.close({ fd: read }), ring.ops.close({ fd: write })]);
  });

  test('come back after an abort and after close', async () => {
    const ring = openRing({ encoder });
    const [read, write] = await ring.ops.pipe({});
    const loans = [1, 2].map(() => ring.lend(new Uint8Array(64)));
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const readings = Promise.allSettled(
      loans.map(({ buffer }, index) => ring.ops.read({ fd: read, buffer }, index === 0 ? options : {})),
    );
    await turns(1);
    controller.abort();
    expect(await loans[0]!.end()).toHaveLength(64);
    await ring.ops.close({ fd: write });
    expect(await loans[1]!.end()).toHaveLength(64);
    await readings;
    await ring.ops.close({ fd: read });
  });

  test('are held although the program drops everything', async () => {
    const ring = openRing({ encoder });
    const [read, write] = await ring.ops.pipe({});
    const reading = ring.ops.read({ fd: read, buffer: ring.lend(new Uint8Array(1 << 16)).buffer });
    await turns(1);
    // Would be given the same memory if it had been freed.
    const others = Array.from({ length: 64 }, () => new Uint8Array(1 << 16));
    await ring.ops.write({ fd: write, buffer: Buffer.alloc(1 << 16, 9) });
    expect(await reading).toBe(1 << 16);
    expect(others.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
    await Promise.all([ring.ops.close({ fd: read }), ring.ops.close({ fd: write })]);
  });

  test.each<[string, () => Uint8Array]>([
    ['a part of an ArrayBuffer', () => new Uint8Array(64).subarray(8)],
    ['a Buffer of the pool', () => Buffer.from('small')],
    ['shared memory', () => new Uint8Array(new SharedArrayBuffer(8)) as Uint8Array],
    ['nothing', () => new Uint8Array(0)],
    ['text', () => 'text' as unknown as Uint8Array],
    [
      'resizable memory',
      () =>
        new Uint8Array(
          new (ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer)(8, {
            maxByteLength: 16,
          }),
        ),
    ],
  ])('cannot be %s', (_what, make) => {
    const ring = openRing({ encoder });
    const bytes = make();
    const before = bytes.length;
    expect(() => ring.lend(bytes)).toThrow(/nothing was lent/);
    expect(bytes.length).toBe(before);
  });

  test('are not for what keeps memory beyond an operation', () => {
    const ring = openRing({ encoder });
    const { buffer } = ring.lend(new Uint8Array(4096));
    expect(() => ring.registerBuffers([buffer])).toThrow(/pool or a loan/);
    const sync = openSyncRing({ encoder });
    expect(() => sync.push(operations.read, { fd: 0, buffer })).toThrow(/synchronous level/);
  });

  test('of a worker that is terminated at any moment are waited for, and not for ever', async () => {
    const source = `
      const { parentPort } = require('node:worker_threads');
      import(${JSON.stringify(PACKAGE)}).then(async ({ Ring }) => {
        const ring = new Ring({ encoder: ${JSON.stringify(encoder)} });
        const [read, write] = await ring.ops.pipe({});
        ring.ops.read({ fd: read, buffer: ring.lend(new Uint8Array(1 << 16)).buffer });
        parentPort.postMessage([read, write]);
        for (;;) {
          const loan = ring.lend(new Uint8Array(4096));
          ring.ops.read({ fd: read, buffer: loan.buffer }, { timeout: 2 }).catch(() => undefined);
          ring.ops.write({ fd: write, buffer: new Uint8Array(10) });
          ring.ops.nop();
          await new Promise(setImmediate);
        }
      });`;
    for (let round = 0; round < ROUNDS; round += 1) {
      const worker = new Worker(source, { eval: true });
      const ends = await new Promise<number[]>((resolve, reject) =>
        worker.once('message', resolve).once('error', reject),
      );
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      expect(await worker.terminate()).toBe(1);
      for (const fd of ends) closeSync(fd);
    }
  });
});
