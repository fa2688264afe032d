/* C reference of workloads/nop.mjs: nop COUNT BATCH */
#include "bench.h"

static uint32_t run(struct io_uring *ring, long count, unsigned batch) {
  uint32_t sum = 0;
  for (long done = 0; done < count; done += batch) {
    for (unsigned i = 0; i < batch; i++) {
      struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
      io_uring_prep_nop(sqe);
      sqe->user_data = i;
    }
    int result = io_uring_submit_and_wait(ring, batch);
    if (result < 0) fail("io_uring_enter", -result);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(ring, head, cqe) {
      sum += (uint32_t)cqe->user_data + (uint32_t)cqe->res;
      seen++;
    }
    io_uring_cq_advance(ring, seen);
  }
  return sum;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  long count = atol(argv[1]);
  unsigned batch = (unsigned)atoi(argv[2]);
  struct io_uring ring;
  unsigned flags = open_ring(&ring, batch, 0);
  run(&ring, 100L * batch, batch);
  double cpu = cpu_seconds(), start = wall_seconds();
  uint32_t sum = run(&ring, count, batch);
  print_result(wall_seconds() - start, cpu_seconds() - cpu, sum, flags);
  return 0;
}
