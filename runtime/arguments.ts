/**
 * What the promise level does with a program's arguments besides encoding them.
 */
import { AsyncResource } from 'node:async_hooks';
import type { OperationOptions } from './operation.js';

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

/** `onMore` runs in the context (AsyncLocalStorage) in which the operation was started, as its promise does. */
export function inContext(options: OperationOptions | undefined): OperationOptions | undefined {
  if (options?.onMore === undefined) return undefined;
  return { onMore: AsyncResource.bind(options.onMore, 'RingOperation') };
}
