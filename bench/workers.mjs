/**
 * How many worker threads the workloads that grow with them have.
 */
import { availableParallelism } from 'node:os';

export const WORKERS = [...new Set([1, 2, 4, availableParallelism()])].sort((a, b) => a - b);

export const workersName = (workers) => `${workers} worker${workers === 1 ? '' : 's'}`;
