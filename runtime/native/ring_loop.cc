#include "ring_loop.h"

#include <cerrno>
#include <utility>

#include "submission.h"

namespace ringsmith {
namespace {

constexpr uint64_t kRetryMs = 1;

template <typename Handle>
uv_handle_t* as_handle(Handle* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}

}  // namespace

RingLoop* RingLoop::start(uv_loop_t* loop, RingMemory* ring, Hooks hooks, int* error) {
  auto* self = new RingLoop(ring, std::move(hooks));
  *error = uv_poll_init(loop, &self->poll_, ring->fd());
  if (*error != 0) {
    delete self;
    return nullptr;
  }
  // These two cannot fail on a live loop.
  uv_prepare_init(loop, &self->prepare_);
  uv_timer_init(loop, &self->retry_);
  self->poll_.data = self->prepare_.data = self->retry_.data = self;
  self->open_handles_ = 3;
  *error = uv_poll_start(&self->poll_, UV_READABLE, on_poll);
  uv_prepare_start(&self->prepare_, on_prepare);
  for (uv_handle_t* handle : {as_handle(&self->poll_), as_handle(&self->prepare_), as_handle(&self->retry_)}) {
    uv_unref(handle);
  }
  if (*error != 0) {
    self->stop([] {});
    return nullptr;
  }
  return self;
}

void RingLoop::reference() {
  ring_->control()->referenced = 1;
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
  if (control->prepared_tail != self->ring_->sq_head()) self->flush_prepared();
  // The program may have closed the ring in response to a failed flush, and with it the control block.
  if (self->stopped_) return;
  self->hooks_.turn();
  if (control->referenced != 0 && control->prepared_tail == control->settled) {
    control->referenced = 0;
    uv_unref(as_handle(&self->poll_));
  }
}

void RingLoop::on_poll(uv_poll_t* handle, int status, int) {
  // An error on the poll itself is no news about completions, which are looked for all the same.
  (void)status;
  static_cast<RingLoop*>(handle->data)->hooks_.wake(0);
}

void RingLoop::on_retry(uv_timer_t* handle) { static_cast<RingLoop*>(handle->data)->flush_prepared(); }

void RingLoop::stop(std::function<void()> closed) {
  stopped_ = true;
  closed_ = std::move(closed);
  uv_poll_stop(&poll_);
  uv_prepare_stop(&prepare_);
  uv_timer_stop(&retry_);
  for (uv_handle_t* handle : {as_handle(&poll_), as_handle(&prepare_), as_handle(&retry_)}) uv_close(handle, on_closed);
}

void RingLoop::on_closed(uv_handle_t* handle) {
  auto* self = static_cast<RingLoop*>(handle->data);
  if (--self->open_handles_ > 0) return;
  auto closed = std::move(self->closed_);
  delete self;
  closed();
}

}  // namespace ringsmith
