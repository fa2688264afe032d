// A ring as the kernel made it: its descriptor, its mapped queues, and pointers to the words both sides share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "abi.h"
#include "credentials.h"
#include "made_descriptors.h"
#include "mapping.h"

namespace ringsmith {

// Words that JavaScript (or the native queue calls) and the event loop hooks share, in private memory of their own.
struct Control {
  // Where the next SQE goes: the submission tail as the program sees it. The hooks publish it to the kernel.
  uint32_t prepared_tail;
  // Operations that reached their terminal completion, so that in flight = prepared_tail - settled.
  uint32_t settled;
  // 1 while the poll handle keeps the process alive.
  uint32_t referenced;
  // io_uring_enter calls made, for the statistics and the tests of zero-syscall mode.
  uint32_t enters;
  // 1 while the ring is disabled: what is prepared waits until it is enabled.
  uint32_t disabled;
  // 1 while the program waits for what others post, which keeps the process alive like an operation in flight.
  uint32_t held;
  // Operations in flight that do not keep the process alive.
  uint32_t background;
  // 1 while nothing of the ring keeps the process alive.
  uint32_t detached;
};

// Whether a completion belongs to no operation of the ring: a message, or a note that a resource was let go of. The top
// byte of user_data says so; the promise level uses it for nothing else. See ../posted.ts.
inline bool posted_by_others(const abi::io_uring_cqe* cqe) {
  uint64_t kind = cqe->user_data >> 56;
  return kind >= 0xd1 && kind <= 0xd3;
}

struct SetupRequest {
  uint32_t entries = 0;
  uint32_t cq_entries = 0;
  // Flags the caller insists on: a refusal is an error.
  uint32_t required_flags = 0;
  // Flags that make things faster where the kernel has them: dropped, newest first, when it says EINVAL.
  uint32_t wanted_flags = 0;
  uint32_t sq_thread_idle_ms = 0;
  // CPU of the kernel's submission thread, with IORING_SETUP_SQ_AFF.
  uint32_t sq_thread_cpu = 0;
  // Ring whose worker threads are shared, with IORING_SETUP_ATTACH_WQ.
  uint32_t attach_fd = 0;
};

class RingMemory {
 public:
  RingMemory() = default;
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;
  ~RingMemory() { release(); }

  // Sets the ring up and maps it. Returns 0, or -errno with `failed_call` naming the call.
  int open(const SetupRequest& request, const char** failed_call);
  // Gives the queues other sizes. Everything prepared must have been taken by the kernel. `before_unmap` runs when the new
  // ones are mapped and the old ones are about to go. Returns 0 or -errno; with *lost set the ring can only be closed.
  int resize(uint32_t entries, uint32_t cq_entries, bool* lost, const std::function<void()>& before_unmap);
  // A new eventfd for the program, which goes with the ring however that ends. Returns it, or -errno.
  int open_event();
  void close_event();
  // Waits take their arguments from registered memory from now on; for a ring that is still disabled. Returns 0 or -errno.
  int register_wait();
  // Where waits take their arguments from; null when io_uring_enter copies them.
  abi::io_uring_reg_wait* registered_wait() const { return reinterpret_cast<abi::io_uring_reg_wait*>(wait_.data()); }
  // Lets a ring that was set up disabled start. Returns 0 or -errno.
  int enable();
  // Unmaps and closes. The caller has drained what was in flight.
  void release();

  // Of whoever made the ring.
  const Credentials& credentials() const { return credentials_; }

  // What operations in flight make.
  MadeDescriptors& made() { return made_; }

  int fd() const { return fd_; }
  // What io_uring_enter takes: the descriptor, or where this thread registered it, which saves looking it up.
  int enter_fd() const { return enter_fd_; }
  uint32_t enter_flags() const { return enter_flags_; }
  const abi::io_uring_params& params() const { return params_; }
  Mapping& rings() { return rings_; }
  Mapping& sqes() { return sqes_; }
  Control* control() const { return reinterpret_cast<Control*>(control_.data()); }
  Mapping& control_mapping() { return control_; }

  uint32_t sqe_bytes() const { return sqe_bytes_of(params_); }
  uint32_t cqe_bytes() const { return cqe_bytes_of(params_); }
  // Of the largest completion there can be.
  uint32_t large_cqe_bytes() const { return params_.flags & abi::IORING_SETUP_CQE_MIXED ? 32 : cqe_bytes(); }
  uint8_t* sqe_at(uint32_t position) const {
    return sqes_.data() + static_cast<size_t>(position & (params_.sq_entries - 1)) * sqe_bytes();
  }

  // Words that the kernel shares. Acquire and release are free on x86-64, and ldar and stlr on arm64: an entry is read after
  // the tail that says it is there, and its place is given back after it was read. Relaxed is what only this side writes.
  uint32_t sq_head() const { return word(params_.sq_off.head)->load(std::memory_order_acquire); }
  uint32_t sq_tail() const { return word(params_.sq_off.tail)->load(std::memory_order_relaxed); }
  // Sequentially consistent, because under SQPOLL a load of the flags follows and must not overtake it.
  void publish_sq_tail(uint32_t tail) { word(params_.sq_off.tail)->store(tail, std::memory_order_seq_cst); }
  uint32_t sq_flags() const { return word(params_.sq_off.flags)->load(std::memory_order_seq_cst); }
  uint32_t cq_head() const { return word(params_.cq_off.head)->load(std::memory_order_relaxed); }
  void publish_cq_head(uint32_t head) { word(params_.cq_off.head)->store(head, std::memory_order_release); }
  // Completions that the kernel had neither room nor memory for.
  uint32_t cq_dropped() const { return word(params_.cq_off.overflow)->load(std::memory_order_relaxed); }
  uint32_t cq_tail() const { return word(params_.cq_off.tail)->load(std::memory_order_acquire); }
  // Queue entries that a completion takes: two for one of 32 bytes among smaller ones.
  uint32_t cqe_span(const abi::io_uring_cqe* cqe) const {
    return (params_.flags & abi::IORING_SETUP_CQE_MIXED) && (cqe->flags & abi::IORING_CQE_F_32) ? 2 : 1;
  }
  const abi::io_uring_cqe* cqe_at(uint32_t position) const {
    size_t index = position & (params_.cq_entries - 1);
    return reinterpret_cast<const abi::io_uring_cqe*>(rings_.data() + params_.cq_off.cqes + index * cqe_bytes());
  }

 private:
  static uint32_t sqe_bytes_of(const abi::io_uring_params& p) { return p.flags & abi::IORING_SETUP_SQE128 ? 128 : 64; }
  static uint32_t cqe_bytes_of(const abi::io_uring_params& p) { return p.flags & abi::IORING_SETUP_CQE32 ? 32 : 16; }
  int setup(const SetupRequest& request);
  static bool map_queues(int fd, const abi::io_uring_params& params, Mapping* rings, Mapping* sqes);
  bool allocate_queues(const SetupRequest& request);
  void register_descriptor();

  std::atomic<uint32_t>* word(uint32_t offset) const {
    return reinterpret_cast<std::atomic<uint32_t>*>(rings_.data() + offset);
  }

  int fd_ = -1;
  int enter_fd_ = -1;
  uint32_t enter_flags_ = 0;
  int event_fd_ = -1;
  abi::io_uring_params params_{};
  Credentials credentials_;
  MadeDescriptors made_;
  Mapping rings_;
  Mapping sqes_;
  Mapping control_;
  Mapping wait_;
};

}  // namespace ringsmith
