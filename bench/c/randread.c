/* C reference of workloads/randread.mjs: randread COUNT FILE DEPTH BLOCK_BITS. See pattern.mjs for the sum. */
#include "bench.h"
#include <fcntl.h>

#define BLOCK_BYTES 4096u
#define GOLDEN 0x9e3779b1u

static unsigned depth, block_bits;
static char *blocks;
static int file;

static uint64_t offset_of(uint32_t index) {
  return (uint64_t)((index * GOLDEN) >> (32 - block_bits)) * BLOCK_BYTES;
}

static uint32_t sum_of_block(unsigned slot) {
  const uint32_t *words = (const uint32_t *)(blocks + (size_t)slot * BLOCK_BYTES);
  return words[0] ^ words[BLOCK_BYTES / 4 - 1];
}

static uint32_t run(struct io_uring *ring, long count) {
  uint32_t sum = 0;
  for (long next = 0; next < count;) {
    for (unsigned slot = 0; slot < depth; slot++, next++) {
      struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
      io_uring_prep_read(sqe, file, blocks + (size_t)slot * BLOCK_BYTES, BLOCK_BYTES, offset_of((uint32_t)next));
      sqe->user_data = slot;
    }
    int result = io_uring_submit_and_wait(ring, depth);
    if (result < 0) fail("io_uring_enter", -result);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(ring, head, cqe) {
      if (cqe->res != (int)BLOCK_BYTES) fail("read", cqe->res < 0 ? -cqe->res : EIO);
      sum += sum_of_block((unsigned)cqe->user_data);
      seen++;
    }
    io_uring_cq_advance(ring, seen);
  }
  return sum;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  long count = atol(argv[1]);
  depth = (unsigned)atoi(argv[3]);
  block_bits = (unsigned)atoi(argv[4]);
  file = open(argv[2], O_RDONLY);
  if (file < 0) fail(argv[2], errno);
  if (posix_memalign((void **)&blocks, BLOCK_BYTES, (size_t)depth * BLOCK_BYTES) != 0) fail("memory", ENOMEM);
  memset(blocks, 0, (size_t)depth * BLOCK_BYTES);
  struct io_uring ring;
  unsigned flags = open_ring(&ring, depth);
  run(&ring, 100L * depth);
  double cpu = cpu_seconds(), start = wall_seconds();
  uint32_t sum = run(&ring, count);
  print_result(wall_seconds() - start, cpu_seconds() - cpu, sum, flags);
  return 0;
}
