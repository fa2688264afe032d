/**
 * The two more words of a completion of 32 bytes: what an operation tells beside its result on rings with such completions.
 */

/** Both 64-bit words of `cqe->big_cqe`. */
export type ExtraWords = readonly [bigint, bigint];

/** What a small completion has. */
export const NO_EXTRA_WORDS: ExtraWords = [0n, 0n];

const SIZE = 4;
const word = (ints: Int32Array, at: number): bigint =>
  (BigInt(ints[at + 1]! >>> 0) << 32n) | BigInt(ints[at]! >>> 0);

/** Of the completion at `ints[at]`, which must be a large one. */
export const extraWordsAt = (ints: Int32Array, at: number): ExtraWords => [
  word(ints, at + SIZE),
  word(ints, at + SIZE + 2),
];
