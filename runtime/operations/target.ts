/**
 * An operation of a ring as the argument of another, which ends or changes it: by its promise, or by the stream that it is for.
 */
import { constants } from 'node:os';
import { RingError, systemError } from '../errors.js';
import type { MultishotStream } from '../streams/multishot-stream.js';
import { type Entry, type Slot, userData } from './slot.js';

/** An operation that was started: what the program was given for it. */
export type OperationTarget = Promise<unknown> | AnyStream;

/** A stream whatever its items are: a `MultishotStream` of one kind is none of another. */
type AnyStream = Pick<MultishotStream<unknown>, 'next' | 'return' | typeof Symbol.asyncDispose>;

/** What a stream has with the kernel now. */
export const ARMED = Symbol('armed');

interface Armed {
  readonly [ARMED]: Entry | undefined;
}

/** What finds operations of a ring. */
export interface Operations {
  find(promise: Promise<unknown>): Slot | undefined;
  each(): Iterable<Slot>;
}

export const isStream = (value: unknown): value is Armed =>
  typeof value === 'object' && value !== null && ARMED in value;

/** The error where there is nothing to change or to end. */
export function notPending(call: string, op: string): RingError {
  const { code } = systemError(-constants.errno.ENOENT, call);
  const message = `${code}: ${call}: the operation is not pending on this ring: it is over, or is none of its own; nothing was changed`;
  return new RingError(code, message, { errno: -constants.errno.ENOENT, syscall: call, op });
}

function slotOf(operations: Operations, target: unknown, what: string): Slot | undefined {
  if (target instanceof Promise) return operations.find(target);
  if (!isStream(target)) {
    const problem = `${what} must be the promise or the stream of an operation, or a user_data`;
    throw Object.assign(new TypeError(problem), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  const entry = target[ARMED];
  if (entry?.slot === undefined || entry.slot.generation !== entry.generation) return undefined;
  for (const slot of operations.each()) if (slot === entry.slot) return slot;
  return undefined;
}

/** The user_data of what a program means by a promise or a stream. Throws where there is nothing that has any. */
export function userDataOf(operations: Operations, target: unknown, what: string, op: string): bigint {
  const slot = slotOf(operations, target, what);
  if (slot === undefined) throw notPending(what.slice(0, what.indexOf(':')), op);
  return userData(slot);
}
