/**
 * Completions that no operation of the ring asked for: messages of other rings, and the kernel's notes that it has let
 * go of a registered resource. They are told from others by the top byte of their user_data, which no operation may
 * use. What lies below it is the poster's: any program can send such a message.
 */

/** Top byte of user_data; see posted_by_others in native/ring_memory.h. */
export const POSTED = { message: 0xd1, descriptor: 0xd2, released: 0xd3 } as const;

const FIRST = POSTED.message;
const COUNT = POSTED.released - POSTED.message + 1;

/** Whether a completion, or an operation, with this upper word of user_data is a posted one. */
export const isPosted = (userDataHigh: number): boolean => ((userDataHigh >>> 24) - FIRST) >>> 0 < COUNT;

const BELOW_TOP = 2n ** 56n - 1n;

/** user_data of a posted completion; bits of `data` beyond 56 have no room there. */
export const postedUserData = (kind: number, data: bigint): bigint =>
  (BigInt(kind) << 56n) | (data & BELOW_TOP);

/** The 56 bits below the top byte. */
export const postedData = (low: number, high: number): bigint =>
  (BigInt(high & 0xffffff) << 32n) | BigInt(low >>> 0);

/** The refusal of a user_data that would make an operation's completion look like a posted one. */
export function postedError(operation: string): Error {
  const names = 'the top byte of userData must not be 0xd1 to 0xd3';
  return Object.assign(
    new RangeError(`${operation}: ${names}, which mark messages from other rings; nothing was submitted`),
    { code: 'ERR_OUT_OF_RANGE' },
  );
}

/** What another ring sent. */
export interface RingMessage {
  /** The sender's 64 bits. */
  readonly data: bigint;
  /** The sender's 32 bits, signed as results are. */
  readonly value: number;
}

/** The message in a completion; undefined when it is none. */
export function messageOf(low: number, high: number, res: number, flags: number): RingMessage | undefined {
  if (high >>> 24 !== POSTED.message) return undefined;
  // The eight bits that user_data has no room for come in flags, where kernels can pass them on.
  return { data: (BigInt((flags >>> 16) & 0xff) << 56n) | postedData(low, high), value: res };
}
