#include "ring_loop.h"

#include <cerrno>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

#include "submission.h"
#include "syscalls.h"

namespace ringsmith {
namespace {

constexpr uint64_t kRetryMs = 1;

// How often in a turn of the loop completions that came with the flush are handed on at once, before anything else of the
// loop has its turn again.
constexpr int kRoundsPerTurn = 4;

template <typename Handle>
uv_handle_t* as_handle(Handle* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}

}  // namespace

// With deferred task work the ring's descriptor never becomes readable by itself: an eventfd tells instead.
int RingLoop::watch_deferred() {
  if ((ring_->params().flags & abi::IORING_SETUP_DEFER_TASKRUN) == 0) return 0;
  eventfd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (eventfd_ < 0) return -errno;
  return sys_register(ring_->fd(), abi::IORING_REGISTER_EVENTFD, &eventfd_, 1);
}

int RingLoop::start_handles(uv_loop_t* loop) {
  int error = watch_deferred();
  if (error == 0) error = uv_poll_init(loop, &poll_, eventfd_ >= 0 ? eventfd_ : ring_->fd());
  if (error != 0) return error;
  // These cannot fail on a live loop.
  uv_prepare_init(loop, &prepare_);
  uv_timer_init(loop, &retry_);
  uv_idle_init(loop, &busy_);
  uv_idle_init(loop, &again_);
  poll_.data = prepare_.data = retry_.data = busy_.data = again_.data = this;
  open_handles_ = static_cast<int>(handles().size());
  error = uv_poll_start(&poll_, UV_READABLE, on_poll);
  uv_prepare_start(&prepare_, on_prepare);
  for (uv_handle_t* handle : handles()) {
    uv_unref(handle);
  }
  return error;
}

std::array<uv_handle_t*, 5> RingLoop::handles() {
  return {as_handle(&poll_), as_handle(&prepare_), as_handle(&retry_), as_handle(&busy_), as_handle(&again_)};
}

RingLoop* RingLoop::start(uv_loop_t* loop, RingMemory* ring, Hooks hooks, int* error) {
  auto* self = new RingLoop(ring, std::move(hooks));
  *error = self->start_handles(loop);
  if (*error == 0) return self;
  if (self->open_handles_ > 0) {
    self->stop([] {});
  } else {
    delete self;
  }
  return nullptr;
}

RingLoop::~RingLoop() {
  if (eventfd_ >= 0) close(eventfd_);
}

void RingLoop::reference() {
  ring_->control()->referenced = 1;
  used_ = true;
  uv_ref(as_handle(&poll_));
}

void RingLoop::flush_prepared() {
  int error = flush(*ring_, 0, -1);
  if (error == 0) return;
  if (error == -EAGAIN || error == -ENOMEM) {
    // The kernel is short of memory for requests: nothing will become readable, so a timer tries again.
    uv_timer_start(&retry_, on_retry, kRetryMs, 0);
  } else if (error != -EBUSY) {
    // EBUSY means that completions must be reaped first, and those wake the loop. Anything else is for good.
    hooks_.wake(error);
  }
}

void RingLoop::on_prepare(uv_prepare_t* handle) {
  auto* self = static_cast<RingLoop*>(handle->data);
  Control* control = self->ring_->control();
  for (int round = 0; control->prepared_tail != self->ring_->sq_head() && control->disabled == 0; round++) {
    self->flush_prepared();
    // The program may have closed the ring in response, and with it the control block.
    if (self->stopped_) return;
    // What completed at once need not wait for epoll to say so; with more to follow, other parts of the loop come first.
    if (round == kRoundsPerTurn || self->ring_->cq_head() == self->ring_->cq_tail()) break;
    // The program may prepare operations of another ring, which has had its turn already: the loop must not sleep now.
    uv_idle_start(&self->again_, on_again);
    self->hooks_.wake(0);
    if (self->stopped_) return;
  }
  self->hooks_.turn();
  bool idle = control->prepared_tail == control->settled && control->held == 0;
  bool dispensable =
      control->detached != 0 || (control->prepared_tail - control->settled == control->background && control->held == 0);
  if (control->referenced != 0 && (idle || dispensable)) {
    control->referenced = 0;
    uv_unref(as_handle(&self->poll_));
  }
  // What does not keep the process alive is in flight all the same.
  if (idle && std::exchange(self->used_, false)) self->hooks_.idle();
  if (!self->polled()) return;
  if (idle) {
    uv_idle_stop(&self->busy_);
  } else {
    uv_idle_start(&self->busy_, on_busy);
  }
}

void RingLoop::on_again(uv_idle_t* handle) {
  uv_idle_stop(handle);
  auto* self = static_cast<RingLoop*>(handle->data);
  if (std::exchange(self->unfinished_, false)) self->finish_deferred();
}

// Task work, of which there may be more than one turn of the loop should do: nothing would tell of the rest again.
void RingLoop::finish_deferred() {
  unfinished_ = run_deferred(*ring_);
  if (unfinished_) uv_idle_start(&again_, on_again);
  hooks_.wake(0);
}

void RingLoop::on_busy(uv_idle_t* handle) {
  auto* self = static_cast<RingLoop*>(handle->data);
  get_events(*self->ring_);
  if (self->ring_->cq_head() != self->ring_->cq_tail()) self->hooks_.wake(0);
}

void RingLoop::on_poll(uv_poll_t* handle, int status, int) {
  // An error on the poll itself is no news about completions, which are looked for all the same.
  (void)status;
  auto* self = static_cast<RingLoop*>(handle->data);
  if (self->eventfd_ >= 0) {
    uint64_t count = 0;
    // Emptied first: what arrives while the task work runs makes it readable again.
    if (read(self->eventfd_, &count, sizeof count) < 0 && errno != EAGAIN) return;
    self->finish_deferred();
    return;
  }
  self->hooks_.wake(0);
}

void RingLoop::on_retry(uv_timer_t* handle) { static_cast<RingLoop*>(handle->data)->flush_prepared(); }

void RingLoop::stop(std::function<void()> closed) {
  stopped_ = true;
  closed_ = std::move(closed);
  uv_poll_stop(&poll_);
  uv_prepare_stop(&prepare_);
  uv_timer_stop(&retry_);
  uv_idle_stop(&busy_);
  uv_idle_stop(&again_);
  for (uv_handle_t* handle : handles()) {
    uv_close(handle, on_closed);
  }
}

void RingLoop::on_closed(uv_handle_t* handle) {
  auto* self = static_cast<RingLoop*>(handle->data);
  if (--self->open_handles_ > 0) return;
  auto closed = std::move(self->closed_);
  delete self;
  closed();
}

}  // namespace ringsmith
