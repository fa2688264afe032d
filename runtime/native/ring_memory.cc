#include "ring_memory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "syscalls.h"

namespace ringsmith {
namespace {

constexpr size_t kPage = 4096;

size_t round_up(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

// The highest flag is the newest: the kernel hands them out in order.
uint32_t without_newest(uint32_t flags) {
  uint32_t newest = 0x80000000u >> __builtin_clz(flags);
  uint32_t rest = flags & ~newest;
  // TASKRUN_FLAG is refused without COOP_TASKRUN or DEFER_TASKRUN, so the two go together.
  if (newest == abi::IORING_SETUP_TASKRUN_FLAG) rest &= ~abi::IORING_SETUP_COOP_TASKRUN;
  return rest;
}

}  // namespace

int RingMemory::setup(const SetupRequest& request) {
  uint32_t wanted = request.wanted_flags;
  uint32_t entries = request.entries;
  double patience_end = monotonic_ms() + 200;
  for (;;) {
    params_ = abi::io_uring_params{};
    params_.flags = request.required_flags | wanted | abi::IORING_SETUP_CQSIZE;
    params_.cq_entries = request.cq_entries;
    params_.sq_thread_idle = request.sq_thread_idle_ms;
    int fd = sys_setup(entries, &params_);
    if (fd >= 0) {
      fd_ = fd;
      return 0;
    }
    if (fd == -EINVAL && wanted != 0) {
      wanted = without_newest(wanted);
    } else if (fd == -ENOMEM && monotonic_ms() < patience_end) {
      // Without CAP_IPC_LOCK a ring is charged to RLIMIT_MEMLOCK, and the charge of one just closed is given back late.
      usleep(5000);
    } else {
      return fd;
    }
  }
}

bool RingMemory::map_queues() {
  size_t sq_end = params_.sq_off.array + params_.sq_entries * sizeof(uint32_t);
  size_t cq_end = params_.cq_off.cqes + static_cast<size_t>(params_.cq_entries) * cqe_bytes();
  return rings_.map(fd_, round_up(std::max(sq_end, cq_end)), abi::IORING_OFF_SQ_RING) &&
         sqes_.map(fd_, round_up(static_cast<size_t>(params_.sq_entries) * sqe_bytes()), abi::IORING_OFF_SQES) &&
         control_.map(-1, kPage, 0);
}

int RingMemory::open(const SetupRequest& request, const char** failed_call) {
  *failed_call = "io_uring_setup";
  int result = setup(request);
  if (result < 0) return result;
  if ((params_.features & abi::IORING_FEAT_SINGLE_MMAP) == 0) {
    // Before 5.4 the queues came as two mappings; nothing else of ringsmith would work there either.
    release();
    return -ENOSYS;
  }
  *failed_call = "mmap";
  if (!map_queues()) {
    int error = errno;
    release();
    return -error;
  }
  if ((params_.flags & abi::IORING_SETUP_NO_SQARRAY) == 0) {
    // The array maps queue positions to SQEs. ringsmith always uses them in order, so it is written once.
    auto* array = reinterpret_cast<uint32_t*>(rings_.data() + params_.sq_off.array);
    for (uint32_t i = 0; i < params_.sq_entries; i++) array[i] = i;
  }
  return 0;
}

void RingMemory::release() {
  // Each mapping holds a reference to the ring's file, so the ring lives until the last of them is gone.
  rings_.reset();
  sqes_.reset();
  control_.reset();
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace ringsmith
