/**
 * Memory that is named by other memory: a list that is checked before anything of it is used.
 */
import { wrongType } from './known-names.js';

/** Refuses what is no list of the ring's memory. */
export function checkHolds(value: unknown, what: string): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw wrongType(what, 'an array of memory of ring.alloc', value);
  const wrong = value.find((buffer) => typeof buffer !== 'object' || buffer === null);
  if (wrong !== undefined || value.includes(undefined))
    throw wrongType(`${what}: what it lists`, 'memory of ring.alloc', wrong);
}
