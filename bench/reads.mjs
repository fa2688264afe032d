/**
 * Ways to read 4 KiB blocks of a file, as contenders of all workloads that do: each reads as pattern.mjs says and sums up
 * what it read. Parameters: the file, how many reads at a time (`depth`), whether past the page cache (`direct`), and
 * options of the ring.
 */
import fs, { readdirSync, readlinkSync } from 'node:fs';
import { operations, Ring, RingBuffer, SyncRing } from 'ringsmith';
import { IOSQE_FIXED_FILE } from 'ringsmith/abi';
import { BLOCK_BYTES, blockAt, sumOfBlock } from './pattern.mjs';

/** 2^14 blocks of 4 KiB: 64 MiB. */
export const BLOCK_BITS = 14;

export const offsetOf = (index) => blockAt(index, BLOCK_BITS) * BLOCK_BYTES;

export function complete(bytesRead) {
  if (bytesRead !== BLOCK_BYTES) throw new Error(`a read returned ${bytesRead} instead of ${BLOCK_BYTES}`);
}

export const openFlags = ({ direct = false }) => fs.constants.O_RDONLY | (direct ? fs.constants.O_DIRECT : 0);

/** One place to read to: what the API takes as buffer, and its contents as words. */
const place = (buffer, bytes = buffer) => ({
  buffer,
  words: new Int32Array(bytes.buffer, bytes.byteOffset, BLOCK_BYTES / 4),
});

/** Ordinary Buffers; O_DIRECT wants them at multiples of the block size, which Node by itself cannot do. */
export const nodePlaces = (depth, direct = false) =>
  Array.from({ length: depth }, () =>
    place(direct ? RingBuffer.allocate(BLOCK_BYTES).bytes : Buffer.alloc(BLOCK_BYTES)),
  );

export const ringPlaces = (ring, depth) =>
  Array.from({ length: depth }, () => {
    const buffer = ring.alloc(BLOCK_BYTES);
    return place(buffer, buffer.bytes);
  });

/**
 * As many loops as there are places, each awaiting one read after the other. `bytesReadOf` takes the count out of what
 * a read resolves with, here and not in a promise of its own.
 */
export async function readInLoops(places, count, read, bytesReadOf) {
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

/** Reads in batches, all of one awaited together. */
export async function readInBatches(places, count, read, bytesReadOf) {
  const pending = new Array(places.length);
  let sum = 0;
  for (let next = 0; next < count; ) {
    for (let at = 0; at < places.length; at += 1, next += 1) {
      pending[at] = read(places[at].buffer, offsetOf(next));
    }
    const results = await Promise.all(pending);
    for (let at = 0; at < places.length; at += 1) {
      complete(bytesReadOf(results[at]));
      sum = (sum + sumOfBlock(places[at].words)) | 0;
    }
  }
  return sum >>> 0;
}

/** A session of awaited reads on a ring; `schedule` is one of the two above. */
export function openAwaited(params, schedule = readInLoops) {
  const ring = new Ring(params.ring);
  const fd = fs.openSync(params.file, openFlags(params));
  const places = ringPlaces(ring, params.depth);
  const read = (buffer, offset) => ring.ops.read({ fd, buffer, offset });
  let enters = 0;
  return {
    run(count) {
      enters = ring.statistics.enters;
      return schedule(places, count, read, (bytesRead) => bytesRead);
    },
    extras: (count) => ({ 'enters per op': (ring.statistics.enters - enters) / count }),
    close: () => ring.close(),
  };
}

/** Rings whose kernel thread goes to sleep soon, so that it does not spin while another contender runs. */
const SQPOLL_IDLE_MS = 20;

/** A contender on a ring whose submissions a thread of the kernel takes. */
export const withSqpoll = (open) => ({
  lingerMs: SQPOLL_IDLE_MS,
  open: (params) => open({ ...params, ring: { sqpoll: { idleMs: SQPOLL_IDLE_MS } } }),
});

/** What starts a read at the synchronous level; false when the queue is full. */
function pusher(ring, fd, places) {
  return (slot, offset) =>
    ring.push(operations.read, { fd, buffer: places[slot].buffer, offset, userData: slot });
}

/** The same on registered buffers and a registered file. */
function fixedPusher(ring, fd, places) {
  const vectors = places.map(({ buffer }) => ({ iovBase: buffer, iovLen: buffer.byteLength }));
  ring.register('IORING_REGISTER_BUFFERS', vectors);
  ring.register('IORING_REGISTER_FILES', Int32Array.of(fd));
  return (slot, offset) =>
    ring.push(operations.readFixed, {
      fd: 0,
      sqeFlags: IOSQE_FIXED_FILE,
      buffer: places[slot].buffer,
      bufIndex: slot,
      offset,
      userData: slot,
    });
}

/** Batches at the synchronous level: with `spin` it looks at the queue instead of waiting in the kernel, with `fixed` the file and buffers are registered. */
export function openSyncLevel(params) {
  const { depth, spin = false, fixed = false } = params;
  const ring = new SyncRing({ entries: depth, ...params.ring });
  const fd = fs.openSync(params.file, openFlags(params));
  const places = ringPlaces(ring, depth);
  const push = (fixed ? fixedPusher : pusher)(ring, fd, places);
  let sum = 0;
  const visit = (completion) => {
    complete(completion.res);
    sum = (sum + sumOfBlock(places[completion.userData].words)) | 0;
  };
  const waitForAll = () => {
    ring.wait(depth);
    ring.drain(visit);
  };
  const spinForAll = () => {
    ring.submit();
    for (let left = depth; left > 0; ) left -= ring.drain(visit);
  };
  const finish = spin ? spinForAll : waitForAll;
  let enters = 0;
  return {
    run(count) {
      enters = ring.enters;
      sum = 0;
      for (let next = 0; next < count; ) {
        for (let slot = 0; slot < depth; slot += 1, next += 1) {
          // Completions can be there a moment before the kernel's thread has made room.
          while (!push(slot, offsetOf(next)));
        }
        finish();
      }
      return sum >>> 0;
    },
    extras: (count) => ({ 'enters per op': (ring.enters - enters) / count }),
    close: () => ring.close(),
  };
}

/** One read after the other, into `places` buffers in turn; into one only, the data never leaves the nearest cache. */
export function openReadSync(params) {
  const fd = fs.openSync(params.file, openFlags(params));
  const places = nodePlaces(params.places ?? 1, params.direct);
  return {
    run(count) {
      let sum = 0;
      for (let index = 0; index < count; index += 1) {
        const { buffer, words } = places[index % places.length];
        complete(fs.readSync(fd, buffer, 0, BLOCK_BYTES, offsetOf(index)));
        sum = (sum + sumOfBlock(words)) | 0;
      }
      return sum >>> 0;
    },
  };
}

export function openCallbacks(params) {
  const fd = fs.openSync(params.file, openFlags(params));
  const places = nodePlaces(params.depth, params.direct);
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

export async function openFileHandle(params, schedule = readInLoops) {
  const handle = await fs.promises.open(params.file, openFlags(params));
  const places = nodePlaces(params.depth, params.direct);
  const read = (buffer, offset) => handle.read(buffer, 0, BLOCK_BYTES, offset);
  return {
    run: (count) => schedule(places, count, read, ({ bytesRead }) => bytesRead),
    close: () => handle.close(),
  };
}

/** How long the kernel's thread of libuv's ring waits for more. */
const LIBUV_IDLE_MS = 10;

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

/** A contender of Node's own that libuv runs on a ring; left out where libuv does not. */
export const onLibuvRing = (open) => ({
  env: { UV_USE_IO_URING: '1' },
  lingerMs: LIBUV_IDLE_MS,
  async open(params) {
    await fs.promises.stat(params.file);
    const session = await open(params);
    await session.run(params.depth ?? 1);
    if (hasRing()) return session;
    await session.close?.();
    throw new Error(`libuv ${process.versions.uv} opens no ring here in spite of UV_USE_IO_URING=1`);
  },
});
