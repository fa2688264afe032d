/**
 * Descriptors that operations make are not for the programs that the process executes, unless the program says so: as
 * with all that Node opens.
 */
import type { RingBuffer } from '../memory/memory.js';
import { wrongType } from './known-names.js';

/**
 * The bit that makes a new descriptor close-on-exec, or 0.
 * @param slot not 0 for a direct descriptor, which nothing inherits, and of which the kernel refuses the bit
 */
export function closeOnExec(inheritable: unknown, slot: number | bigint, bit: number, what: string): number {
  if (inheritable === undefined || inheritable === false) return slot === 0 || slot === 0n ? bit : 0;
  if (inheritable !== true) throw wrongType(what, 'true or false', inheritable);
  return 0;
}

/** The bit that makes it inheritable, where the kernel has that instead; or 0. */
export function inherited(inheritable: unknown, bit: number, what: string): number {
  return closeOnExec(inheritable, 0, bit, what) === 0 ? bit : 0;
}

const WORD_BYTES = 4;

/**
 * Sets a bit of a record that an operation points to, or takes it away: the record may have served another before.
 * @param at the offset of the member, which is little-endian
 * @param set 0 to take it away
 */
export function setRecordBit(record: RingBuffer | undefined, at: number, bit: number, set: number): void {
  const bytes = record?.bytes;
  // What is no such record the kernel refuses, or the builder.
  if (bytes === undefined || bytes.byteLength < at + WORD_BYTES) return;
  const word = bytes.readInt32LE(at);
  bytes.writeInt32LE(set === 0 ? word & ~bit : word | bit, at);
}
