/* C reference of workloads/stat.mjs: stat COUNT FOLDER FILES DEPTH. Sums up the sizes of FOLDER/0, FOLDER/1 … */
#define _GNU_SOURCE
#include "bench.h"
#include <fcntl.h>
#include <sys/stat.h>

#define PATH_BYTES 256

static char (*paths)[PATH_BYTES];
static struct statx *records;
static long files;
static unsigned depth;

static uint32_t run(struct io_uring *ring, long count) {
  uint32_t sum = 0;
  for (long next = 0; next < count;) {
    unsigned batch = 0;
    for (; batch < depth && next < count; batch++, next++) {
      struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
      io_uring_prep_statx(sqe, AT_FDCWD, paths[next % files], 0, STATX_SIZE, &records[batch]);
      sqe->user_data = batch;
    }
    int result = io_uring_submit_and_wait(ring, batch);
    if (result < 0) fail("io_uring_enter", -result);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(ring, head, cqe) {
      if (cqe->res < 0) fail("statx", -cqe->res);
      sum += (uint32_t)records[cqe->user_data].stx_size;
      seen++;
    }
    io_uring_cq_advance(ring, seen);
  }
  return sum;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  long count = atol(argv[1]);
  files = atol(argv[3]);
  depth = (unsigned)atoi(argv[4]);
  paths = malloc((size_t)files * PATH_BYTES);
  records = calloc(depth, sizeof *records);
  if (paths == NULL || records == NULL) fail("memory", ENOMEM);
  for (long i = 0; i < files; i++) snprintf(paths[i], PATH_BYTES, "%s/%ld", argv[2], i);
  struct io_uring ring;
  unsigned flags = open_ring(&ring, depth, 0);
  run(&ring, 4L * depth);
  double cpu = cpu_seconds(), start = wall_seconds();
  uint32_t sum = run(&ring, count);
  print_result(wall_seconds() - start, cpu_seconds() - cpu, sum, flags);
  return 0;
}
