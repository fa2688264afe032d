/**
 * Options of streams.
 */
import { anything, Shape, signal } from '../arguments/options.js';

/** Options of every stream. */
export interface StreamOptions {
  /** Ends the stream when it is aborted: what waits is given up, and the consumer gets an AbortError. */
  readonly signal?: AbortSignal;
  /** How many completions it may have in the queue at a time, counted against the ring's capacity. Default 1. */
  readonly weight?: number;
}

/** Options of streams whose items are kept until the consumer takes them. */
export interface QueuedStreamOptions extends StreamOptions {
  /**
   * So many items waiting make the stream cancel its operation, which is submitted again once half of them are taken.
   * What arrives until the cancellation takes effect is kept as well. Default 16.
   */
  readonly highWaterMark?: number;
}

/** What they are checked against; numbers are where they are used. */
export const STREAM = new Shape({ signal, weight: anything, highWaterMark: anything });

export function positive(value: number, name: string, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw Object.assign(new RangeError(`${name} must be an integer from 1 to ${most}; got ${value}`), {
    code: 'ERR_OUT_OF_RANGE',
  });
}
