// The JavaScript object behind a ring: lifetime, the mapped memory, and the few calls that must be native.
#pragma once

#include <memory>
#include <vector>

#include "addon_api.h"
#include "environment.h"
#include "ring_loop.h"
#include "ring_memory.h"

namespace ringsmith {

// What lives as long as the kernel or libuv may use it, whatever becomes of the JavaScript object.
struct RingState {
  RingMemory memory;
  RingLoop* loop = nullptr;
  std::shared_ptr<Environment> environment;
  // The environment's clean-up hook, and the share of this state that it holds.
  napi_async_cleanup_hook_handle cleanup_hook = nullptr;
  std::shared_ptr<RingState>* cleanup_share = nullptr;
  bool open = false;
  // Of the completions that were copied out and that JavaScript is looking at: what they made, and how many were the last of
  // their operations.
  std::vector<int> copied;
  uint32_t copied_over = 0;
};

class NativeRing : public Napi::ObjectWrap<NativeRing> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NativeRing(const Napi::CallbackInfo& info);
  void Finalize(Napi::Env env) override;

 private:
  // Queue calls, for a ring whose memory JavaScript does not map.
  Napi::Value reserve(const Napi::CallbackInfo& info);
  Napi::Value room(const Napi::CallbackInfo& info);
  Napi::Value place(const Napi::CallbackInfo& info);
  Napi::Value stamp(const Napi::CallbackInfo& info);
  Napi::Value submitted(const Napi::CallbackInfo& info);
  Napi::Value commit(const Napi::CallbackInfo& info);
  Napi::Value rewind(const Napi::CallbackInfo& info);
  Napi::Value reap(const Napi::CallbackInfo& info);
  Napi::Value discard(const Napi::CallbackInfo& info);
  Napi::Value ready(const Napi::CallbackInfo& info);
  Napi::Value overflowed(const Napi::CallbackInfo& info);
  Napi::Value dropped(const Napi::CallbackInfo& info);
  Napi::Value withdraw(const Napi::CallbackInfo& info);

  Napi::Value map(const Napi::CallbackInfo& info);
  Napi::Value get_events_now(const Napi::CallbackInfo& info);
  Napi::Value cancel_everything(const Napi::CallbackInfo& info);
  Napi::Value enable(const Napi::CallbackInfo& info);
  Napi::Value open_event(const Napi::CallbackInfo& info);
  Napi::Value close_event(const Napi::CallbackInfo& info);
  Napi::Value register_wait(const Napi::CallbackInfo& info);
  Napi::Value resize(const Napi::CallbackInfo& info);
  Napi::Value drop_unsubmitted(const Napi::CallbackInfo& info);
  Napi::Value settle(const Napi::CallbackInfo& info);
  Napi::Value reference(const Napi::CallbackInfo& info);
  Napi::Value background(const Napi::CallbackInfo& info);
  Napi::Value detach(const Napi::CallbackInfo& info);
  Napi::Value hold(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  Napi::Value enters(const Napi::CallbackInfo& info);

  bool attach(Napi::Env env);
  void describe(Napi::Object self);
  void call_wake(int status);
  void keep(bool on);
  void detach_mapped(Napi::Env env);
  bool usable(Napi::Env env) const;

  std::shared_ptr<RingState> state_;
  // Whether this object stays although JavaScript may have lost it, because something is in flight.
  bool kept_ = false;
  std::unique_ptr<Napi::AsyncContext> async_context_;
  Napi::FunctionReference wake_;
  Napi::Reference<Napi::ArrayBuffer> mapped_[3];
};

}  // namespace ringsmith
