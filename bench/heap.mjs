/**
 * Memory of this process, after what is garbage has been collected.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** Collects everything that is garbage now. */
export const collect = runInNewContext('gc');

/** Bytes that JavaScript holds, and bytes of the process in memory. */
export function memoryInUse() {
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: heapUsed + external, resident: rss };
}
