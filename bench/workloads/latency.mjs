/**
 * One read at a time: how long a program waits for it, and how long at worst. A rate hides the wait of the unlucky ones.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { operations, Ring, SyncRing } from 'ringsmith';
import { BLOCK_BYTES, expectedSum, sumOfBlock, writePattern } from '../pattern.mjs';
import { BLOCK_BITS, complete, nodePlaces, offsetOf, ringPlaces, withSqpoll } from '../reads.mjs';
import { percentile } from '../statistics.mjs';

const SAMPLES_MAX = 2 ** 21;
const CASE = 'one at a time';

/** A session that times every read; `read` is awaited, and so may be synchronous or not. */
function session({ buffer, words }, read, close) {
  const samples = new Float64Array(SAMPLES_MAX);
  return {
    async run(count) {
      let sum = 0;
      let before = performance.now();
      for (let index = 0; index < count; index += 1) {
        const reading = read(buffer, offsetOf(index));
        complete(typeof reading === 'number' ? reading : await reading);
        sum = (sum + sumOfBlock(words)) | 0;
        const now = performance.now();
        samples[index % SAMPLES_MAX] = now - before;
        before = now;
      }
      return sum >>> 0;
    },
    extras(count) {
      const sorted = samples.slice(0, Math.min(count, SAMPLES_MAX)).sort();
      const microseconds = (share) => percentile(sorted, share) * 1000;
      return { 'p50 us': microseconds(0.5), 'p99 us': microseconds(0.99), 'p99.9 us': microseconds(0.999) };
    },
    close,
  };
}

const openRing = (params) => {
  const ring = new Ring(params.ring);
  const fd = fs.openSync(params.file);
  const [place] = ringPlaces(ring, 1);
  return session(
    place,
    (buffer, offset) => ring.ops.read({ fd, buffer, offset }),
    () => ring.close(),
  );
};

function openSyncLevel({ file }) {
  const ring = new SyncRing({ entries: 1 });
  const fd = fs.openSync(file);
  const [place] = ringPlaces(ring, 1);
  let result = 0;
  const visit = ({ res }) => {
    result = res;
  };
  const read = (buffer, offset) => {
    ring.push(operations.read, { fd, buffer, offset });
    ring.wait(1);
    ring.drain(visit);
    return result;
  };
  return session(place, read, () => ring.close());
}

async function openFileHandle({ file }) {
  const handle = await fs.promises.open(file);
  const [place] = nodePlaces(1);
  const read = async (buffer, offset) => (await handle.read(buffer, 0, BLOCK_BYTES, offset)).bytesRead;
  return session(place, read, () => handle.close());
}

function openCallbacks({ file }) {
  const fd = fs.openSync(file);
  const [place] = nodePlaces(1);
  return session(
    place,
    (buffer, offset) =>
      new Promise((resolve, reject) => {
        fs.read(fd, buffer, 0, BLOCK_BYTES, offset, (error, bytesRead) =>
          error === null ? resolve(bytesRead) : reject(error),
        );
      }),
  );
}

function openReadSync({ file }) {
  const fd = fs.openSync(file);
  const [place] = nodePlaces(1);
  return session(place, (buffer, offset) => fs.readSync(fd, buffer, 0, BLOCK_BYTES, offset));
}

const p99Against = (name) => (by) => by['filehandle.read'].extras['p99 us'] / by[name].extras['p99 us'];

export default {
  title: '4 KiB reads at random places of a 64 MiB file in the page cache, one at a time',
  unit: 'reads',
  show: 'time',
  notes: [
    'fs.readSync does not leave the thread, and C does not leave its function: no event loop is in between.',
    'A ring with SQPOLL has a single read wait for the kernel thread to see it; that mode is for many at a time.',
  ],
  prepare(folder) {
    const file = join(folder, 'latency.data');
    writePattern(file, BLOCK_BITS);
    return { file };
  },
  expected: (count) => expectedSum(count, BLOCK_BITS),
  contenders: {
    'ringsmith, awaited': { ours: 'awaited', open: openRing },
    'ringsmith, awaited, sqpoll': { ours: 'awaited, sqpoll', ...withSqpoll(openRing) },
    'ringsmith, sync level': { ours: 'sync level', open: openSyncLevel },
    'fs.readSync': { open: openReadSync },
    'fs.read, callback': { open: openCallbacks },
    'filehandle.read': { open: openFileHandle },
    'C, liburing': { c: 'latency', args: ({ file }) => [file, BLOCK_BITS] },
  },
  cases: [{ name: CASE, params: {} }],
  targets: [
    {
      text: "filehandle.read's p99 against the awaited read's",
      case: CASE,
      floor: 1,
      aim: 2,
      measure: p99Against('ringsmith, awaited'),
      limit: p99Against('C, liburing'),
    },
  ],
};
