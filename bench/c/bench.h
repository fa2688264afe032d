/*
 * What the C references share: a ring with the flags ringsmith's own rings have, clocks, and the line they print.
 * io_uring_setup is called directly: liburing before 2.5 fills the array that IORING_SETUP_NO_SQARRAY (Linux 6.6)
 * leaves out, while its io_uring_queue_mmap works with and without.
 */
#include <errno.h>
#include <liburing.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1U << 12)
#endif
#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16)
#endif

static void fail(const char *what, int error) {
  fprintf(stderr, "%s: %s\n", what, strerror(error));
  exit(1);
}

/*
 * A ring with `wanted` flags, and others, which are dropped, newest first, where the kernel does not know them. Returns
 * those that were used.
 */
static unsigned open_ring(struct io_uring *ring, unsigned entries, unsigned wanted) {
  // With a kernel thread submitting there is no submitter to run its task work.
  unsigned cooperative = wanted & IORING_SETUP_SQPOLL ? 0 : IORING_SETUP_COOP_TASKRUN;
  const unsigned choices[] = {
      wanted | IORING_SETUP_SINGLE_ISSUER | cooperative | IORING_SETUP_NO_SQARRAY,
      wanted | IORING_SETUP_SINGLE_ISSUER | cooperative,
      wanted | cooperative,
      wanted,
  };
  struct io_uring_params params;
  int fd = -1;
  for (size_t i = 0; fd < 0 && i < sizeof choices / sizeof *choices; i++) {
    memset(&params, 0, sizeof params);
    params.flags = choices[i];
    if (wanted & IORING_SETUP_CQSIZE) params.cq_entries = entries * 8;
    fd = (int)syscall(__NR_io_uring_setup, entries, &params);
    if (fd < 0 && errno != EINVAL) fail("io_uring_setup", errno);
  }
  if (fd < 0) fail("io_uring_setup", errno);
  memset(ring, 0, sizeof *ring);
  int result = io_uring_queue_mmap(fd, &params, ring);
  if (result < 0) fail("mmap of the ring", -result);
  ring->features = params.features;
  if (!(params.flags & IORING_SETUP_NO_SQARRAY)) {
    for (unsigned i = 0; i < params.sq_entries; i++) ring->sq.array[i] = i;
  }
  return params.flags;
}

static double wall_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* The one line on stdout. */
static void print_result(double seconds, double cpu, uint32_t checksum, unsigned setup_flags) {
  printf("{\"seconds\":%.9f,\"cpuSeconds\":%.6f,\"checksum\":%u,\"setupFlags\":%u}\n", seconds, cpu, checksum,
         setup_flags);
}
