/**
 * Durations as programs write them, checked, and turned into what the kernel and timers count in.
 */

import { anything, Shape } from './options.js';

/** A duration: milliseconds, or exact seconds and nanoseconds. */
export type Duration = number | { readonly seconds: number | bigint; readonly nanoseconds?: number };

const DURATION = new Shape({ seconds: anything, nanoseconds: anything });

const NANOSECONDS = 1e9;
/** What setTimeout takes: anything longer would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

function invalid(message: string): never {
  throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
}

/** Seconds as the kernel counts them: an array of 64-bit integers would drop the upper bits without a word. */
function checkedSeconds(value: number | bigint, what: string): bigint {
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) invalid(`${what} must have whole seconds`);
  const seconds = BigInt(value);
  if (seconds < 0n || seconds >= 2n ** 63n) invalid(`${what} must have 0 to 2^63 - 1 seconds`);
  return seconds;
}

/** The two words of a `struct __kernel_timespec`. */
export function timespecWords(value: Duration, what: string): BigInt64Array {
  const words = new BigInt64Array(2);
  if (typeof value === 'number') {
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
      invalid(`${what} must be a number of milliseconds, from 0 to 2^53 - 1`);
    }
    const whole = Math.floor(value / 1000);
    words[0] = BigInt(whole);
    words[1] = BigInt(Math.min(Math.round((value - whole * 1000) * 1e6), NANOSECONDS - 1));
    return words;
  }
  if (typeof value !== 'object' || value === null) {
    invalid(`${what} must be a number of milliseconds, or an object with seconds and nanoseconds`);
  }
  DURATION.check(value, what);
  const { seconds, nanoseconds = 0 } = value;
  if (!Number.isInteger(nanoseconds) || nanoseconds < 0 || nanoseconds >= NANOSECONDS) {
    invalid(`${what} must have 0 to 999999999 nanoseconds`);
  }
  words[0] = checkedSeconds(seconds, what);
  words[1] = BigInt(nanoseconds);
  return words;
}

/** A duration of any length in milliseconds. */
export function durationMilliseconds(value: Duration, what: string): number {
  const [seconds, nanoseconds] = timespecWords(value, what) as unknown as [bigint, bigint];
  return Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
}

/** A duration as timers of JavaScript take it. */
export function timerMilliseconds(value: Duration, what: string): number {
  const ms = durationMilliseconds(value, what);
  if (ms > LONGEST_TIMER_MS) invalid(`${what} must be at most ${LONGEST_TIMER_MS} milliseconds`);
  return ms;
}
