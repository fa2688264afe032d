/*
 * C reference of workloads/messages.mjs: messages COUNT BATCH. Two threads, each with a ring: one sends a batch, the other
 * answers with its sum.
 */
#include "bench.h"
#include <pthread.h>

static struct io_uring hub, worker;
static unsigned batch, flags;
static pthread_barrier_t opened;

/* Puts a message into another ring; only failures complete here. */
static void prepare(struct io_uring *from, struct io_uring *to, uint32_t value) {
  struct io_uring_sqe *sqe = io_uring_get_sqe(from);
  if (sqe == NULL) fail("submission queue", EBUSY);
  io_uring_prep_msg_ring(sqe, to->ring_fd, value, 0, 0);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

/* Submits what is prepared, and adds up the messages that come, `count` of them. */
static uint32_t receive(struct io_uring *ring, unsigned count) {
  uint32_t sum = 0;
  for (unsigned left = count; left > 0;) {
    int result = io_uring_submit_and_wait(ring, 1);
    if (result < 0) fail("io_uring_enter", -result);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(ring, head, cqe) {
      if (cqe->res < 0 && cqe->user_data != 0) fail("message", -cqe->res);
      sum += (uint32_t)cqe->res;
      seen++;
    }
    io_uring_cq_advance(ring, seen);
    left -= seen;
  }
  return sum;
}

static void *serve(void *none) {
  open_ring(&worker, 4, 0);
  pthread_barrier_wait(&opened);
  for (;;) prepare(&worker, &hub, receive(&worker, batch));
  return none;
}

static uint32_t run(long count) {
  uint32_t sum = 0;
  for (long next = 0; next < count;) {
    for (unsigned at = 0; at < batch; at++, next++) prepare(&hub, &worker, (uint32_t)next);
    sum += receive(&hub, 1);
  }
  return sum;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  long count = atol(argv[1]);
  batch = (unsigned)atoi(argv[2]);
  flags = open_ring(&hub, batch, 0);
  pthread_t thread;
  pthread_barrier_init(&opened, NULL, 2);
  int result = pthread_create(&thread, NULL, serve, NULL);
  if (result != 0) fail("pthread_create", result);
  pthread_barrier_wait(&opened);
  run(100L * batch);
  double cpu = cpu_seconds(), start = wall_seconds();
  uint32_t sum = run(count);
  print_result(wall_seconds() - start, cpu_seconds() - cpu, sum, flags);
  return 0;
}
