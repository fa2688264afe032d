/**
 * Copying a large file: reads and writes on a ring, a few in flight, against the kernel's own copy and Node's streams.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Ring } from 'ringsmith';
import { clocked } from '../clock.mjs';
import { BLOCK_BYTES, sumOfBlock, writePattern } from '../pattern.mjs';

/** 2^16 blocks of 4 KiB: 256 MiB. */
const BLOCK_BITS = 16;
const FILE_BYTES = 2 ** BLOCK_BITS * BLOCK_BYTES;
const CHUNK_BYTES = 256 * 1024;
const IN_FLIGHT = 8;
const PIPELINE = `${IN_FLIGHT} x ${CHUNK_BYTES / 1024} KiB`;

/** The sum over all blocks of a file. */
function sumOfFile(file) {
  const fd = fs.openSync(file);
  const words = new Int32Array(CHUNK_BYTES / 4);
  let sum = 0;
  for (let at = 0; at < FILE_BYTES; at += CHUNK_BYTES) {
    if (fs.readSync(fd, words, 0, CHUNK_BYTES, at) !== CHUNK_BYTES) throw new Error(`${file} is too short`);
    for (let block = 0; block < CHUNK_BYTES / 4; block += BLOCK_BYTES / 4) {
      sum = (sum + sumOfBlock(words.subarray(block, block + BLOCK_BYTES / 4))) | 0;
    }
  }
  fs.closeSync(fd);
  return sum;
}

/** A session that copies the file again and again; `copy` makes one copy where there is none. */
function session(params, copy, close) {
  let seconds;
  return {
    async run(count) {
      const total = { seconds: 0, cpuSeconds: 0, checksum: 0 };
      for (let done = 0; done < count; done += 1) {
        const clock = await clocked(() => copy(params.file, params.target));
        total.seconds += clock.seconds;
        total.cpuSeconds += clock.cpuSeconds;
        total.checksum = (total.checksum + sumOfFile(params.target)) >>> 0;
        // Nothing to be written to the disk is left to the next contender.
        fs.rmSync(params.target);
      }
      seconds = total.seconds / count;
      return total;
    },
    extras: () => ({ 'GB/s': FILE_BYTES / seconds / 1e9 }),
    close,
  };
}

/** As many loops as may be in flight, each copying one chunk after the other with `copyChunk(at, offset)`. */
async function copyInLoops(copyChunk) {
  let next = 0;
  const loop = async (_, at) => {
    for (let offset = next; offset < FILE_BYTES; offset = next) {
      next += CHUNK_BYTES;
      const [got, put] = await copyChunk(at, offset);
      if (got !== CHUNK_BYTES || put !== CHUNK_BYTES) throw new Error('a chunk came short');
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
}

const { O_WRONLY, O_CREAT } = fs.constants;

/** A copy through a ring; `chunkOf` makes what copies one chunk. */
const onRing = (chunkOf) => (params) => {
  const ring = new Ring();
  const buffers = Array.from({ length: IN_FLIGHT }, () => ring.alloc(CHUNK_BYTES));
  const copy = async (from, to) => {
    const [source, target] = await Promise.all([
      ring.ops.openat({ path: from }),
      ring.ops.openat({ path: to, flags: O_WRONLY | O_CREAT, mode: 0o600 }),
    ]);
    await copyInLoops(chunkOf(ring, buffers, source, target));
    await Promise.all([ring.ops.close({ fd: source }), ring.ops.close({ fd: target })]);
  };
  return session(params, copy, () => ring.close());
};

const awaited = (ring, buffers, source, target) => async (at, offset) => {
  const buffer = buffers[at];
  const got = await ring.ops.read({ fd: source, buffer, offset });
  return [got, await ring.ops.write({ fd: target, buffer, offset })];
};

/** The kernel goes from each read to its write by itself. */
const linked = (ring, buffers, source, target) => (at, offset) => {
  const buffer = buffers[at];
  return ring.chain(() => [
    ring.ops.read({ fd: source, buffer, offset }),
    ring.ops.write({ fd: target, buffer, offset }),
  ]);
};

/** The same pipeline with Node's own means. */
function openFileHandles(params) {
  const buffers = Array.from({ length: IN_FLIGHT }, () => Buffer.alloc(CHUNK_BYTES));
  const copy = async (from, to) => {
    const [source, target] = await Promise.all([fs.promises.open(from), fs.promises.open(to, 'w', 0o600)]);
    await copyInLoops(async (at, offset) => {
      const { bytesRead } = await source.read(buffers[at], 0, CHUNK_BYTES, offset);
      const { bytesWritten } = await target.write(buffers[at], 0, CHUNK_BYTES, offset);
      return [bytesRead, bytesWritten];
    });
    await Promise.all([source.close(), target.close()]);
  };
  return session(params, copy);
}

const streams = (highWaterMark) => (params) =>
  session(params, (from, to) =>
    pipeline(fs.createReadStream(from, { highWaterMark }), fs.createWriteStream(to, { highWaterMark })),
  );

export default {
  title: 'a 256 MiB file from the page cache copied to a new one',
  unit: 'files',
  show: 'time',
  notes: [
    'fs.copyFile has the kernel copy (copy_file_range), which on some file systems shares blocks instead and cannot be',
    'beaten there; it copies on one processor. Reads and writes on a ring, a few in flight, go on several.',
  ],
  first: 1,
  rounds: 5,
  prepare(folder) {
    const file = join(folder, 'copy.data');
    writePattern(file, BLOCK_BITS);
    return { file, target: join(folder, 'copy.copy'), sum: sumOfFile(file) };
  },
  expected: (count, { sum }) => Math.imul(sum, count) >>> 0,
  contenders: {
    [`ringsmith, ${PIPELINE}`]: { ours: 'ringsmith', open: onRing(awaited) },
    [`ringsmith, ${PIPELINE}, linked`]: { ours: 'linked', open: onRing(linked) },
    [`filehandle, ${PIPELINE}`]: { open: openFileHandles },
    'fs.promises.copyFile': {
      open: (params) => session(params, (from, to) => fs.promises.copyFile(from, to)),
    },
    'fs.copyFileSync': { open: (params) => session(params, (from, to) => fs.copyFileSync(from, to)) },
    'streams, 64 KiB': { open: streams(64 * 1024) },
    'streams, 256 KiB': { open: streams(CHUNK_BYTES) },
  },
  cases: [{ name: '256 MiB', params: {} }],
  targets: [],
};
