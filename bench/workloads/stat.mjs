/**
 * Asking for the size of 10,000 files, as every build tool and watcher does. The kernel runs IORING_OP_STATX in its worker
 * threads, never at once; that is what the ring's figures show.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { operations, Ring, SyncRing } from 'ringsmith';

const FILES = 10_000;
const IN_FLIGHT = 128;
const STATX_SIZE = 0x200;
/** Of stx_size in struct statx. */
const SIZE_OFFSET = 40;
const STATX_BYTES = 256;

const pathOf = (folder, index) => join(folder, String(index % FILES));

/** As many loops as may be in flight, each awaiting one size after the other. */
async function sumInLoops(count, sizeOf) {
  let next = 0;
  let sum = 0;
  const loop = async () => {
    while (next < count) {
      const size = await sizeOf(next++);
      sum += size;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
  return sum >>> 0;
}

function openAwaited({ folder }) {
  const ring = new Ring();
  const sizeOf = async (index) =>
    Number((await ring.ops.statx({ path: pathOf(folder, index), mask: STATX_SIZE })).stxSize);
  return { run: (count) => sumInLoops(count, sizeOf), close: () => ring.close() };
}

/** Paths lie ready in the ring's memory, as a program that asks for the same files again would have them. */
function openSyncLevel({ folder }) {
  const ring = new SyncRing({ entries: IN_FLIGHT });
  const paths = Array.from({ length: FILES }, (_, index) => {
    const text = Buffer.from(`${pathOf(folder, index)}\0`);
    const path = ring.alloc(text.byteLength);
    path.bytes.set(text);
    return path;
  });
  const records = Array.from({ length: IN_FLIGHT }, () => ring.alloc(STATX_BYTES));
  let sum = 0;
  const visit = ({ res, userData }) => {
    if (res < 0) throw new Error(`statx returned ${res}`);
    sum += records[userData].bytes.readUInt32LE(SIZE_OFFSET);
  };
  return {
    run(count) {
      sum = 0;
      for (let next = 0; next < count; ) {
        let batch = 0;
        for (; batch < IN_FLIGHT && next < count; batch += 1, next += 1) {
          const args = {
            path: paths[next % FILES],
            statx: records[batch],
            mask: STATX_SIZE,
            userData: batch,
          };
          ring.push(operations.statx, args);
        }
        ring.wait(batch);
        ring.drain(visit);
      }
      return sum >>> 0;
    },
    close: () => ring.close(),
  };
}

const openPromises = ({ folder }) => ({
  run: (count) => sumInLoops(count, async (index) => (await fs.promises.stat(pathOf(folder, index))).size),
});

const openCallbacks = ({ folder }) => ({
  run: (count) =>
    new Promise((resolve, reject) => {
      let [next, done, sum] = [0, 0, 0];
      const start = () => {
        if (next >= count) return;
        fs.stat(pathOf(folder, next++), (error, stats) => {
          if (error !== null) return reject(error);
          sum += stats.size;
          done += 1;
          if (done === count) resolve(sum >>> 0);
          else start();
        });
      };
      for (let index = 0; index < IN_FLIGHT; index += 1) start();
    }),
});

const openSynchronous = ({ folder }) => ({
  run(count) {
    let sum = 0;
    for (let index = 0; index < count; index += 1) sum += fs.statSync(pathOf(folder, index)).size;
    return sum >>> 0;
  },
});

export default {
  title: `sizes of ${FILES.toLocaleString('en')} files, ${IN_FLIGHT} in flight`,
  unit: 'files',
  prepare(folder) {
    const files = join(folder, 'stat');
    fs.mkdirSync(files);
    for (let index = 0; index < FILES; index += 1) {
      const fd = fs.openSync(pathOf(files, index), 'w');
      fs.ftruncateSync(fd, index);
      fs.closeSync(fd);
    }
    return { folder: files };
  },
  expected(count) {
    let sum = 0;
    for (let index = 0; index < count; index += 1) sum += index % FILES;
    return sum >>> 0;
  },
  contenders: {
    'ringsmith, awaited': { ours: 'awaited', open: openAwaited },
    'ringsmith, sync level': { ours: 'sync level', open: openSyncLevel },
    'fs.statSync': { open: openSynchronous },
    'fs.stat, callbacks': { open: openCallbacks },
    'fs.promises.stat': { open: openPromises },
    'fs.promises.stat, UV_USE_IO_URING=1': { env: { UV_USE_IO_URING: '1' }, open: openPromises },
    'C, liburing': { c: 'stat', args: ({ folder }) => [folder, FILES, IN_FLIGHT] },
  },
  cases: [{ name: `${FILES} files`, params: {} }],
  targets: [],
};
