/*
 * C reference of the workloads that read: randread COUNT FILE DEPTH BLOCK_BITS FLAGS, where FLAGS are letters:
 * d O_DIRECT, s SQPOLL without waiting in the kernel, b fixed buffers, f fixed files, r registered ring descriptor.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "pattern.h"
#include <fcntl.h>
#include <sys/uio.h>

static unsigned depth, block_bits;
static char *blocks;
static int file, fixed_buffers, fixed_files, spin;

static char *block(unsigned slot) { return blocks + (size_t)slot * BLOCK_BYTES; }

static void prepare(struct io_uring *ring, unsigned slot, uint32_t index) {
  struct io_uring_sqe *sqe;
  // Completions can be there a moment before the kernel's thread has made room.
  while ((sqe = io_uring_get_sqe(ring)) == NULL)
    ;
  uint64_t offset = offset_of(index, block_bits);
  int fd = fixed_files ? 0 : file;
  if (fixed_buffers) io_uring_prep_read_fixed(sqe, fd, block(slot), BLOCK_BYTES, offset, (int)slot);
  else io_uring_prep_read(sqe, fd, block(slot), BLOCK_BYTES, offset);
  if (fixed_files) sqe->flags |= IOSQE_FIXED_FILE;
  sqe->user_data = slot;
}

static uint32_t reap(struct io_uring *ring, unsigned *left) {
  struct io_uring_cqe *cqe;
  unsigned head, seen = 0;
  uint32_t sum = 0;
  io_uring_for_each_cqe(ring, head, cqe) {
    if (cqe->res != (int)BLOCK_BYTES) fail("read", cqe->res < 0 ? -cqe->res : EIO);
    sum += sum_of_block(block((unsigned)cqe->user_data));
    seen++;
  }
  io_uring_cq_advance(ring, seen);
  *left -= seen;
  return sum;
}

static uint32_t run(struct io_uring *ring, long count) {
  uint32_t sum = 0;
  for (long next = 0; next < count;) {
    for (unsigned slot = 0; slot < depth; slot++, next++) prepare(ring, slot, (uint32_t)next);
    int result = spin ? io_uring_submit(ring) : io_uring_submit_and_wait(ring, depth);
    if (result < 0) fail("io_uring_enter", -result);
    for (unsigned left = depth; left > 0;) sum += reap(ring, &left);
  }
  return sum;
}

static void register_all(struct io_uring *ring, const char *flags) {
  struct iovec vectors[depth];
  for (unsigned slot = 0; slot < depth; slot++) vectors[slot] = (struct iovec){block(slot), BLOCK_BYTES};
  int result = 0;
  if (fixed_buffers) result = io_uring_register_buffers(ring, vectors, depth);
  if (result == 0 && fixed_files) result = io_uring_register_files(ring, &file, 1);
  if (result == 0 && strchr(flags, 'r') && io_uring_register_ring_fd(ring) != 1) result = -EINVAL;
  if (result < 0) fail("io_uring_register", -result);
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  long count = atol(argv[1]);
  depth = (unsigned)atoi(argv[3]);
  block_bits = (unsigned)atoi(argv[4]);
  const char *letters = argv[5];
  spin = strchr(letters, 's') != NULL;
  fixed_buffers = strchr(letters, 'b') != NULL;
  fixed_files = strchr(letters, 'f') != NULL;
  file = open(argv[2], O_RDONLY | (strchr(letters, 'd') ? O_DIRECT : 0));
  if (file < 0) fail(argv[2], errno);
  if (posix_memalign((void **)&blocks, BLOCK_BYTES, (size_t)depth * BLOCK_BYTES) != 0) fail("memory", ENOMEM);
  memset(blocks, 0, (size_t)depth * BLOCK_BYTES);
  struct io_uring ring;
  unsigned flags = open_ring(&ring, depth, spin ? IORING_SETUP_SQPOLL : 0);
  register_all(&ring, letters);
  run(&ring, (strchr(letters, 'd') ? 2L : 100L) * depth);
  double cpu = cpu_seconds(), start = wall_seconds();
  uint32_t sum = run(&ring, count);
  print_result(wall_seconds() - start, cpu_seconds() - cpu, sum, flags);
  return 0;
}
