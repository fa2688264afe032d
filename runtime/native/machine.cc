#include "machine.h"

#include <cerrno>
#include <vector>

#include "ring_memory.h"
#include "submission.h"
#include "syscalls.h"

namespace ringsmith {

Napi::Value probe_opcodes(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  constexpr uint32_t kMost = 256;
  std::vector<uint8_t> bytes(sizeof(abi::io_uring_probe) + kMost * sizeof(abi::io_uring_probe_op));
  auto* probe = reinterpret_cast<abi::io_uring_probe*>(bytes.data());
  auto* ops = reinterpret_cast<abi::io_uring_probe_op*>(bytes.data() + sizeof(abi::io_uring_probe));
  int result = sys_register(info[0].As<Napi::Number>().Int32Value(), abi::IORING_REGISTER_PROBE, probe, kMost);
  if (result < 0) return Napi::Number::New(env, result);
  uint32_t count = probe->ops_len;
  auto supported = Napi::Uint8Array::New(env, count);
  if (supported.IsEmpty()) return env.Undefined();
  for (uint32_t i = 0; i < count; i++) supported[i] = ops[i].flags & abi::IO_URING_OP_SUPPORTED ? 1 : 0;
  return supported;
}

Napi::Value register_call(const Napi::CallbackInfo& info) {
  auto address = static_cast<uintptr_t>(info[2].As<Napi::Number>().Int64Value());
  return Napi::Number::New(info.Env(), sys_register(info[0].As<Napi::Number>().Int32Value(),
                                                    info[1].As<Napi::Number>().Uint32Value(),
                                                    reinterpret_cast<const void*>(address),
                                                    info[3].As<Napi::Number>().Uint32Value()));
}

Napi::Value try_setup(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  SetupRequest request;
  request.entries = info[0].As<Napi::Number>().Uint32Value();
  request.cq_entries = request.entries * 2;
  request.required_flags = info[1].As<Napi::Number>().Uint32Value();
  RingMemory ring;
  const char* call = nullptr;
  int result = ring.open(request, &call);
  Napi::Object outcome = Napi::Object::New(env);
  if (result == 0) {
    outcome.Set("features", ring.params().features);
    // A seccomp filter may allow setup and refuse the rest, so only a completed NOP counts.
    call = "io_uring_enter";
    auto* sqe = reinterpret_cast<abi::io_uring_sqe*>(ring.sqe_at(0));
    sqe->opcode = static_cast<uint8_t>(abi::IORING_OP_NOP);
    ring.control()->prepared_tail = 1;
    result = flush(ring, 1, ring.params().features & abi::IORING_FEAT_EXT_ARG ? 1000 : -1);
    if (result == 0 && ring.cq_tail() == ring.cq_head()) result = -ETIME;
  }
  outcome.Set("errno", Napi::Number::New(env, -result));
  outcome.Set("call", call);
  return outcome;
}

}  // namespace ringsmith
