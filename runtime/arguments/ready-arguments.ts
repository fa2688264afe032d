/**
 * Arguments of the synchronous level, where memory is the ring's own and nothing is copied.
 */
import { isAnyArrayBuffer, isUint8Array } from 'node:util/types';
import { LinkedMemory } from '../memory/linked-memory.js';
import { RingBuffer } from '../memory/memory.js';
import type { AnyOperation } from '../operations/operation.js';
import { refuseArguments } from './arguments.js';
import { shown, wrongType } from './known-names.js';

/**
 * Refuses what cannot hold arguments, and those that the operation does not have.
 * @param names whether to look at their names
 */
export function checkReady(operation: AnyOperation, ready: object, names: boolean): void {
  if (typeof ready !== 'object' || ready === null) refuseArguments(operation, ready);
  if (!names) return;
  const check = operation.checkReady ?? operation.checkArgs;
  if (check !== undefined) check(ready);
}

/** What stands for memory, on the way to the remedy. */
function remedy(value: unknown): string {
  if (typeof value === 'string') return 'write the text, ended by a NUL byte, into memory of ring.alloc';
  if (Array.isArray(value)) return 'make it with ring.vector(buffers)';
  if (isUint8Array(value) || isAnyArrayBuffer(value) || ArrayBuffer.isView(value))
    return 'copy the data into memory of ring.alloc, since nothing is copied at the synchronous level';
  return 'make it with ring.alloc, ring.vector or ring.message';
}

/** What cannot be memory of the ring but may have been meant for it. */
const isForeign = (value: unknown): boolean =>
  (typeof value === 'string' || (typeof value === 'object' && value !== null)) &&
  !(value instanceof RingBuffer || value instanceof LinkedMemory);

/**
 * The error of a builder that got other memory than a ring's, which it finds out by what it cannot read of it; other errors
 * as they are. Asking only then costs the usual operation nothing.
 */
export function explainMemory(error: unknown, operation: string, ready: object): unknown {
  if (!(error instanceof TypeError) || 'code' in error) return error;
  const entries = Object.entries(ready ?? {});
  const [name, value] = entries.find(([, one]) => isForeign(one)) ?? [];
  if (name !== undefined)
    return wrongType(`${operation}: ${name}`, `memory of the ring (${remedy(value)})`, value);
  const given = entries.map(([one, what]) => `${one}: ${shown(what)}`).join(', ');
  const problem = `${operation}: memory that it needs is missing or not of the right kind; got {${given}}`;
  return Object.assign(new TypeError(problem), { code: 'ERR_INVALID_ARG_TYPE' });
}
