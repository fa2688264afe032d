/**
 * The synchronous level allocates nothing per operation: a million pushes, waits and drains leave the heap as large as
 * it was, without a collection in between that could have hidden anything.
 */
import { expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';

/** New objects have so much room that none are collected meanwhile. */
const FLAGS = {
  flags: ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'],
  timeoutMs: 110_000,
};

const OPERATIONS = 1_000_000;

/** Bytes allocated per operation, for arguments that are used again and, to see that it shows, for ones made anew. */
const program = `
  const BATCH = 64;
  const ring = new SyncRing({ entries: BATCH });
  const fd = fs.openSync('/dev/zero');
  const buffer = ring.alloc(64);
  const all = Array.from({ length: BATCH }, (_, userData) => ({ fd, buffer, userData }));
  const nops = all.map(({ userData }) => ({ userData }));
  let sum = 0;
  const visit = (completion) => { sum = (sum + completion.userData + completion.res) | 0; };
  const run = (count, batch, operation, argsOf) => {
    for (let done = 0; done < count; done += batch) {
      for (let at = 0; at < batch; at += 1) ring.push(operation, argsOf(at));
      ring.wait(batch);
      ring.drain(visit);
    }
  };
  const reads = (at) => all[at];
  const reused = (at) => nops[at];
  const anew = (at) => ({ ...nops[at] });
  const allocated = (...what) => {
    run(${OPERATIONS / 4}, ...what);
    gc();
    const before = process.memoryUsage().heapUsed;
    run(${OPERATIONS}, ...what);
    return (process.memoryUsage().heapUsed - before) / ${OPERATIONS};
  };
  console.log(JSON.stringify({
    read: allocated(BATCH, operations.read, reads),
    nop: allocated(BATCH, operations.nop, reused),
    oneByOne: allocated(1, operations.nop, reused),
    anew: allocated(BATCH, operations.nop, anew),
  }));`;

test('a million operations allocate nothing, in batches and one by one', async () => {
  const bytes = await resultOfChild<Record<'read' | 'nop' | 'oneByOne' | 'anew', number>>(program, FLAGS);
  // The smallest object takes 16 bytes.
  expect(bytes.read).toBeLessThan(1);
  expect(bytes.nop).toBeLessThan(1);
  expect(bytes.oneByOne).toBeLessThan(1);
  expect(bytes.anew).toBeGreaterThan(1);
});
