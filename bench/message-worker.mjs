/**
 * A worker thread of the workloads that send messages: the other end of one of the ways of messages.mjs.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { ways } from './messages.mjs';

const { way, batch, link } = workerData;
// What waits on shared memory does not keep a thread alive; a listener does.
parentPort.on('message', () => undefined);
parentPort.postMessage({ reach: ways[way].worker(batch, link) });
