// Ties a ring to libuv: SQEs are flushed once per turn of the event loop, completions wake it.
#pragma once

#include <array>
#include <functional>
#include <uv.h>

#include "ring_memory.h"

namespace ringsmith {

// Owns the uv handles of one ring. Heap-allocated, and deletes itself when libuv has let go of the last handle.
class RingLoop {
 public:
  struct Hooks {
    // Completions are waiting (status 0), or a flush failed for good (status -errno).
    std::function<void(int status)> wake;
    // Once per turn of the loop.
    std::function<void()> turn;
    // Nothing is in flight any more, and nothing waited for, since `reference`.
    std::function<void()> idle;
  };

  // Returns null with *error set to a libuv error (negative).
  static RingLoop* start(uv_loop_t* loop, RingMemory* ring, Hooks hooks, int* error);

  // Keeps the process alive while anything is in flight that is to.
  void reference();
  // Stops everything. Must come before the ring's descriptor is closed: libuv still has to take it out of its epoll set.
  // `closed` runs when libuv has let go, and this object is gone after it.
  void stop(std::function<void()> closed);

 private:
  RingLoop(RingMemory* ring, Hooks hooks) : ring_(ring), hooks_(std::move(hooks)) {}
  ~RingLoop();

  static void on_prepare(uv_prepare_t* handle);
  static void on_poll(uv_poll_t* handle, int status, int events);
  static void on_retry(uv_timer_t* handle);
  static void on_busy(uv_idle_t* handle);
  static void on_again(uv_idle_t* handle);
  static void on_closed(uv_handle_t* handle);
  std::array<uv_handle_t*, 5> handles();
  int watch_deferred();
  int start_handles(uv_loop_t* loop);
  void finish_deferred();
  void flush_prepared();
  bool polled() const { return ring_->params().flags & abi::IORING_SETUP_IOPOLL; }

  RingMemory* ring_;
  Hooks hooks_;
  std::function<void()> closed_;
  uv_poll_t poll_{};
  uv_prepare_t prepare_{};
  uv_timer_t retry_{};
  // While a polled ring has operations in flight the loop must not sleep: nothing but asking finds their completions.
  uv_idle_t busy_{};
  // Gives the loop another turn before it sleeps.
  uv_idle_t again_{};
  bool unfinished_ = false;
  // Something was in flight, or waited for, since `idle` was last told.
  bool used_ = false;
  // Told of deferred task work, which the ring's own descriptor does not show; -1 where there is none.
  int eventfd_ = -1;
  int open_handles_ = 0;
  bool stopped_ = false;
};

}  // namespace ringsmith
