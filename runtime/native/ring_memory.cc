#include "ring_memory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/eventfd.h>
#include <unistd.h>

#include "page.h"
#include "syscalls.h"

namespace ringsmith {
namespace {

constexpr size_t kMostEntries = 32768;

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
    params_.sq_thread_cpu = request.sq_thread_cpu;
    params_.wq_fd = request.attach_fd;
    if (params_.flags & abi::IORING_SETUP_NO_MMAP) {
      params_.sq_off.user_addr = reinterpret_cast<uintptr_t>(sqes_.data());
      params_.cq_off.user_addr = reinterpret_cast<uintptr_t>(rings_.data());
    }
    int fd = sys_setup(entries, &params_);
    if (fd >= 0) {
      if (params_.flags & abi::IORING_SETUP_SQPOLL) credentials_ = Credentials::current();
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

// Room for both queues in memory of this process, which the kernel then uses instead of its own. It pads what it puts
// before the entries to less than a page.
bool RingMemory::allocate_queues(const SetupRequest& request) {
  bool clamped = (request.required_flags | request.wanted_flags) & abi::IORING_SETUP_CLAMP;
  size_t most_cq = clamped ? kMostEntries * 2 : UINT32_MAX;
  size_t sq = 1;
  while (sq < std::min<size_t>(request.entries, kMostEntries)) sq *= 2;
  size_t cq = 1;
  while (cq < std::min<size_t>(request.cq_entries, most_cq)) cq *= 2;
  size_t rings = page_bytes() + cq * 32 + sq * sizeof(uint32_t);
  return rings_.map(-1, whole_pages(rings), 0) && sqes_.map(-1, whole_pages(sq * 128), 0);
}

bool RingMemory::map_queues(int fd, const abi::io_uring_params& params, Mapping* rings, Mapping* sqes) {
  size_t sq_end = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
  size_t cq_end = params.cq_off.cqes + static_cast<size_t>(params.cq_entries) * cqe_bytes_of(params);
  return rings->map(fd, whole_pages(std::max(sq_end, cq_end)), abi::IORING_OFF_SQ_RING) &&
         sqes->map(fd, whole_pages(static_cast<size_t>(params.sq_entries) * sqe_bytes_of(params)), abi::IORING_OFF_SQES);
}


int RingMemory::open(const SetupRequest& request, const char** failed_call) {
  bool own_memory = request.required_flags & abi::IORING_SETUP_NO_MMAP;
  *failed_call = "mmap";
  if (own_memory && !allocate_queues(request)) return -errno;
  *failed_call = "io_uring_setup";
  int result = setup(request);
  if (result < 0) return result;
  if ((params_.features & abi::IORING_FEAT_SINGLE_MMAP) == 0) {
    // Before 5.4 the queues came as two mappings; nothing else of ringsmith would work there either.
    release();
    return -ENOSYS;
  }
  *failed_call = "mmap";
  if (!control_.map(-1, page_bytes(), 0) || (!own_memory && !map_queues(fd_, params_, &rings_, &sqes_))) {
    int error = errno;
    release();
    return -error;
  }
  if ((params_.flags & abi::IORING_SETUP_NO_SQARRAY) == 0) {
    // The array maps queue positions to SQEs. ringsmith always uses them in order, so it is written once.
    auto* array = reinterpret_cast<uint32_t*>(rings_.data() + params_.sq_off.array);
    for (uint32_t i = 0; i < params_.sq_entries; i++) array[i] = i;
  }
  control()->disabled = params_.flags & abi::IORING_SETUP_R_DISABLED ? 1 : 0;
  register_descriptor();
  return 0;
}

// A thread has a few places for this, and older kernels none; without one the ring works all the same.
void RingMemory::register_descriptor() {
  enter_fd_ = fd_;
  enter_flags_ = 0;
  abi::io_uring_rsrc_update place{};
  place.offset = UINT32_MAX;
  place.data = static_cast<uint64_t>(fd_);
  if (sys_register(fd_, abi::IORING_REGISTER_RING_FDS, &place, 1) != 1) return;
  enter_fd_ = static_cast<int>(place.offset);
  enter_flags_ = abi::IORING_ENTER_REGISTERED_RING;
}

int RingMemory::resize(uint32_t entries, uint32_t cq_entries, bool* lost, const std::function<void()>& before_unmap) {
  *lost = false;
  // The kernel takes over what it has been told of, and nothing else.
  if (control()->prepared_tail != sq_head()) return -EBUSY;
  abi::io_uring_params params{};
  params.flags = abi::IORING_SETUP_CQSIZE | abi::IORING_SETUP_CLAMP;
  params.sq_entries = entries;
  params.cq_entries = cq_entries;
  int result = sys_register(fd_, abi::IORING_REGISTER_RESIZE_RINGS, &params, 1);
  if (result < 0) return result;
  params.flags |= params_.flags;
  Mapping rings;
  Mapping sqes;
  if (!map_queues(fd_, params, &rings, &sqes)) {
    // The old queues stay mapped, but nobody uses them any more.
    *lost = true;
    return -errno;
  }
  before_unmap();
  rings_ = std::move(rings);
  sqes_ = std::move(sqes);
  params_.sq_entries = params.sq_entries;
  params_.cq_entries = params.cq_entries;
  params_.sq_off = params.sq_off;
  params_.cq_off = params.cq_off;
  return 0;
}

int RingMemory::open_event() {
  if (event_fd_ >= 0) return -EBUSY;
  event_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return event_fd_ < 0 ? -errno : event_fd_;
}

void RingMemory::close_event() {
  if (event_fd_ >= 0) close(event_fd_);
  event_fd_ = -1;
}

int RingMemory::register_wait() {
  Mapping memory;
  if (!memory.map(-1, page_bytes(), 0)) return -errno;
  abi::io_uring_region_desc region{};
  region.user_addr = reinterpret_cast<uintptr_t>(memory.data());
  region.size = page_bytes();
  region.flags = abi::IORING_MEM_REGION_TYPE_USER;
  abi::io_uring_mem_region_reg request{};
  request.region_uptr = reinterpret_cast<uintptr_t>(&region);
  request.flags = abi::IORING_MEM_REGION_REG_WAIT_ARG;
  int result = sys_register(fd_, abi::IORING_REGISTER_MEM_REGION, &request, 1);
  if (result == 0) wait_ = std::move(memory);
  return result;
}

int RingMemory::enable() {
  int result = sys_register(fd_, abi::IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  if (result < 0) return result;
  control()->disabled = 0;
  return 0;
}

void RingMemory::release() {
  // Each mapping holds a reference to the ring's file, so the ring lives until the last of them is gone.
  if (enter_flags_ != 0) {
    abi::io_uring_rsrc_update place{};
    place.offset = static_cast<uint32_t>(enter_fd_);
    sys_register(fd_, abi::IORING_UNREGISTER_RING_FDS, &place, 1);
    enter_flags_ = 0;
  }
  rings_.reset();
  sqes_.reset();
  control_.reset();
  wait_.reset();
  close_event();
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace ringsmith
