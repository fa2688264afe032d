/*
 * The load of workloads/echo.mjs, the same for all servers: echo_client COUNT PORT CONNECTIONS BYTES. Each connection has
 * one message on its way; every byte that comes back is compared. Prints the sum of the messages' numbers.
 */
#include "echo.h"

struct connection {
  int fd;
  unsigned got;
  uint32_t number;
  char *sent, *received;
};

enum { SEND, RECV };

static struct connection *connections;
static unsigned bytes;

static uint64_t tag(size_t index, unsigned what) { return (uint64_t)index << 1 | what; }

static void receive_rest(struct io_uring *ring, size_t index) {
  struct connection *c = &connections[index];
  struct io_uring_sqe *sqe = next_sqe(ring);
  io_uring_prep_recv(sqe, c->fd, c->received + c->got, bytes - c->got, 0);
  sqe->user_data = tag(index, RECV);
}

static void send_message(struct io_uring *ring, size_t index, uint32_t number) {
  struct connection *c = &connections[index];
  c->number = number;
  c->got = 0;
  for (unsigned at = 0; at + 4 <= bytes; at += 64) memcpy(c->sent + at, &number, 4);
  struct io_uring_sqe *sqe = next_sqe(ring);
  io_uring_prep_send(sqe, c->fd, c->sent, bytes, MSG_WAITALL);
  sqe->user_data = tag(index, SEND);
  receive_rest(ring, index);
}

static uint32_t run(struct io_uring *ring, size_t connection_count, long count) {
  long next = 0, done = 0;
  uint32_t sum = 0;
  for (size_t i = 0; i < connection_count && next < count; i++) send_message(ring, i, (uint32_t)next++);
  while (done < count) {
    int result = io_uring_submit_and_wait(ring, 1);
    if (result < 0) fail("io_uring_enter", -result);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(ring, head, cqe) {
      seen++;
      size_t index = cqe->user_data >> 1;
      struct connection *c = &connections[index];
      if ((cqe->user_data & 1) == SEND) {
        if (cqe->res != (int)bytes) fail("send", cqe->res < 0 ? -cqe->res : EIO);
        continue;
      }
      if (cqe->res <= 0) fail("recv", cqe->res < 0 ? -cqe->res : EPIPE);
      c->got += (unsigned)cqe->res;
      if (c->got < bytes) {
        receive_rest(ring, index);
        continue;
      }
      if (memcmp(c->sent, c->received, bytes) != 0) fail("what came back", EBADMSG);
      sum += c->number;
      done++;
      if (next < count) send_message(ring, index, (uint32_t)next++);
    }
    io_uring_cq_advance(ring, seen);
  }
  return sum;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  long count = atol(argv[1]);
  struct sockaddr_in address = loopback((unsigned)atoi(argv[2]));
  size_t connection_count = (size_t)atol(argv[3]);
  bytes = (unsigned)atoi(argv[4]);
  connections = calloc(connection_count, sizeof *connections);
  for (size_t i = 0; i < connection_count; i++) {
    struct connection *c = &connections[i];
    c->sent = malloc(bytes);
    c->received = malloc(bytes);
    for (unsigned at = 0; at < bytes; at++) c->sent[at] = (char)(i + at);
    c->fd = tcp_socket();
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect", errno);
  }
  struct io_uring ring;
  unsigned flags = open_ring(&ring, RING_ENTRIES, IORING_SETUP_CQSIZE);
  run(&ring, connection_count, (long)connection_count);
  double cpu = cpu_seconds(), start = wall_seconds();
  uint32_t sum = run(&ring, connection_count, count);
  print_result(wall_seconds() - start, cpu_seconds() - cpu, sum, flags);
  return 0;
}
