/**
 * What a database does to commit: append a record to its log and have it on stable storage before it says so. As one
 * linked chain the kernel goes from the write to the sync by itself; otherwise the program goes between them.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { Ring } from 'ringsmith';
import { clocked } from '../clock.mjs';

const RECORD_BYTES = 4096;
const LOGS = [1, 16];
const IORING_FSYNC_DATASYNC = 1;
const GOLDEN = 0x9e3779b1;

const recordAt = (index) => Math.imul(index + 1, GOLDEN);

/** What all records of a run sum up to. */
function expected(count) {
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum = (sum + recordAt(index)) | 0;
  return sum >>> 0;
}

/** Sums up the records that are in the files, and throws on a record that is not one throughout. */
function sumOfLogs(files) {
  let sum = 0;
  for (const file of files) {
    const bytes = fs.readFileSync(file);
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    const step = RECORD_BYTES / 4;
    for (let at = 0; at < words.length; at += step) {
      if (words[at] !== words[at + step - 1]) throw new Error(`${file} has a torn record at ${at * 4}`);
      sum = (sum + words[at]) | 0;
    }
  }
  return sum >>> 0;
}

const place = (buffer, bytes = buffer) => ({
  buffer,
  words: new Int32Array(bytes.buffer, bytes.byteOffset, RECORD_BYTES / 4),
});

/** A session in which every log has one writer; `commit` puts one record at an offset of one log. */
function session({ files, logs, places, commit, close }) {
  const used = files.slice(0, logs);
  async function writeAll(count) {
    let next = 0;
    const writer = async (log) => {
      const { buffer, words } = places[log];
      for (let offset = 0; next < count; offset += RECORD_BYTES) {
        words.fill(recordAt(next++));
        if ((await commit(log, buffer, offset)) !== RECORD_BYTES) throw new Error('a write came short');
      }
    };
    await Promise.all(used.map((_, log) => writer(log)));
  }
  return {
    async run(count) {
      for (const file of used) fs.truncateSync(file);
      const { seconds, cpuSeconds } = await clocked(() => writeAll(count));
      return { seconds, cpuSeconds, checksum: sumOfLogs(used) };
    },
    close,
  };
}

const nodePlaces = (logs) => Array.from({ length: logs }, () => place(Buffer.alloc(RECORD_BYTES)));
const descriptors = (files, flags = 0) => files.map((file) => fs.openSync(file, fs.constants.O_RDWR | flags));

function openOnRing(commitOf, flags) {
  return ({ files, logs }) => {
    const ring = new Ring();
    const fds = descriptors(files, flags);
    const places = Array.from({ length: logs }, () => {
      const buffer = ring.alloc(RECORD_BYTES);
      return place(buffer, buffer.bytes);
    });
    const commit = commitOf(ring, fds);
    return session({ files, logs, places, commit, close: () => ring.close() });
  };
}

const chained = (ring, fds) => async (log, buffer, offset) => {
  const fd = fds[log];
  const [written] = await ring.chain(() => [
    ring.ops.write({ fd, buffer, offset }),
    ring.ops.fsync({ fd, flags: IORING_FSYNC_DATASYNC }),
  ]);
  return written;
};

const awaited = (ring, fds) => async (log, buffer, offset) => {
  const fd = fds[log];
  const written = await ring.ops.write({ fd, buffer, offset });
  await ring.ops.fsync({ fd, flags: IORING_FSYNC_DATASYNC });
  return written;
};

/** A descriptor opened with O_DSYNC: the write itself is the commit. */
const oneWrite = (ring, fds) => (log, buffer, offset) => ring.ops.write({ fd: fds[log], buffer, offset });

async function openSyncedHandles({ files, logs }) {
  const flags = fs.constants.O_RDWR | fs.constants.O_DSYNC;
  const handles = await Promise.all(files.map((file) => fs.promises.open(file, flags)));
  const commit = async (log, buffer, offset) =>
    (await handles[log].write(buffer, 0, RECORD_BYTES, offset)).bytesWritten;
  const close = () => Promise.all(handles.map((handle) => handle.close()));
  return session({ files, logs, places: nodePlaces(logs), commit, close });
}

async function openFileHandles({ files, logs }) {
  const handles = await Promise.all(files.map((file) => fs.promises.open(file, 'r+')));
  const commit = async (log, buffer, offset) => {
    const { bytesWritten } = await handles[log].write(buffer, 0, RECORD_BYTES, offset);
    await handles[log].datasync();
    return bytesWritten;
  };
  const close = () => Promise.all(handles.map((handle) => handle.close()));
  return session({ files, logs, places: nodePlaces(logs), commit, close });
}

function openCallbacks({ files, logs }) {
  const fds = descriptors(files);
  const commit = (log, buffer, offset) =>
    new Promise((resolve, reject) => {
      fs.write(fds[log], buffer, 0, RECORD_BYTES, offset, (failed, written) => {
        if (failed !== null) return reject(failed);
        fs.fdatasync(fds[log], (error) => (error ? reject(error) : resolve(written)));
      });
    });
  return session({ files, logs, places: nodePlaces(logs), commit });
}

function openSynchronous({ files, logs }) {
  const fds = descriptors(files);
  const commit = (log, buffer, offset) => {
    const written = fs.writeSync(fds[log], buffer, 0, RECORD_BYTES, offset);
    fs.fdatasyncSync(fds[log]);
    return written;
  };
  return session({ files, logs, places: nodePlaces(logs), commit });
}

const caseName = (logs) => (logs === 1 ? '1 log' : `${logs} logs`);

/** The promise is 1.5x where the disk lets the difference show; everywhere it must not be slower. */
const target = (logs, peer) => ({
  text: `chain against ${peer}, ${caseName(logs)}`,
  case: caseName(logs),
  ours: 'ringsmith, chain',
  peer,
  floor: 1,
  aim: 1.5,
});

export default {
  title: `${RECORD_BYTES / 1024} KiB appended and fdatasynced, one record after the other in each log`,
  unit: 'commits',
  first: 16,
  notes: [
    "The disk's own time for a flush is in every figure, and bounds how much anything can differ with one log.",
  ],
  prepare(folder) {
    const files = Array.from({ length: LOGS.at(-1) }, (_, log) => join(folder, `wal-${log}.data`));
    for (const file of files) fs.writeFileSync(file, '');
    return { files };
  },
  expected,
  contenders: {
    'ringsmith, chain': { ours: 'chain', open: openOnRing(chained) },
    'ringsmith, write then fdatasync': { ours: 'awaited', open: openOnRing(awaited) },
    'ringsmith, O_DSYNC write': { ours: 'O_DSYNC', open: openOnRing(oneWrite, fs.constants.O_DSYNC) },
    'filehandle.write, O_DSYNC': { open: openSyncedHandles },
    'filehandle.write, datasync': { open: openFileHandles },
    'fs.write, fdatasync, callbacks': { open: openCallbacks },
    'fs.writeSync, fdatasyncSync': { open: openSynchronous },
    'C, liburing, linked': { c: 'wal', args: ({ files, logs }) => files.slice(0, logs) },
  },
  cases: LOGS.map((logs) => ({ name: caseName(logs), params: { logs } })),
  targets: [
    ...LOGS.map((logs) => target(logs, 'filehandle.write, datasync')),
    target(1, 'ringsmith, write then fdatasync'),
  ],
};
