/**
 * What the promise level does with a program's arguments besides encoding them.
 */
import { AsyncResource } from 'node:async_hooks';
import type { AnyOperation, OperationOptions } from '../operations/operation.js';
import { wrongType } from './known-names.js';
import type { Pins } from './pins.js';

/**
 * A copy of arguments that wait for room, so that the program may reuse its objects at once, as with any other call.
 * Lists and plain objects among them (buffers of a vector, addresses) are copied too; data is not, exactly as for an
 * operation that is with the kernel already.
 */
export function snapshot(args: object): object {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, copyOf(value)]));
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  const isPlain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? snapshot(value) : value;
}

/** Apart from what every operation runs through, which V8 makes one piece of as long as it is short. */
export function refuseArguments(operation: AnyOperation, args: unknown): never {
  throw wrongType(`${operation.name}: the arguments`, 'an object', args);
}

/** Arguments in kernel-visible memory; refuses those that the operation does not have, and what cannot hold any. */
export function readyOf(operation: AnyOperation, pins: Pins, args: object): object {
  if (typeof args !== 'object' || args === null) refuseArguments(operation, args);
  if (operation.checkArgs !== undefined) operation.checkArgs(args);
  return operation.ready(pins, args) as object;
}

/** `onMore` runs in the context (AsyncLocalStorage) in which the operation was started, as its promise does. */
export function inContext(onMore: OperationOptions['onMore']): OperationOptions['onMore'] {
  return onMore === undefined ? undefined : AsyncResource.bind(onMore, 'RingOperation');
}

/** Refuses what is no AbortSignal, before anything listens to it. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined) return;
  const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  throw Object.assign(new TypeError('signal must be an AbortSignal'), { code: 'ERR_INVALID_ARG_TYPE' });
}

/** How many completions an operation may have in the queue at a time. */
export function checkedWeight(weight = 1): number {
  if (Number.isInteger(weight) && weight >= 1) return weight;
  throw Object.assign(new RangeError(`weight must be a positive integer; got ${weight}`), {
    code: 'ERR_OUT_OF_RANGE',
  });
}
