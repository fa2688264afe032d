/**
 * What a key-value store does for a request with many keys: a batch of scattered reads, awaited together.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { BLOCK_BYTES, expectedSum, sumOfBlock, writePattern } from '../pattern.mjs';
import {
  BLOCK_BITS,
  complete,
  nodePlaces,
  offsetOf,
  onLibuvRing,
  openAwaited,
  openFileHandle,
  openReadSync,
  openSyncLevel,
  readInBatches,
} from '../reads.mjs';

const BATCH = 32;

function openCallbacks({ file }) {
  const fd = fs.openSync(file);
  const places = nodePlaces(BATCH);
  const batch = (first) =>
    new Promise((resolve, reject) => {
      let left = BATCH;
      let sum = 0;
      places.forEach(({ buffer, words }, at) => {
        fs.read(fd, buffer, 0, BLOCK_BYTES, offsetOf(first + at), (error, bytesRead) => {
          if (error !== null) return reject(error);
          complete(bytesRead);
          sum = (sum + sumOfBlock(words)) | 0;
          left -= 1;
          if (left === 0) resolve(sum);
        });
      });
    });
  return {
    async run(count) {
      let sum = 0;
      for (let next = 0; next < count; next += BATCH) sum = (sum + (await batch(next))) | 0;
      return sum >>> 0;
    },
  };
}

const fileHandle = (params) => openFileHandle(params, readInBatches);
const name = `batches of ${BATCH}`;

export default {
  title: `4 KiB reads at random places of a 64 MiB file in the page cache, ${BATCH} awaited together`,
  unit: 'reads',
  prepare(folder) {
    const file = join(folder, 'multiget.data');
    writePattern(file, BLOCK_BITS);
    return { file };
  },
  expected: (count) => expectedSum(count, BLOCK_BITS),
  contenders: {
    'ringsmith, awaited': { ours: 'awaited', open: (params) => openAwaited(params, readInBatches) },
    'ringsmith, sync level': { ours: 'sync level', open: openSyncLevel },
    'fs.readSync, one by one': { open: openReadSync },
    'fs.read, callbacks': { open: openCallbacks },
    'filehandle.read': { open: fileHandle },
    'filehandle.read, UV_USE_IO_URING=1': onLibuvRing(fileHandle),
    'C, liburing': { c: 'randread', args: ({ file, depth }) => [file, depth, BLOCK_BITS, ''] },
  },
  cases: [{ name, params: { depth: BATCH }, multiple: BATCH }],
  targets: [
    {
      text: 'awaited against filehandle.read',
      case: name,
      ours: 'ringsmith, awaited',
      peer: 'filehandle.read',
      floor: 5,
      aim: 8,
    },
  ],
};
