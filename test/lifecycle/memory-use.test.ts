/** Memory over a long run: a million reads, buffers in a loop, and rings in a loop leave the process as large as it was. */
import { describe, expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';
import { steadyGrowth } from '../support/growth.js';
import { ENCODERS } from '../support/rings.js';

const GC = { flags: ['--expose-gc'], timeoutMs: 110_000 };

interface Growth {
  readonly settled: number;
  /** MiB resident in the course of the run, the first after warming up. */
  readonly resident: readonly number[];
  readonly left: object;
}

describe.each([
  ['mapped', 1_000_000],
  ['native', 200_000],
] as const)('memory, %s encoder', (encoder, total) => {
  test(`${total} reads with 256 in flight all settle, and the process does not grow`, async () => {
    const program = `
      const ring = new Ring({ encoder: ${JSON.stringify(encoder)} });
      const fd = fs.openSync(process.execPath);
      const TOTAL = ${total}, STEP = TOTAL / 5;
      let [started, settled] = [0, 0];
      const resident = [];
      await Promise.all(Array.from({ length: 256 }, async () => {
        const buffer = ring.alloc(4096);
        while (started < TOTAL) {
          const offset = (started++ % 1024) * 4096;
          if (await ring.ops.read({ fd, buffer, offset }) !== 4096) throw new Error('short read');
          if (++settled % STEP === 0) { gc(); resident.push(residentMiB()); }
        }
      }));
      console.log(JSON.stringify({ settled, resident, left: ring.statistics }));`;
    const growth = await resultOfChild<Growth>(program, GC);
    expect(growth.settled).toBe(total);
    // A step is a fifth: 32 bytes kept of each read would be 6 MiB of a million, and 1.2 MiB of 200,000.
    expect(steadyGrowth(growth.resident)).toBeLessThan(1);
    expect(growth.left).toMatchObject({ inFlight: 0, waiting: 0, scratchInUse: 0, staleCompletions: 0 });
  });

  test('foreign buffers and paths use the same scratch memory again', async () => {
    const program = `
      const ring = new Ring({ encoder: ${JSON.stringify(encoder)} });
      const fd = fs.openSync('/dev/zero');
      const one = async (rounds) => {
        const buffer = Buffer.alloc(4096);
        for (let i = 0; i < rounds; i++) {
          await ring.ops.read({ fd, buffer });
          await ring.ops.statx({ path: '/dev/zero' });
        }
      };
      const all = (rounds) => Promise.all(Array.from({ length: 64 }, () => one(rounds)));
      const resident = [];
      for (const rounds of [60, 60, 60, 60]) {
        await all(rounds);
        gc();
        resident.push(residentMiB());
      }
      console.log(JSON.stringify({ settled: 0, resident, left: ring.statistics }));`;
    const growth = await resultOfChild<Growth>(program, GC);
    // 15,000 operations a step: a page kept of each would be 60 MiB.
    expect(steadyGrowth(growth.resident)).toBeLessThan(1);
    expect(growth.left).toMatchObject({ scratchInUse: 0 });
  });
});

describe('what nobody refers to any more', () => {
  test('buffers made in a loop are freed', async () => {
    const program = `
      const ring = new Ring();
      const fd = fs.openSync('/dev/zero');
      let most = 0;
      const before = residentMiB();
      for (let i = 0; i < 20000; i++) {
        const buffer = ring.alloc(65536);
        buffer.bytes.fill(1);
        if (i % 100 === 0) {
          await ring.ops.read({ fd, buffer });
          gc();
          await new Promise((resolve) => setImmediate(resolve));
          most = Math.max(most, residentMiB());
        }
      }
      console.log(JSON.stringify(most - before));`;
    // 20,000 of them are 1,250 MiB.
    expect(await resultOfChild<number>(program, GC)).toBeLessThan(150);
  });

  test('buffers made in a loop are freed without being asked for', async () => {
    const program = `
      const ring = new Ring();
      const before = residentMiB();
      for (let i = 0; i < 20000; i++) {
        ring.alloc(65536).bytes.fill(1);
        if (i % 20 === 0) await ring.ops.nop();
      }
      console.log(JSON.stringify(residentMiB() - before));`;
    expect(await resultOfChild<number>(program, { timeoutMs: 60_000 })).toBeLessThan(400);
  });

  test.each(ENCODERS)('rings that were closed are collected, %s encoder', async (encoder) => {
    const program = `
      const references = [];
      const [before, fds] = [residentMiB(), descriptors()];
      for (let i = 0; i < 100; i++) {
        const ring = new Ring({ encoder: ${JSON.stringify(encoder)} });
        await ring.ops.statx({ path: '/' });
        await ring.close();
        references.push(new WeakRef(ring));
      }
      for (let i = 0; i < 5; i++) { await sleep(1); gc(); }
      const alive = references.filter((reference) => reference.deref() !== undefined).length;
      console.log(JSON.stringify({ alive, descriptors: descriptors() - fds, grown: residentMiB() - before }));`;
    const { alive, descriptors, grown } = await resultOfChild<Record<string, number>>(program, GC);
    expect(alive).toBeLessThan(3);
    expect(descriptors).toBeLessThanOrEqual(0);
    expect(grown).toBeLessThan(64);
  });

  test.each(ENCODERS)(
    'synchronous rings that were dropped without close are closed, %s encoder',
    async (encoder) => {
      const program = `
      const make = () => {
        const ring = new SyncRing({ encoder: ${JSON.stringify(encoder)}, entries: 8 });
        ring.push(operations.nop, {});
        ring.wait();
        let kept;
        ring.drain((completion) => { kept = completion; });
        ring.push(operations.nop, {});
        return kept;
      };
      make();
      const before = descriptors();
      const kept = Array.from({ length: 50 }, make);
      const open = descriptors() - before;
      for (let i = 0; i < 5; i++) { gc(); await sleep(5); }
      // Looking at a completion of a ring that is gone must not touch its memory.
      const looked = kept.map(({ res, extra }) => res + extra.length).length;
      console.log(JSON.stringify({ open, left: descriptors() - before, looked }));`;
      const { open, left, looked } = await resultOfChild<Record<string, number>>(program, GC);
      expect(looked).toBe(50);
      expect(open).toBeGreaterThanOrEqual(49);
      expect(left).toBeLessThan(5);
    },
  );
});
