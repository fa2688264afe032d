/**
 * Reads without system calls: a thread of the kernel takes what is submitted, and completions are there to be read. Counted
 * from outside as well: a million reads in steady state, under strace.
 */
import { join } from 'node:path';
import { expectedSum, writePattern } from '../pattern.mjs';
import { BLOCK_BITS, openAwaited, openReadSync, openSyncLevel, withSqpoll } from '../reads.mjs';
import { countSystemCalls } from '../system-calls.mjs';

const DEPTH = 128;
/** The kernel's thread does not go to sleep while calls are counted. */
const LONG = { sqpoll: { idleMs: 2000 } };
const CHUNK = 25_600;
const COUNTED = 1_000_000;
/** A machine that is busy with other things is not kept for longer. */
const COUNTED_SECONDS = 15;
const CASE = `${DEPTH} in flight`;

/** Calls of a million reads in steady state, or of as many as there is time for; the warm-up wakes the kernel's thread. */
async function countCalls(open, params) {
  const session = open({ ...params, ring: LONG });
  let reads = 0;
  const counts = await countSystemCalls(async (now) => {
    await session.run(CHUNK);
    const from = now();
    for (; reads < COUNTED && now() - from < COUNTED_SECONDS; reads += CHUNK) {
      if ((await session.run(CHUNK)) !== expectedSum(CHUNK, BLOCK_BITS))
        throw new Error('the counted reads came to the wrong sum');
    }
    return { from, to: now() };
  });
  await session.close();
  if (counts === undefined) return {};
  return {
    'reads under strace': reads,
    'enters among them': counts['io_uring_enter'] ?? 0,
    'calls among them': counts.all,
  };
}

/** A contender with the calls counted once, after its first round. */
const counted = (open) =>
  withSqpoll((params) => {
    const session = open(params);
    let calls;
    return {
      ...session,
      async extras(count) {
        const own = session.extras(count);
        calls ??= await countCalls(open, params);
        return { ...own, ...calls };
      },
    };
  });

const spinning = (params) => openSyncLevel({ ...params, spin: true });

const noEnters = (name) => ({
  text: `${name}: io_uring_enter in a million reads, as strace sees it`,
  case: CASE,
  unit: 'calls',
  needs: 'strace, and the right to look at a process with it',
  most: true,
  floor: 0,
  measure: (by) => by[`ringsmith, ${name}`].extras['enters among them'],
});

export default {
  title: '4 KiB reads at random places of a 64 MiB file in the page cache, taken by a kernel thread',
  unit: 'reads',
  notes: [
    'No system calls is not the same as fast: a thread of the kernel does the submitting, so it pays with a processor to',
    'spare and many operations in flight. One at a time waits for that thread to look: see `randread` and `latency`.',
  ],
  prepare(folder) {
    const file = join(folder, 'sqpoll.data');
    writePattern(file, BLOCK_BITS);
    return { file };
  },
  expected: (count) => expectedSum(count, BLOCK_BITS),
  contenders: {
    'ringsmith, awaited, sqpoll': { ours: 'awaited', ...counted(openAwaited) },
    'ringsmith, sync level, sqpoll': { ours: 'sync level', ...counted(spinning) },
    'ringsmith, awaited': { open: (params) => openAwaited(params) },
    'fs.readSync, one by one': { open: openReadSync },
    'C, liburing, sqpoll': { c: 'randread', args: ({ file, depth }) => [file, depth, BLOCK_BITS, 's'] },
    'C, liburing': { c: 'randread', args: ({ file, depth }) => [file, depth, BLOCK_BITS, ''] },
  },
  cases: [{ name: CASE, params: { depth: DEPTH }, multiple: DEPTH }],
  targets: [noEnters('awaited, sqpoll'), noEnters('sync level, sqpoll')],
};
