/**
 * 4 KiB reads at random places of a file: in the page cache, where the way to the kernel and back is what costs, and past
 * it, where the disk is.
 */
import { join } from 'node:path';
import { expectedSum, writePattern } from '../pattern.mjs';
import {
  BLOCK_BITS,
  onLibuvRing,
  openAwaited,
  openCallbacks,
  openFileHandle,
  openReadSync,
  openSyncLevel,
  withSqpoll,
} from '../reads.mjs';

const DEPTHS = [1, 8, 128];
const DIRECT_DEPTHS = [1, 32];
const atMost = DEPTHS.at(-1);
const deepest = `${atMost} in flight`;

const cArgs = ({ file, depth, direct }, more = '') => [
  file,
  depth,
  BLOCK_BITS,
  `${direct ? 'd' : ''}${more}`,
];

/** As in development: memory that two operations use at once is an error. */
const withChecks = (params) => openAwaited({ ...params, ring: { checked: true } });

const CHECKED = 'ringsmith, awaited, checked';
const AS_MANY_BUFFERS = `fs.readSync, into ${atMost} buffers`;
const POOL_OF_ONE = 'fs.read, UV_THREADPOOL_SIZE=1';
const HANDLE_POOL_OF_ONE = 'filehandle.read, UV_THREADPOOL_SIZE=1';
/** Variants that ask what others would do in other circumstances: run where most depends on them. */
const VARIANTS = [CHECKED, AS_MANY_BUFFERS, POOL_OF_ONE, HANDLE_POOL_OF_ONE];

const target = (text, ours, peer, floor, aim) => ({ text, case: deepest, ours, peer, floor, aim });

const contenders = {
  'ringsmith, awaited': { ours: 'awaited', open: (params) => openAwaited(params) },
  [CHECKED]: { ours: 'checked', open: withChecks },
  'ringsmith, awaited, sqpoll': { ours: 'awaited, sqpoll', ...withSqpoll(openAwaited) },
  'ringsmith, sync level': { ours: 'sync level', open: openSyncLevel },
  'fs.readSync, one by one': { open: openReadSync },
  [AS_MANY_BUFFERS]: { open: (params) => openReadSync({ ...params, places: params.depth }) },
  'fs.read, callbacks': { open: openCallbacks },
  [POOL_OF_ONE]: { env: { UV_THREADPOOL_SIZE: '1' }, open: openCallbacks },
  'filehandle.read': { open: (params) => openFileHandle(params) },
  [HANDLE_POOL_OF_ONE]: {
    env: { UV_THREADPOOL_SIZE: '1' },
    open: (params) => openFileHandle(params),
  },
  'filehandle.read, UV_USE_IO_URING=1': onLibuvRing((params) => openFileHandle(params)),
  'C, liburing': { c: 'randread', args: (params) => cArgs(params) },
  'C, Linux AIO': { c: 'aio_read', args: (params) => cArgs(params) },
};

const usual = Object.keys(contenders).filter((name) => !VARIANTS.includes(name));

export default {
  title: '4 KiB reads at random places of a 64 MiB file, in the page cache unless O_DIRECT is said',
  unit: 'reads',
  notes: [
    'Node reads on a thread pool of 4, its default, unless said otherwise; its threads and the main one share the',
    'processors as the scheduler happens to place them, hence the spread of its figures.',
    'With one read in flight a ring with SQPOLL waits for the kernel thread to see it: that mode is for many at a time.',
  ],
  headlines: [deepest, 'O_DIRECT, 32 in flight'],
  prepare(folder) {
    const file = join(folder, 'randread.data');
    writePattern(file, BLOCK_BITS);
    return { file };
  },
  expected: (count) => expectedSum(count, BLOCK_BITS),
  contenders,
  cases: [
    ...DEPTHS.map((depth) => ({
      name: `${depth} in flight`,
      params: { depth },
      multiple: depth,
      contenders: depth === atMost ? Object.keys(contenders) : usual,
    })),
    ...DIRECT_DEPTHS.map((depth) => ({
      name: `O_DIRECT, ${depth} in flight`,
      params: { depth, direct: true },
      multiple: depth,
      contenders: usual,
    })),
  ],
  targets: [
    target('synchronous level against C', 'ringsmith, sync level', 'C, liburing', 0.93, 1),
    target('awaited against filehandle.read', 'ringsmith, awaited', 'filehandle.read', 10, 15),
    target('awaited against fs.read', 'ringsmith, awaited', 'fs.read, callbacks', 3, 4),
    target('awaited against fs.readSync', 'ringsmith, awaited', 'fs.readSync, one by one', 1, 1.2),
    target(
      'awaited against filehandle.read with UV_USE_IO_URING=1',
      'ringsmith, awaited',
      'filehandle.read, UV_USE_IO_URING=1',
      3.5,
      5,
    ),
  ],
};
