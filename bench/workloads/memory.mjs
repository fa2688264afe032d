/**
 * Memory of operations: whether it stays what it is over ten million of them, and what one takes while it is in flight.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { Ring } from 'ringsmith';
import { memoryInUse } from '../heap.mjs';
import { BLOCK_BYTES, expectedSum, writePattern } from '../pattern.mjs';
import { BLOCK_BITS, openAwaited } from '../reads.mjs';

const LONG_RUN = 10_000_000;
const PARTS = 10;
const FLAT = '10 M reads, 128 in flight';
const IN_FLIGHT = 10_000;
const HELD = `${IN_FLIGHT} in flight`;

/** Reads in equal parts, and looks at memory after each; the first part is the warm-up. */
function openLongRun(params) {
  const session = openAwaited(params);
  const seen = [];
  return {
    async run(count) {
      let sum = 0;
      for (let part = 0; part < PARTS; part += 1) {
        sum = (sum + (await session.run(count / PARTS))) | 0;
        seen[part] = memoryInUse();
      }
      return sum >>> 0;
    },
    extras() {
      const [first, last] = [seen[0], seen[PARTS - 1]];
      return {
        'KiB held more': (last.held - first.held) / 1024,
        'KiB resident more': (last.resident - first.resident) / 1024,
      };
    },
    close: session.close,
  };
}

/** Starts all at once, and looks at memory while none is over. */
async function startAll(count, read) {
  const before = memoryInUse();
  const pending = new Array(count);
  for (let index = 0; index < count; index += 1) pending[index] = read();
  const { held, resident } = memoryInUse();
  const results = await Promise.all(pending);
  return {
    bytes: results.reduce((sum, result) => sum + (result.bytesRead ?? result), 0),
    extras: {
      'bytes held per op': (held - before.held) / count,
      'bytes resident per op': (resident - before.resident) / count,
    },
  };
}

/** A session whose reads all go to the same place, where nobody looks. */
function inFlightSession(read, close) {
  let extras;
  return {
    async run(count) {
      const result = await startAll(count, read);
      extras = result.extras;
      return result.bytes;
    },
    extras: () => extras,
    close,
  };
}

function openRing({ file }) {
  const ring = new Ring({ entries: 4096, cqEntries: 16384 });
  const fd = fs.openSync(file);
  const buffer = ring.alloc(BLOCK_BYTES);
  return inFlightSession(
    () => ring.ops.read({ fd, buffer, offset: 0 }),
    () => ring.close(),
  );
}

async function openFileHandle({ file }) {
  const handle = await fs.promises.open(file);
  const buffer = Buffer.alloc(BLOCK_BYTES);
  return inFlightSession(
    () => handle.read(buffer, 0, BLOCK_BYTES, 0),
    () => handle.close(),
  );
}

const AWAITED = 'ringsmith, awaited';

export default {
  title: 'memory held over a long run, and by operations in flight',
  unit: 'reads',
  headlines: [HELD],
  plot: { bars: 'bytes held per op', unit: 'bytes' },
  rounds: 3,
  prepare(folder) {
    const file = join(folder, 'memory.data');
    writePattern(file, BLOCK_BITS);
    return { file };
  },
  expected: (count, { depth }) =>
    depth === undefined
      ? count * BLOCK_BYTES
      : Number((BigInt(expectedSum(count / PARTS, BLOCK_BITS)) * BigInt(PARTS)) & 0xffffffffn),
  contenders: {
    'ringsmith, long run': { ours: 'long run', open: openLongRun },
    [AWAITED]: { ours: 'awaited', open: openRing },
    'filehandle.read': { open: openFileHandle },
  },
  cases: [
    { name: FLAT, params: { depth: 128 }, count: LONG_RUN, rounds: 1, contenders: ['ringsmith, long run'] },
    { name: HELD, params: {}, count: IN_FLIGHT, contenders: [AWAITED, 'filehandle.read'] },
  ],
  targets: [
    {
      text: 'more memory held after 10 M operations',
      case: FLAT,
      unit: 'KiB',
      most: true,
      floor: 256,
      measure: (by) => by['ringsmith, long run'].extras['KiB held more'],
    },
    {
      text: 'memory held by an operation in flight',
      case: HELD,
      unit: 'bytes',
      most: true,
      floor: 1024,
      measure: (by) => by[AWAITED].extras['bytes held per op'],
    },
  ],
};
