/*
 * C references of workloads/echo.mjs: echo_server PORT BUFFERS BUFFER_BYTES HOW. Multishot accept, and as HOW says:
 * `multishot` receives into one ring of buffers, each given back when it has been sent; `turns` has one receive and one
 * send at a time for each connection, in memory of its own. Ends when its standard input does.
 */
#include "echo.h"
#include <stdbool.h>
#include <sys/mman.h>

enum { ACCEPT, RECV, SEND, STDIN };
#define GROUP 1

static struct io_uring ring;
static struct io_uring_buf_ring *pool;
static char *memory;
static unsigned buffers, buffer_bytes;
/* A receive and a send at a time; the connection's buffer has the number of its descriptor. */
static bool turns;

static uint64_t tag(unsigned what, unsigned buffer, int fd) {
  return (uint64_t)what << 56 | (uint64_t)buffer << 32 | (uint32_t)fd;
}

static void arm_accept(int listener) {
  struct io_uring_sqe *sqe = next_sqe(&ring);
  io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
  sqe->user_data = tag(ACCEPT, 0, listener);
}

static char *buffer(unsigned id) { return memory + (size_t)id * buffer_bytes; }

static void arm_recv(int fd) {
  struct io_uring_sqe *sqe = next_sqe(&ring);
  if (turns) {
    if ((unsigned)fd >= buffers) fail("buffers", ENOBUFS);
    io_uring_prep_recv(sqe, fd, buffer((unsigned)fd), buffer_bytes, 0);
  } else {
    io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = GROUP;
  }
  sqe->user_data = tag(RECV, 0, fd);
}

static void give_back(unsigned id) {
  io_uring_buf_ring_add(pool, buffer(id), buffer_bytes, (unsigned short)id, io_uring_buf_ring_mask(buffers), 0);
  io_uring_buf_ring_advance(pool, 1);
}

static void on_recv(const struct io_uring_cqe *cqe) {
  int fd = (int)(uint32_t)cqe->user_data;
  if (cqe->res > 0) {
    unsigned id = turns ? (unsigned)fd : cqe->flags >> IORING_CQE_BUFFER_SHIFT;
    struct io_uring_sqe *sqe = next_sqe(&ring);
    io_uring_prep_send(sqe, fd, buffer(id), (size_t)cqe->res, MSG_WAITALL);
    sqe->user_data = tag(SEND, id, fd);
  }
  if (cqe->flags & IORING_CQE_F_MORE) return;
  if (cqe->res <= 0 && cqe->res != -ENOBUFS) close(fd);
  else if (!turns) arm_recv(fd);
}

static void on_completion(const struct io_uring_cqe *cqe) {
  switch (cqe->user_data >> 56) {
    case ACCEPT:
      if (cqe->res < 0) fail("accept", -cqe->res);
      arm_recv(cqe->res);
      if (!(cqe->flags & IORING_CQE_F_MORE)) arm_accept((int)(uint32_t)cqe->user_data);
      break;
    case RECV:
      on_recv(cqe);
      break;
    case SEND:
      if (turns) arm_recv((int)(uint32_t)cqe->user_data);
      else give_back((unsigned)(cqe->user_data >> 32) & 0xffff);
      break;
    default:
      exit(0);
  }
}

static void open_pool(void) {
  size_t bytes = buffers * sizeof(struct io_uring_buf);
  pool = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
  memory = malloc((size_t)buffers * buffer_bytes);
  if (pool == MAP_FAILED || memory == NULL) fail("memory", ENOMEM);
  struct io_uring_buf_reg reg = {.ring_addr = (uintptr_t)pool, .ring_entries = buffers, .bgid = GROUP};
  int result = io_uring_register_buf_ring(&ring, &reg, 0);
  if (result < 0) fail("io_uring_register_buf_ring", -result);
  io_uring_buf_ring_init(pool);
  for (unsigned id = 0; id < buffers; id++) give_back(id);
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  struct sockaddr_in address = loopback((unsigned)atoi(argv[1]));
  buffers = (unsigned)atoi(argv[2]);
  buffer_bytes = (unsigned)atoi(argv[3]);
  turns = strcmp(argv[4], "turns") == 0;
  int listener = tcp_socket();
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind", errno);
  if (listen(listener, 4096) < 0) fail("listen", errno);
  open_ring(&ring, RING_ENTRIES, IORING_SETUP_CQSIZE);
  open_pool();
  arm_accept(listener);
  char ignored;
  struct io_uring_sqe *sqe = next_sqe(&ring);
  io_uring_prep_read(sqe, 0, &ignored, 1, 0);
  sqe->user_data = tag(STDIN, 0, 0);
  puts("ready");
  fflush(stdout);
  for (;;) {
    int result = io_uring_submit_and_wait(&ring, 1);
    if (result < 0) fail("io_uring_enter", -result);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(&ring, head, cqe) {
      on_completion(cqe);
      seen++;
    }
    io_uring_cq_advance(&ring, seen);
  }
}
