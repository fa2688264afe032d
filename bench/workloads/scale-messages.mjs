/**
 * A thread that exchanges messages with several others, each of which has a ring: how throughput and memory grow.
 */
import { expectedAnswers, openExchange } from '../exchange.mjs';
import { WORKERS, workersName } from '../workers.mjs';

const BATCH = 32;

export default {
  title: `messages from one thread to several, ${BATCH} to each, then an answer from each`,
  unit: 'messages',
  rounds: 3,
  plot: { x: 'worker threads', memory: 'process MB' },
  expected: expectedAnswers,
  contenders: {
    'ringsmith, awaited': { ours: 'awaited', open: openExchange('rings') },
    MessagePort: { open: openExchange('ports') },
  },
  cases: WORKERS.map((workers) => ({
    name: workersName(workers),
    x: workers,
    params: { workers, batch: BATCH },
    multiple: BATCH * workers,
  })),
  targets: [],
};
