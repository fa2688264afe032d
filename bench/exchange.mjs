/**
 * A hub and its worker threads as a contender: see messages.mjs. All workers are sent batches at the same time, each the
 * next one when it has answered.
 */
import { once } from 'node:events';
import { MessagePort, Worker } from 'node:worker_threads';
import { ways } from './messages.mjs';

const THREAD = new URL('./message-worker.mjs', import.meta.url);

async function startWorker(way, hub, batch, index) {
  const given = hub.start?.(index);
  const workerData = { way, batch, link: { index, hub: hub.reach, given } };
  const thread = new Worker(THREAD, {
    workerData,
    transferList: given instanceof MessagePort ? [given] : [],
  });
  const [{ reach }] = await once(thread, 'message');
  return { thread, exchange: hub.exchange({ index, reach }) };
}

/** `count` messages in batches; the sum of the answers. */
async function exchangeAll(exchange, batch, count) {
  let sum = 0;
  for (let first = 0; first < count; first += batch) {
    const answer = exchange(first);
    sum = (sum + (typeof answer === 'number' ? answer : await answer)) | 0;
  }
  return sum;
}

/** Opens a contender of one of the ways of messages.mjs. */
export const openExchange =
  (way) =>
  async ({ batch, workers }) => {
    const hub = ways[way].hub(batch);
    const started = await Promise.all(
      Array.from({ length: workers }, (_, index) => startWorker(way, hub, batch, index)),
    );
    return {
      async run(count) {
        const each = count / workers;
        const sums = await Promise.all(started.map(({ exchange }) => exchangeAll(exchange, batch, each)));
        return sums.reduce((sum, part) => (sum + part) | 0, 0) >>> 0;
      },
      extras: () => ({ 'process MB': process.memoryUsage.rss() / 1e6 }),
      async close() {
        await Promise.all(started.map(({ thread }) => thread.terminate()));
        await hub.close?.();
        process.exit();
      },
    };
  };

/** The sum that every contender must arrive at: each worker is sent 0 to `count` / `workers` - 1. */
export function expectedAnswers(count, { workers }) {
  const each = BigInt(count / workers);
  return Number((((each * (each - 1n)) / 2n) * BigInt(workers)) & 0xffffffffn);
}
