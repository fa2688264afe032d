#include "native_ring.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "submission.h"
#include "system_error.h"

namespace ringsmith {
namespace {

// How long tear-down waits for the kernel to let go before it gives memory up.
constexpr double kTearDownMs = 500;
// The same where operations use memory that is freed whatever they do.
constexpr double kLentMs = 3000;

// What completions are told to.
constexpr const char* kWake = "wake";

uint32_t u32_option(const Napi::Object& options, const char* name) {
  Napi::Value value = options.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().Uint32Value() : 0;
}

// Runs when nothing can call into JavaScript any more, or after JavaScript has let go of the mapped memory.
// Returns how many operations the kernel has not let go of.
uint32_t shut_down(RingState& state, double budget_ms) {
  if (!state.open) return 0;
  state.open = false;
  // JavaScript was ended while it looked at them.
  std::vector<int> unseen = std::move(state.copied);
  state.memory.control()->settled += state.copied_over;
  uint32_t left = drain(state.memory, budget_ms, &unseen);
  // Lent memory is freed with the environment: what is in flight on it gets longer to end.
  if (left > 0 && state.environment->lends() && wait_for_all(state.memory, kLentMs, &unseen)) left = 0;
  auto hook = state.cleanup_hook;
  auto* share = state.cleanup_share;
  // The environment waits for the hook to be removed, so it is removed last.
  auto finish = [hook, share] {
    napi_remove_async_cleanup_hook(hook);
    delete share;
  };
  auto environment = state.environment;
  for (int fd : unseen) environment->close_now(fd);
  RingLoop* loop = state.loop;
  if (loop != nullptr) loop->stop(finish);
  state.memory.release();
  environment->ring_closed(left > 0);
  if (loop == nullptr) finish();
  return left;
}

void on_environment_exit(napi_async_cleanup_hook_handle, void* data) {
  shut_down(**static_cast<std::shared_ptr<RingState>*>(data), kTearDownMs);
}

bool refuse_unless_open(napi_env env, const std::shared_ptr<RingState>& state) {
  if (state && state->open) return true;
  napi_throw_error(env, "ERR_RING_CLOSED", "the ring is closed");
  return false;
}

// flush(minComplete, timeoutMs, minWaitUs). The one native call of the hot path: through Node-API itself, with the ring as
// the function's own data, it costs half of what a method does that has to find its object first.
napi_value flush_now(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  const auto& state = *static_cast<std::shared_ptr<RingState>*>(data);
  if (!refuse_unless_open(env, state)) return nullptr;
  uint32_t min_complete = 0;
  double timeout_ms = -1;
  uint32_t min_wait_us = 0;
  // What is left out or no number keeps its default.
  napi_get_value_uint32(env, arguments[0], &min_complete);
  napi_get_value_double(env, arguments[1], &timeout_ms);
  napi_get_value_uint32(env, arguments[2], &min_wait_us);
  napi_value result = nullptr;
  napi_create_int32(env, flush(state->memory, min_complete, timeout_ms, min_wait_us), &result);
  return result;
}

void drop_share(napi_env, void* data, void*) { delete static_cast<std::shared_ptr<RingState>*>(data); }

napi_value flush_function(napi_env env, const std::shared_ptr<RingState>& state) {
  auto* share = new std::shared_ptr<RingState>(state);
  napi_value function = nullptr;
  napi_create_function(env, "flush", NAPI_AUTO_LENGTH, flush_now, share, &function);
  if (napi_add_finalizer(env, function, share, drop_share, nullptr, nullptr) != napi_ok) delete share;
  return function;
}

}  // namespace

Napi::Function NativeRing::define(Napi::Env env) {
  return DefineClass(env, "NativeRing",
                     {
                         InstanceMethod<&NativeRing::reserve>("reserve"),
                         InstanceMethod<&NativeRing::room>("room"),
                         InstanceMethod<&NativeRing::place>("place"),
                         InstanceMethod<&NativeRing::stamp>("stamp"),
                         InstanceMethod<&NativeRing::submitted>("submitted"),
                         InstanceMethod<&NativeRing::commit>("commit"),
                         InstanceMethod<&NativeRing::rewind>("rewind"),
                         InstanceMethod<&NativeRing::reap>("reap"),
                         InstanceMethod<&NativeRing::discard>("discard"),
                         InstanceMethod<&NativeRing::ready>("ready"),
                         InstanceMethod<&NativeRing::overflowed>("overflowed"),
                         InstanceMethod<&NativeRing::dropped>("dropped"),
                         InstanceMethod<&NativeRing::withdraw>("withdraw"),
                         InstanceMethod<&NativeRing::map>("map"),
                         InstanceMethod<&NativeRing::get_events_now>("getEvents"),
                         InstanceMethod<&NativeRing::cancel_everything>("cancelAll"),
                         InstanceMethod<&NativeRing::enable>("enable"),
                         InstanceMethod<&NativeRing::open_event>("openEvent"),
                         InstanceMethod<&NativeRing::close_event>("closeEvent"),
                         InstanceMethod<&NativeRing::register_wait>("registerWait"),
                         InstanceMethod<&NativeRing::resize>("resize"),
                         InstanceMethod<&NativeRing::drop_unsubmitted>("dropUnsubmitted"),
                         InstanceMethod<&NativeRing::settle>("settle"),
                         InstanceMethod<&NativeRing::reference>("reference"),
                         InstanceMethod<&NativeRing::background>("background"),
                         InstanceMethod<&NativeRing::detach>("detach"),
                         InstanceMethod<&NativeRing::hold>("hold"),
                         InstanceMethod<&NativeRing::close>("close"),
                         InstanceAccessor<&NativeRing::enters>("enters"),
                     });
}

NativeRing::NativeRing(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeRing>(info) {
  Napi::Env env = info.Env();
  auto options = info[0].As<Napi::Object>();
  SetupRequest request;
  request.entries = u32_option(options, "entries");
  request.cq_entries = u32_option(options, "cqEntries");
  request.required_flags = u32_option(options, "requiredFlags");
  request.wanted_flags = u32_option(options, "wantedFlags");
  request.sq_thread_idle_ms = u32_option(options, "sqThreadIdleMs");
  request.sq_thread_cpu = u32_option(options, "sqThreadCpu");
  request.attach_fd = u32_option(options, "attachFd");
  state_ = std::make_shared<RingState>();
  state_->environment = Environment::of(env);
  const char* failed_call = nullptr;
  int error = state_->memory.open(request, &failed_call);
  if (error < 0) {
    throw_system_error(env, -error, failed_call);
    return;
  }
  auto self = info.This().As<Napi::Object>();
  if (info[1].IsFunction()) {
    if (!attach(env)) return;
    // A property and no reference: the ring and what it calls hold each other, so that both can be collected.
    self.Set(kWake, info[1]);
    // By which it is found at once, for as long as the property keeps it.
    wake_ = Napi::Weak(info[1].As<Napi::Function>());
  }
  state_->open = true;
  state_->environment->ring_opened();
  state_->cleanup_share = new std::shared_ptr<RingState>(state_);
  napi_add_async_cleanup_hook(env, on_environment_exit, state_->cleanup_share, &state_->cleanup_hook);
  describe(self);
  self.Set("flush", Napi::Value(env, flush_function(env, state_)));
}

bool NativeRing::attach(Napi::Env env) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  auto environment = state_->environment;
  RingLoop::Hooks hooks;
  hooks.wake = [this](int status) { call_wake(status); };
  hooks.turn = [environment] { environment->release_parked(); };
  hooks.idle = [this] { keep(false); };
  int error = 0;
  state_->loop = RingLoop::start(loop, &state_->memory, std::move(hooks), &error);
  if (state_->loop == nullptr) {
    state_->memory.release();
    throw_system_error(env, -error, "uv_poll_start");
    return false;
  }
  async_context_ = std::make_unique<Napi::AsyncContext>(env, "ringsmith");
  state_->memory.made().slots_are_unique();
  return true;
}

// While anything is in flight the loop calls into this object, so the object stays.
void NativeRing::keep(bool on) {
  if (kept_ == on) return;
  kept_ = on;
  if (on) {
    Ref();
  } else {
    Unref();
  }
}

void NativeRing::describe(Napi::Object self) {
  const abi::io_uring_params& p = state_->memory.params();
  self.Set("fd", state_->memory.fd());
  self.Set("setupFlags", p.flags);
  self.Set("features", p.features);
  self.Set("sqEntries", p.sq_entries);
  self.Set("cqEntries", p.cq_entries);
  self.Set("sqeBytes", state_->memory.sqe_bytes());
  self.Set("cqeBytes", state_->memory.cqe_bytes());
}

bool NativeRing::usable(Napi::Env env) const { return refuse_unless_open(env, state_); }

void NativeRing::call_wake(int status) {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  Napi::Object self = Value();
  // Collected, and about to be finalized.
  if (self.IsEmpty()) return;
  Napi::Function wake = wake_.Value();
  if (wake.IsEmpty()) return;
  napi_value result = nullptr;
  napi_value argument = Napi::Number::New(env, status);
  napi_status outcome =
      napi_make_callback(env, *async_context_, self, wake, 1, &argument, &result);
  if (outcome == napi_pending_exception) {
    // The runtime's own callback does not throw; what does arrive here is the program's, and Node's to report.
    napi_value exception = nullptr;
    if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
  }
}

Napi::Value NativeRing::map(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!usable(env)) return env.Undefined();
  RingMemory& memory = state_->memory;
  Mapping* mappings[3] = {&memory.rings(), &memory.sqes(), &memory.control_mapping()};
  Napi::Object result = Napi::Object::New(env);
  const char* names[3] = {"rings", "sqes", "control"};
  for (int i = 0; i < 3; i++) {
    napi_value buffer = nullptr;
    napi_status status =
        napi_create_external_arraybuffer(env, mappings[i]->data(), mappings[i]->size(), nullptr, nullptr, &buffer);
    // Refused by V8 sandbox builds: such a ring runs through the native encoders instead.
    if (status != napi_ok) return env.Null();
    Napi::ArrayBuffer array_buffer(env, buffer);
    mapped_[i] = Napi::Persistent(array_buffer);
    result.Set(names[i], array_buffer);
  }
  const abi::io_uring_params& p = memory.params();
  result.Set("sqHead", p.sq_off.head);
  result.Set("sqTail", p.sq_off.tail);
  result.Set("sqFlags", p.sq_off.flags);
  result.Set("cqHead", p.cq_off.head);
  result.Set("cqTail", p.cq_off.tail);
  result.Set("cqOverflow", p.cq_off.overflow);
  result.Set("cqes", p.cq_off.cqes);
  return result;
}

Napi::Value NativeRing::get_events_now(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), get_events(state_->memory));
}

Napi::Value NativeRing::cancel_everything(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), cancel_all(state_->memory));
}

Napi::Value NativeRing::enable(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), state_->memory.enable());
}

Napi::Value NativeRing::open_event(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), state_->memory.open_event());
}

Napi::Value NativeRing::close_event(const Napi::CallbackInfo& info) {
  if (usable(info.Env())) state_->memory.close_event();
  return info.Env().Undefined();
}

Napi::Value NativeRing::register_wait(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), state_->memory.register_wait());
}

// resize(entries, cqEntries) → {errno, lost}. What JavaScript had mapped is detached: it has to be mapped anew.
Napi::Value NativeRing::resize(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!usable(env)) return env.Undefined();
  bool lost = false;
  int result = state_->memory.resize(info[0].As<Napi::Number>().Uint32Value(), info[1].As<Napi::Number>().Uint32Value(),
                                     &lost, [this, env] { detach_mapped(env); });
  if (result == 0) describe(info.This().As<Napi::Object>());
  Napi::Object outcome = Napi::Object::New(env);
  outcome.Set("errno", Napi::Number::New(env, result));
  outcome.Set("lost", Napi::Boolean::New(env, lost));
  return outcome;
}

Napi::Value NativeRing::reference(const Napi::CallbackInfo& info) {
  if (usable(info.Env()) && state_->loop != nullptr) {
    state_->loop->reference();
    keep(true);
  }
  return info.Env().Undefined();
}

// background(count): so many operations in flight do not keep the process alive.
Napi::Value NativeRing::background(const Napi::CallbackInfo& info) {
  if (usable(info.Env())) state_->memory.control()->background = info[0].As<Napi::Number>().Uint32Value();
  return info.Env().Undefined();
}

// detach(on): nothing of the ring keeps the process alive, or all that is in flight does again.
Napi::Value NativeRing::detach(const Napi::CallbackInfo& info) {
  if (usable(info.Env())) state_->memory.control()->detached = info[0].ToBoolean() ? 1 : 0;
  return reference(info);
}

// hold(on): keeps the process alive although nothing is in flight.
Napi::Value NativeRing::hold(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  state_->memory.control()->held = info[0].ToBoolean() ? 1 : 0;
  if (state_->loop != nullptr) {
    state_->loop->reference();
    keep(true);
  }
  return info.Env().Undefined();
}

Napi::Value NativeRing::enters(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), state_->open ? state_->memory.control()->enters : 0);
}

// Views must die before the mappings do: touching an unmapped page would end the process.
void NativeRing::detach_mapped(Napi::Env env) {
  for (auto& buffer : mapped_) {
    if (buffer.IsEmpty()) continue;
    Napi::HandleScope scope(env);
    napi_detach_arraybuffer(env, buffer.Value());
    buffer.Reset();
  }
}

Napi::Value NativeRing::close(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!state_ || !state_->open) return Napi::Number::New(env, 0);
  detach_mapped(env);
  uint32_t left = shut_down(*state_, info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : kTearDownMs);
  keep(false);
  return Napi::Number::New(env, left);
}

// A ring that the program dropped without closing it. Rings with operations in flight are kept, here or by the runtime, so
// there is nothing to wait for. While the environment is torn down its clean-up hook has been here before.
void NativeRing::Finalize(Napi::Env env) {
  if (!state_ || !state_->open) return;
  detach_mapped(env);
  shut_down(*state_, 0);
}

}  // namespace ringsmith
