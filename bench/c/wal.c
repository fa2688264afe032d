/* C reference of workloads/wal.mjs: wal COUNT FILE... Each record and its sync are linked; one pair in flight per log. */
#define _GNU_SOURCE
#include "bench.h"
#include "pattern.h"
#include <fcntl.h>

#define RECORD_BYTES 4096u

struct log {
  int fd;
  uint64_t offset;
  uint32_t words[RECORD_BYTES / 4];
};

static uint32_t sum;

static void commit(struct io_uring *ring, struct log *log, uint32_t index) {
  uint32_t value = (index + 1) * GOLDEN;
  sum += value;
  for (size_t i = 0; i < RECORD_BYTES / 4; i++) log->words[i] = value;
  struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
  io_uring_prep_write(sqe, log->fd, log->words, RECORD_BYTES, log->offset);
  sqe->flags |= IOSQE_IO_LINK;
  sqe->user_data = 0;
  sqe = io_uring_get_sqe(ring);
  io_uring_prep_fsync(sqe, log->fd, IORING_FSYNC_DATASYNC);
  sqe->user_data = (uintptr_t)log;
  log->offset += RECORD_BYTES;
}

static void run(struct io_uring *ring, struct log *logs, int log_count, long count) {
  long next = 0, done = 0;
  sum = 0;
  for (int i = 0; i < log_count; i++) {
    logs[i].offset = 0;
    if (ftruncate(logs[i].fd, 0) < 0) fail("ftruncate", errno);
  }
  for (int i = 0; i < log_count && next < count; i++) commit(ring, &logs[i], (uint32_t)next++);
  while (done < count) {
    int result = io_uring_submit_and_wait(ring, 1);
    if (result < 0) fail("io_uring_enter", -result);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(ring, head, cqe) {
      seen++;
      struct log *log = (struct log *)(uintptr_t)cqe->user_data;
      if (cqe->res != (log == NULL ? (int)RECORD_BYTES : 0)) fail("commit", cqe->res < 0 ? -cqe->res : EIO);
      if (log == NULL) continue;
      done++;
      if (next < count) commit(ring, log, (uint32_t)next++);
    }
    io_uring_cq_advance(ring, seen);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  long count = atol(argv[1]);
  int log_count = argc - 2;
  struct log *logs = calloc((size_t)log_count, sizeof *logs);
  for (int i = 0; i < log_count; i++) {
    logs[i].fd = open(argv[2 + i], O_WRONLY);
    if (logs[i].fd < 0) fail(argv[2 + i], errno);
  }
  struct io_uring ring;
  unsigned flags = open_ring(&ring, 64, 0);
  run(&ring, logs, log_count, log_count * 2);
  double cpu = cpu_seconds(), start = wall_seconds();
  run(&ring, logs, log_count, count);
  print_result(wall_seconds() - start, cpu_seconds() - cpu, sum, flags);
  return 0;
}
