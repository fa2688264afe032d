/**
 * Very many reads awaited at the same time, of a few bytes each: how throughput and memory grow with their number.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { Ring } from 'ringsmith';
import { expectedFirstWords, writePattern } from '../pattern.mjs';
import { BLOCK_BITS, offsetOf } from '../reads.mjs';

const IN_FLIGHT = [1000, 10_000, 100_000];
const BYTES = 8;

/** A session that starts `inFlight` reads, awaits them all, and looks at what came; `read(at, offset)` starts one. */
function session(inFlight, bytes, read, close) {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, (inFlight * BYTES) / 4);
  let peak = 0;
  return {
    async run(count) {
      let sum = 0;
      peak = 0;
      const pending = new Array(inFlight);
      for (let next = 0; next < count; next += inFlight) {
        for (let at = 0; at < inFlight; at += 1) pending[at] = read(at, offsetOf(next + at));
        peak = Math.max(peak, process.memoryUsage.rss());
        await Promise.all(pending);
        for (let at = 0; at < inFlight; at += 1) sum = (sum + words[(at * BYTES) / 4]) | 0;
      }
      return sum >>> 0;
    },
    extras: () => ({ 'process MB': peak / 1e6 }),
    close,
  };
}

function openRing({ file, inFlight }) {
  const ring = new Ring({ entries: 4096, cqEntries: 65536 });
  const fd = fs.openSync(file);
  const all = ring.alloc(inFlight * BYTES);
  const buffers = Array.from({ length: inFlight }, (_, at) => all.subarray(at * BYTES, (at + 1) * BYTES));
  return session(
    inFlight,
    all.bytes,
    (at, offset) => ring.ops.read({ fd, buffer: buffers[at], offset }),
    () => ring.close(),
  );
}

function openCallbacks({ file, inFlight }) {
  const fd = fs.openSync(file);
  const all = Buffer.alloc(inFlight * BYTES);
  const read = (at, offset) =>
    new Promise((resolve, reject) => {
      fs.read(fd, all, at * BYTES, BYTES, offset, (error) => (error === null ? resolve() : reject(error)));
    });
  return session(inFlight, all, read);
}

async function openFileHandle({ file, inFlight }) {
  const handle = await fs.promises.open(file);
  const all = Buffer.alloc(inFlight * BYTES);
  return session(
    inFlight,
    all,
    (at, offset) => handle.read(all, at * BYTES, BYTES, offset),
    () => handle.close(),
  );
}

export default {
  title: `reads of ${BYTES} bytes from the page cache, all awaited together`,
  unit: 'reads',
  rounds: 3,
  plot: { x: 'reads in flight', memory: 'process MB' },
  prepare(folder) {
    const file = join(folder, 'scale-in-flight.data');
    writePattern(file, BLOCK_BITS);
    return { file };
  },
  expected: (count) => expectedFirstWords(count, BLOCK_BITS),
  contenders: {
    'ringsmith, awaited': { ours: 'awaited', open: openRing },
    'fs.read in promises': { open: openCallbacks },
    'filehandle.read': { open: openFileHandle },
  },
  cases: IN_FLIGHT.map((inFlight) => ({
    name: `${inFlight} in flight`,
    x: inFlight,
    params: { inFlight },
    multiple: inFlight,
  })),
  targets: [],
};
