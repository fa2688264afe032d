/*
 * The reads of randread.c with Linux AIO, the interface that io_uring replaced: aio_read COUNT FILE DEPTH BLOCK_BITS FLAGS.
 * The system calls are made directly, as libaio does.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "pattern.h"
#include <fcntl.h>
#include <linux/aio_abi.h>

static unsigned depth, block_bits;
static char *blocks;
static int file;

static uint32_t run(aio_context_t context, long count) {
  struct iocb commands[depth], *pointers[depth];
  struct io_event events[depth];
  uint32_t sum = 0;
  for (long next = 0; next < count;) {
    for (unsigned slot = 0; slot < depth; slot++, next++) {
      char *block = blocks + (size_t)slot * BLOCK_BYTES;
      commands[slot] = (struct iocb){
          .aio_data = (uintptr_t)block,
          .aio_lio_opcode = IOCB_CMD_PREAD,
          .aio_fildes = (uint32_t)file,
          .aio_buf = (uintptr_t)block,
          .aio_nbytes = BLOCK_BYTES,
          .aio_offset = (int64_t)offset_of((uint32_t)next, block_bits),
      };
      pointers[slot] = &commands[slot];
    }
    for (unsigned sent = 0; sent < depth;) {
      long result = syscall(__NR_io_submit, context, (long)(depth - sent), pointers + sent);
      if (result < 0) fail("io_submit", errno);
      sent += (unsigned)result;
    }
    for (unsigned left = depth; left > 0;) {
      long got = syscall(__NR_io_getevents, context, (long)left, (long)left, events, NULL);
      if (got < 0) fail("io_getevents", errno);
      for (long at = 0; at < got; at++) {
        if (events[at].res != BLOCK_BYTES) fail("read", EIO);
        sum += sum_of_block((const void *)(uintptr_t)events[at].data);
      }
      left -= (unsigned)got;
    }
  }
  return sum;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  long count = atol(argv[1]);
  depth = (unsigned)atoi(argv[3]);
  block_bits = (unsigned)atoi(argv[4]);
  int direct = strchr(argv[5], 'd') != NULL;
  file = open(argv[2], O_RDONLY | (direct ? O_DIRECT : 0));
  if (file < 0) fail(argv[2], errno);
  if (posix_memalign((void **)&blocks, BLOCK_BYTES, (size_t)depth * BLOCK_BYTES) != 0) fail("memory", ENOMEM);
  memset(blocks, 0, (size_t)depth * BLOCK_BYTES);
  aio_context_t context = 0;
  if (syscall(__NR_io_setup, (long)depth, &context) < 0) fail("io_setup", errno);
  run(context, (direct ? 2L : 100L) * depth);
  double cpu = cpu_seconds(), start = wall_seconds();
  uint32_t sum = run(context, count);
  print_result(wall_seconds() - start, cpu_seconds() - cpu, sum, 0);
  return 0;
}
