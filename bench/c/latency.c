/* C reference of workloads/latency.mjs: latency COUNT FILE BLOCK_BITS. */
#include "bench.h"
#include "pattern.h"
#include <fcntl.h>

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  long count = atol(argv[1]);
  unsigned block_bits = (unsigned)atoi(argv[3]);
  int file = open(argv[2], O_RDONLY);
  if (file < 0) fail(argv[2], errno);
  char *block = aligned_alloc(BLOCK_BYTES, BLOCK_BYTES);
  double *samples = calloc((size_t)count, sizeof *samples);
  if (block == NULL || samples == NULL) fail("memory", ENOMEM);
  struct io_uring ring;
  open_ring(&ring, 1, 0);
  uint32_t sum = 0;
  double cpu = cpu_seconds(), start = wall_seconds(), before = start;
  for (long index = 0; index < count; index++) {
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    io_uring_prep_read(sqe, file, block, BLOCK_BYTES, offset_of((uint32_t)index, block_bits));
    int result = io_uring_submit_and_wait(&ring, 1);
    if (result < 0) fail("io_uring_enter", -result);
    struct io_uring_cqe *cqe;
    io_uring_peek_cqe(&ring, &cqe);
    if (cqe->res != (int)BLOCK_BYTES) fail("read", cqe->res < 0 ? -cqe->res : EIO);
    sum += sum_of_block(block);
    io_uring_cqe_seen(&ring, cqe);
    double now = wall_seconds();
    samples[index] = now - before;
    before = now;
  }
  double seconds = wall_seconds() - start, used = cpu_seconds() - cpu;
  qsort(samples, (size_t)count, sizeof *samples, compare);
  printf("{\"seconds\":%.9f,\"cpuSeconds\":%.6f,\"checksum\":%u,\"extras\":{", seconds, used, sum);
  printf("\"p50 us\":%.3f,\"p99 us\":%.3f,\"p99.9 us\":%.3f}}\n", samples[count / 2] * 1e6,
         samples[(size_t)((double)count * 0.99)] * 1e6, samples[(size_t)((double)count * 0.999)] * 1e6);
  return 0;
}
