/**
 * Two threads that send each other messages: rings have IORING_OP_MSG_RING for it, Node its ports, JavaScript its shared
 * memory.
 */
import { expectedAnswers, openExchange } from '../exchange.mjs';

const BATCH = 128;
const ONE = 'one at a time: a message there, its answer back';
const MANY = `${BATCH} there, then one answer back`;

const contenders = {
  'ringsmith, awaited': { ours: 'awaited', open: openExchange('rings') },
  'ringsmith, sync level': { ours: 'sync level', open: openExchange('syncRings') },
  MessagePort: { open: openExchange('ports') },
  'Atomics.waitAsync': { open: openExchange('asyncWaits') },
  'Atomics.wait': { open: openExchange('waits') },
  'C, liburing': { c: 'messages', args: ({ batch }) => [batch] },
};

export default {
  title: 'messages between two threads',
  unit: 'messages',
  notes: [
    'The synchronous level, Atomics.wait and C block their threads; the others leave them to their event loops. Messages',
    'from ring to ring carry 96 bits; a MessagePort clones any value. Shared memory has room for one number at a time.',
  ],
  headlines: [ONE, MANY],
  expected: expectedAnswers,
  contenders,
  cases: [
    { name: ONE, params: { workers: 1, batch: 1 } },
    {
      name: MANY,
      params: { workers: 1, batch: BATCH },
      multiple: BATCH,
      contenders: Object.keys(contenders).filter((name) => !name.startsWith('Atomics')),
    },
  ],
  targets: [],
};
