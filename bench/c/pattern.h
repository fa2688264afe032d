/* The file of pattern.mjs and the order its blocks are read in. */
#include <stdint.h>

#define BLOCK_BYTES 4096u
#define GOLDEN 0x9e3779b1u

static uint64_t offset_of(uint32_t index, unsigned block_bits) {
  return (uint64_t)((index * GOLDEN) >> (32 - block_bits)) * BLOCK_BYTES;
}

static uint32_t sum_of_block(const void *block) {
  const uint32_t *words = block;
  return words[0] ^ words[BLOCK_BYTES / 4 - 1];
}
