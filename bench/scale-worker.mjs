/**
 * A worker thread of workloads/scale-workers.mjs: one of the readers of reads.mjs, run as often as it is asked to.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openAwaited, openFileHandle, openReadSync } from './reads.mjs';

const readers = { openAwaited, openFileHandle, openReadSync };
const session = await readers[workerData.reader](workerData.params);
parentPort.on('message', async (count) => parentPort.postMessage(await session.run(count)));
parentPort.postMessage('ready');
