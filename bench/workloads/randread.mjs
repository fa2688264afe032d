/**
 * 4 KiB reads at random places of a file in the page cache: the cost of the way to the kernel and back, not of a disk.
 */
import fs, { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { operations, Ring, SyncRing } from 'ringsmith';
import { BLOCK_BYTES, blockAt, expectedSum, sumOfBlock, writePattern } from '../pattern.mjs';

/** 2^14 blocks of 4 KiB: 64 MiB. */
const BLOCK_BITS = 14;
const DEPTHS = [1, 8, 128];

const offsetOf = (index) => blockAt(index, BLOCK_BITS) * BLOCK_BYTES;

function complete(bytesRead) {
  if (bytesRead !== BLOCK_BYTES) throw new Error(`a read returned ${bytesRead} instead of ${BLOCK_BYTES}`);
}

const wordsOf = (bytes) => new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

/** One place to read to: what the API takes as buffer, and its contents as words. */
const place = (buffer, bytes = buffer) => ({ buffer, words: wordsOf(bytes) });

const nodePlaces = (depth) => Array.from({ length: depth }, () => place(Buffer.alloc(BLOCK_BYTES)));

const ringPlaces = (ring, depth) =>
  Array.from({ length: depth }, () => {
    const buffer = ring.alloc(BLOCK_BYTES);
    return place(buffer, buffer.bytes);
  });

/**
 * As many loops as there are places, each awaiting one read after the other. `bytesReadOf` takes the count out of what
 * a read resolves with, here and not in a promise of its own.
 */
async function readInLoops(places, count, read, bytesReadOf) {
  let next = 0;
  let sum = 0;
  const loop = async ({ buffer, words }) => {
    while (next < count) {
      complete(bytesReadOf(await read(buffer, offsetOf(next++))));
      sum = (sum + sumOfBlock(words)) | 0;
    }
  };
  await Promise.all(places.map(loop));
  return sum >>> 0;
}

function openAwaited({ file, depth }, checked) {
  const ring = new Ring({ checked });
  const fd = fs.openSync(file);
  const places = ringPlaces(ring, depth);
  const read = (buffer, offset) => ring.ops.read({ fd, buffer, offset });
  let enters = 0;
  return {
    run(count) {
      enters = ring.statistics.enters;
      return readInLoops(places, count, read, (bytesRead) => bytesRead);
    },
    extras: (count) => ({ 'reads per enter': count / (ring.statistics.enters - enters) }),
    close: () => ring.close(),
  };
}

function openSyncLevel({ file, depth }) {
  const ring = new SyncRing({ entries: depth });
  const fd = fs.openSync(file);
  const places = ringPlaces(ring, depth);
  let sum = 0;
  const visit = (completion) => {
    complete(completion.res);
    sum = (sum + sumOfBlock(places[completion.userData].words)) | 0;
  };
  return {
    run(count) {
      sum = 0;
      for (let next = 0; next < count; ) {
        for (let slot = 0; slot < depth; slot += 1, next += 1) {
          const { buffer } = places[slot];
          ring.push(operations.read, { fd, buffer, offset: offsetOf(next), userData: slot });
        }
        ring.wait(depth);
        ring.drain(visit);
      }
      return sum >>> 0;
    },
    close: () => ring.close(),
  };
}

function openReadSync({ file }) {
  const fd = fs.openSync(file);
  const [{ buffer, words }] = nodePlaces(1);
  return {
    run(count) {
      let sum = 0;
      for (let index = 0; index < count; index += 1) {
        complete(fs.readSync(fd, buffer, 0, BLOCK_BYTES, offsetOf(index)));
        sum = (sum + sumOfBlock(words)) | 0;
      }
      return sum >>> 0;
    },
  };
}

function openCallbacks({ file, depth }) {
  const fd = fs.openSync(file);
  const places = nodePlaces(depth);
  const run = (count) =>
    new Promise((resolve, reject) => {
      let next = 0;
      let done = 0;
      let sum = 0;
      const start = ({ buffer, words }) => {
        if (next >= count) return;
        fs.read(fd, buffer, 0, BLOCK_BYTES, offsetOf(next++), (error, bytesRead) => {
          if (error !== null || bytesRead !== BLOCK_BYTES)
            return reject(error ?? new Error('a read came short'));
          sum = (sum + sumOfBlock(words)) | 0;
          done += 1;
          if (done === count) resolve(sum >>> 0);
          else start({ buffer, words });
        });
      };
      places.forEach(start);
    });
  return { run };
}

async function openFileHandle({ file, depth }) {
  const handle = await fs.promises.open(file);
  const places = nodePlaces(depth);
  const read = (buffer, offset) => handle.read(buffer, 0, BLOCK_BYTES, offset);
  return {
    run: (count) => readInLoops(places, count, read, ({ bytesRead }) => bytesRead),
    close: () => handle.close(),
  };
}

/** Whether libuv has opened a ring, which it does on first use where it has the support and may. */
function hasRing() {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[io_uring]';
    } catch {
      return false; // the descriptor that readdir itself used
    }
  });
}

async function openFileHandleOnRing(params) {
  const session = await openFileHandle(params);
  await session.run(1);
  if (hasRing()) return session;
  await session.close();
  throw new Error(`libuv ${process.versions.uv} opens no ring here in spite of UV_USE_IO_URING=1`);
}

const atMost = DEPTHS.at(-1);

export default {
  title: '4 KiB reads at random places of a 64 MiB file in the page cache',
  unit: 'reads',
  prepare(folder) {
    const file = join(folder, 'randread.data');
    writePattern(file, BLOCK_BITS);
    return { file };
  },
  expected: (count) => expectedSum(count, BLOCK_BITS),
  contenders: {
    // As in production, and as in development, where overlapping uses of memory are looked for.
    'ringsmith, awaited': { ours: 'awaited', open: (params) => openAwaited(params, false) },
    'ringsmith, awaited, checked': { ours: 'checked', open: (params) => openAwaited(params, true) },
    'ringsmith, sync level': { ours: 'sync level', open: openSyncLevel },
    'fs.readSync, one by one': { open: openReadSync },
    'fs.read, callbacks': { open: openCallbacks },
    'filehandle.read': { open: openFileHandle },
    'filehandle.read, UV_USE_IO_URING=1': { open: openFileHandleOnRing, env: { UV_USE_IO_URING: '1' } },
    'C, liburing': { c: 'randread', args: ({ file, depth }) => [file, depth, BLOCK_BITS] },
  },
  cases: DEPTHS.map((depth) => ({ name: `${depth} in flight`, params: { depth }, multiple: depth })),
  targets: [
    {
      text: `awaited reads at ${atMost} in flight at least 6x filehandle.read`,
      case: `${atMost} in flight`,
      ours: 'ringsmith, awaited',
      peer: 'filehandle.read',
      atLeast: 6,
    },
  ],
};
