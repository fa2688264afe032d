#include "submission.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "syscalls.h"

namespace ringsmith {
namespace {

constexpr double kLongestMs = 9e12;

// The kernel runs twenty pieces of task work at a time.
constexpr int kRoundsOfTaskWork = 16;

// How long to wait: at most `timeout_ms` when that is not negative; after `min_us` one completion is enough.
struct Wait {
  double timeout_ms = -1;
  uint32_t min_us = 0;
};

int enter(RingMemory& ring, uint32_t to_submit, uint32_t min_complete, uint32_t flags, Wait wait) {
  ring.control()->enters += 1;
  flags |= ring.enter_flags();
  if (wait.timeout_ms < 0) return sys_enter(ring.enter_fd(), to_submit, min_complete, flags, nullptr, 0);
  flags |= abi::IORING_ENTER_EXT_ARG;
  abi::__kernel_timespec timeout{};
  // A wait of centuries is as good as one without end, and fits.
  auto nanoseconds = static_cast<int64_t>(std::min(wait.timeout_ms, kLongestMs) * 1e6);
  timeout.tv_sec = nanoseconds / 1000000000;
  timeout.tv_nsec = nanoseconds % 1000000000;
  if (abi::io_uring_reg_wait* registered = ring.registered_wait()) {
    registered->ts = timeout;
    registered->min_wait_usec = wait.min_us;
    registered->flags = abi::IORING_REG_WAIT_TS;
    // The argument is an offset into the registered memory.
    return sys_enter(ring.enter_fd(), to_submit, min_complete, flags | abi::IORING_ENTER_EXT_ARG_REG, nullptr,
                     sizeof *registered);
  }
  abi::io_uring_getevents_arg arg{};
  arg.sigmask_sz = _NSIG / 8;
  arg.min_wait_usec = wait.min_us;
  arg.ts = reinterpret_cast<uintptr_t>(&timeout);
  return sys_enter(ring.enter_fd(), to_submit, min_complete, flags, &arg, sizeof arg);
}

// Under SQPOLL the kernel's thread takes the SQEs; a system call is needed only to wake it or to wait.
int flush_sqpoll(RingMemory& ring, uint32_t min_complete, Wait wait) {
  uint32_t flags = 0;
  if (ring.sq_flags() & abi::IORING_SQ_NEED_WAKEUP) flags |= abi::IORING_ENTER_SQ_WAKEUP;
  if (min_complete > 0) flags |= abi::IORING_ENTER_GETEVENTS;
  if (flags == 0) return 0;
  int result = enter(ring, 0, min_complete, flags, wait);
  // An expired or interrupted wait is not a failed submission.
  return result < 0 && result != -EINTR && result != -ETIME ? result : 0;
}

// What ends or gives back, and needs no rights of anyone: a ring whose rights are not the process's any more goes on with it.
bool is_harmless(const abi::io_uring_sqe* sqe) {
  switch (sqe->opcode) {
    case abi::IORING_OP_ASYNC_CANCEL:
    case abi::IORING_OP_TIMEOUT_REMOVE:
    case abi::IORING_OP_POLL_REMOVE:
    case abi::IORING_OP_CLOSE:
      return true;
    default:
      return false;
  }
}

// Whether the kernel's thread may be given what is prepared. It acts with the rights of whoever made the ring.
bool may_submit(RingMemory& ring, uint32_t tail) {
  if (ring.credentials().are_current()) return true;
  for (uint32_t position = ring.sq_tail(); position != tail; position++) {
    if (!is_harmless(reinterpret_cast<const abi::io_uring_sqe*>(ring.sqe_at(position)))) return false;
  }
  return true;
}

// SQEs the kernel has taken or may take at any moment: without SQPOLL it only does so while the program is inside
// io_uring_enter, with it from the moment they are published.
uint32_t taken_up_to(RingMemory& ring) {
  return ring.params().flags & abi::IORING_SETUP_SQPOLL ? ring.sq_tail() : ring.sq_head();
}

// Looks at what the kernel is about to see.
void note_submitted(RingMemory& ring, uint32_t tail) {
  MadeDescriptors& made = ring.made();
  uint32_t position = ring.sq_tail();
  if (position == ring.control()->settled) made.idle();
  bool mixed = ring.params().flags & abi::IORING_SETUP_SQE_MIXED;
  for (; position != tail; position++) {
    const auto* sqe = reinterpret_cast<const abi::io_uring_sqe*>(ring.sqe_at(position));
    made.submitting(sqe);
    // The second place of a large one is no SQE.
    if (mixed && (sqe->opcode == abi::IORING_OP_NOP128 || sqe->opcode == abi::IORING_OP_URING_CMD128)) position++;
  }
}

// Descriptors that nobody will close: the close was prepared, and the kernel will not see it.
void collect_unsubmitted_closes(RingMemory& ring, uint32_t from, uint32_t to, std::vector<int>* descriptors) {
  // Where the program keeps numbers itself, what it has not submitted is its own affair. The second place of a large SQE
  // could be taken for a close.
  if (!ring.made().unique() || (ring.params().flags & abi::IORING_SETUP_SQE_MIXED)) return;
  for (; from != to; from++) {
    const auto* sqe = reinterpret_cast<const abi::io_uring_sqe*>(ring.sqe_at(from));
    if (sqe->opcode == abi::IORING_OP_CLOSE && sqe->file_index == 0) descriptors->push_back(sqe->fd);
  }
}

// Takes completions that nobody will see, and what they made. Returns how many were the last of their operation.
uint32_t reap(RingMemory& ring, std::vector<int>* descriptors) {
  uint32_t terminal = 0;
  uint32_t head = ring.cq_head();
  for (uint32_t tail = ring.cq_tail(); head != tail;) {
    const abi::io_uring_cqe* cqe = ring.cqe_at(head);
    bool over = (cqe->flags & (abi::IORING_CQE_F_MORE | abi::IORING_CQE_F_SKIP)) == 0;
    if (over && !posted_by_others(cqe)) terminal += 1;
    ring.made().collect(cqe, descriptors);
    head += ring.cqe_span(cqe);
  }
  ring.publish_cq_head(head);
  return terminal;
}

}  // namespace

int flush(RingMemory& ring, uint32_t min_complete, double timeout_ms, uint32_t min_wait_us) {
  Wait wait{timeout_ms, min_wait_us};
  uint32_t tail = ring.control()->prepared_tail;
  bool sqpoll = ring.params().flags & abi::IORING_SETUP_SQPOLL;
  if (tail != ring.sq_tail()) {
    if (sqpoll && !may_submit(ring, tail)) return kOtherCredentials;
    note_submitted(ring, tail);
    ring.publish_sq_tail(tail);
  }
  if (sqpoll) return flush_sqpoll(ring, min_complete, wait);
  uint32_t wait_flag = min_complete > 0 ? abi::IORING_ENTER_GETEVENTS : 0;
  for (bool first = true;; first = false) {
    uint32_t pending = tail - ring.sq_head();
    if (pending == 0 && !(first && min_complete > 0)) return 0;
    int taken = enter(ring, pending, min_complete, wait_flag, wait);
    if (taken == -EINTR && pending > 0) continue;
    // An expired or interrupted wait is not a failed submission.
    if ((taken == -ETIME || taken == -EINTR) && tail == ring.sq_head()) return 0;
    if (taken < 0) return taken;
    // Nothing taken and no error: the kernel ran out of room half-way; trying again at once would spin.
    if (taken == 0 && pending > 0) return tail == ring.sq_head() ? 0 : -EAGAIN;
  }
}

int get_events(RingMemory& ring) {
  int result = enter(ring, 0, 0, abi::IORING_ENTER_GETEVENTS, {});
  return result < 0 && result != -EINTR ? result : 0;
}

bool run_deferred(RingMemory& ring) {
  for (int round = 0; round < kRoundsOfTaskWork; round++) {
    uint32_t before = ring.cq_tail();
    int result = get_events(ring);
    bool more = (ring.sq_flags() & abi::IORING_SQ_TASKRUN) != 0;
    // A resized ring shows the flag until there was work again. What is added from here on makes the eventfd readable.
    if (result != 0 || !more || ring.cq_tail() == before) return false;
  }
  return true;
}

int cancel_all(RingMemory& ring) {
  abi::io_uring_sync_cancel_reg request{};
  request.fd = -1;
  request.flags = abi::IORING_ASYNC_CANCEL_ANY | abi::IORING_ASYNC_CANCEL_ALL;
  // A short wait: -1/-1 would wait for operations that cannot be cancelled.
  request.timeout.tv_nsec = 1000000;
  int result = sys_register(ring.fd(), abi::IORING_REGISTER_SYNC_CANCEL, &request, 1);
  return result == -ENOENT || result == -ETIME || result >= 0 ? 0 : result;
}

uint32_t drain(RingMemory& ring, double budget_ms, std::vector<int>* descriptors) {
  Control* control = ring.control();
  uint32_t in_flight = control->prepared_tail - control->settled;
  // Completions that another ring posted were counted as this one's: the difference says nothing any more.
  if (static_cast<int32_t>(in_flight) < 0) in_flight = 0;
  uint32_t taken = taken_up_to(ring);
  in_flight -= std::min(in_flight, control->prepared_tail - taken);
  collect_unsubmitted_closes(ring, taken, control->prepared_tail, descriptors);
  control->prepared_tail = taken;
  in_flight -= std::min(in_flight, reap(ring, descriptors));
  double end = monotonic_ms() + budget_ms;
  while (in_flight > 0 && monotonic_ms() < end) {
    cancel_all(ring);
    enter(ring, 0, 1, abi::IORING_ENTER_GETEVENTS, {5, 0});
    in_flight -= std::min(in_flight, reap(ring, descriptors));
  }
  control->settled = control->prepared_tail - in_flight;
  return in_flight;
}

bool wait_for_all(RingMemory& ring, double budget_ms, std::vector<int>* descriptors) {
  constexpr uint64_t kBarrier = 0x5ea1000000000001;
  auto* sqe = reinterpret_cast<abi::io_uring_sqe*>(ring.sqe_at(ring.sq_tail()));
  memset(sqe, 0, ring.sqe_bytes());
  sqe->opcode = static_cast<uint8_t>(abi::IORING_OP_NOP);
  // It completes when all that was submitted before has.
  sqe->flags = static_cast<uint8_t>(abi::IOSQE_IO_DRAIN);
  sqe->user_data = kBarrier;
  ring.control()->prepared_tail = ring.sq_tail() + 1;
  if (flush(ring, 0, -1) < 0) return false;
  // Bounded all the same: a zero-copy send that waits behind a drain keeps the kernel from ever completing another drain.
  for (double end = monotonic_ms() + budget_ms; monotonic_ms() < end;) {
    for (uint32_t head = ring.cq_head(), tail = ring.cq_tail(); head != tail;) {
      const abi::io_uring_cqe* cqe = ring.cqe_at(head);
      if (cqe->user_data == kBarrier) return cqe->res == 0;
      ring.made().collect(cqe, descriptors);
      head += ring.cqe_span(cqe);
      ring.publish_cq_head(head);
    }
    cancel_all(ring);
    enter(ring, 0, 1, abi::IORING_ENTER_GETEVENTS, {5, 0});
  }
  return false;
}

}  // namespace ringsmith
