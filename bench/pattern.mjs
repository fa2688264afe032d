/**
 * A file whose every word is known from its position, and an order to read its blocks in: so that a contender can prove
 * with a sum that it read what it was asked for. c/randread.c computes the same.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

export const BLOCK_BYTES = 4096;
export const BLOCK_WORDS = BLOCK_BYTES / 4;

/** 2^32 divided by the golden ratio: multiples of it, modulo 2^32, spread evenly and look random. */
const GOLDEN = 0x9e3779b1;
const CHUNK_BLOCKS = 256;

const wordAt = (position) => Math.imul(position + 1, GOLDEN);

/** The block that operation `index` reads, out of 2^`blockBits`. */
export const blockAt = (index, blockBits) => Math.imul(index, GOLDEN) >>> (32 - blockBits);

/** What a contender adds to its sum for a block it has read: its first word and its last. */
export const sumOfBlock = (words) => words[0] ^ words[BLOCK_WORDS - 1];

/** Writes a file of 2^`blockBits` blocks. */
export function writePattern(file, blockBits) {
  const words = new Int32Array(CHUNK_BLOCKS * BLOCK_WORDS);
  const total = 2 ** blockBits * BLOCK_WORDS;
  const fd = openSync(file, 'w');
  for (let position = 0; position < total; position += words.length) {
    for (let index = 0; index < words.length; index += 1) words[index] = wordAt(position + index);
    writeSync(fd, words);
  }
  closeSync(fd);
}

/** The sum over the blocks that operations 0 to `count` - 1 read. */
export function expectedSum(count, blockBits) {
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    const first = blockAt(index, blockBits) * BLOCK_WORDS;
    sum = (sum + (wordAt(first) ^ wordAt(first + BLOCK_WORDS - 1))) | 0;
  }
  return sum >>> 0;
}

/** The sum over the first words of those blocks. */
export function expectedFirstWords(count, blockBits) {
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    sum = (sum + wordAt(blockAt(index, blockBits) * BLOCK_WORDS)) | 0;
  }
  return sum >>> 0;
}
