/**
 * Memory that is named by other memory: a list that is checked before anything of it is used.
 */
import { RingBuffer } from '../memory/memory.js';
import { wrongType } from './known-names.js';

/** Refuses what is no list of the ring's memory. */
export function checkHolds(value: unknown, what: string): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw wrongType(what, 'an array of memory of ring.alloc', value);
  for (const [index, buffer] of value.entries())
    if (!(buffer instanceof RingBuffer)) throw wrongType(`${what}[${index}]`, 'memory of ring.alloc', buffer);
}
