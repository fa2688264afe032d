/**
 * Reads in several threads, each with a ring of its own: how throughput and memory grow.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expectedSum, writePattern } from '../pattern.mjs';
import { BLOCK_BITS } from '../reads.mjs';
import { WORKERS, workersName } from '../workers.mjs';

const DEPTH = 128;
const THREAD = new URL('../scale-worker.mjs', import.meta.url);

/** What a worker answers next; rejects with what it failed with. */
const answerOf = async (worker) => {
  const [answer] = await once(worker, 'message');
  return answer;
};

const openWorkers = (reader) => async (params) => {
  const threads = Array.from(
    { length: params.workers },
    () => new Worker(THREAD, { workerData: { reader, params } }),
  );
  await Promise.all(threads.map(answerOf));
  return {
    async run(count) {
      const answers = threads.map(answerOf);
      for (const thread of threads) thread.postMessage(count / threads.length);
      const sums = await Promise.all(answers);
      return sums.reduce((sum, part) => (sum + part) >>> 0, 0);
    },
    extras: () => ({ 'process MB': process.memoryUsage.rss() / 1e6 }),
    close: () => Promise.all(threads.map((thread) => thread.terminate())),
  };
};

export default {
  title: `4 KiB reads from the page cache, ${DEPTH} in flight in every worker thread`,
  unit: 'reads',
  rounds: 3,
  plot: { x: 'worker threads', memory: 'process MB' },
  prepare(folder) {
    const file = join(folder, 'scale-workers.data');
    writePattern(file, BLOCK_BITS);
    return { file, depth: DEPTH };
  },
  expected: (count, { workers }) => Math.imul(expectedSum(count / workers, BLOCK_BITS), workers) >>> 0,
  contenders: {
    'ringsmith, awaited': { ours: 'awaited', open: openWorkers('openAwaited') },
    'fs.readSync, one by one': { open: openWorkers('openReadSync') },
    'filehandle.read': { open: openWorkers('openFileHandle') },
  },
  cases: WORKERS.map((workers) => ({
    name: workersName(workers),
    x: workers,
    params: { workers },
    multiple: DEPTH * workers,
  })),
  targets: [],
};
