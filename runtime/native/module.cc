// The addon's entry: what runtime/port/native.ts sees.

#include "addon_api.h"
#include "call_probe.h"
#include "descriptors.h"
#include "encoder_support.h"
#include "environment.h"
#include "machine.h"
#include "memory.h"
#include "native_ring.h"

namespace ringsmith {
namespace {

// statistics() → {rings, leakedBytes}: for the tests that show nothing is lost.
Napi::Value statistics(const Napi::CallbackInfo& info) {
  auto environment = Environment::of(info.Env());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("rings", static_cast<double>(environment->live_rings()));
  result.Set("leakedBytes", static_cast<double>(environment->leaked_bytes()));
  return result;
}

}  // namespace
}  // namespace ringsmith

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  using namespace ringsmith;
  exports.Set("Memory", Memory::define(env));
  exports.Set("NativeRing", NativeRing::define(env));
  export_encoders(env, exports);
  exports.Set("probeOpcodes", Napi::Function::New<probe_opcodes>(env, "probeOpcodes"));
  exports.Set("register", Napi::Function::New<register_call>(env, "register"));
  exports.Set("closeDescriptor", Napi::Function::New<close_descriptor>(env, "closeDescriptor"));
  exports.Set("ownDescriptor", Napi::Function::New<own_descriptor>(env, "ownDescriptor"));
  exports.Set("streamKind", Napi::Function::New<stream_kind>(env, "streamKind"));
  exports.Set("socketAddress", Napi::Function::New<socket_address>(env, "socketAddress"));
  exports.Set("trySetup", Napi::Function::New<try_setup>(env, "trySetup"));
  exports.Set("seccompMode", Napi::Function::New<seccomp_mode>(env, "seccompMode"));
  exports.Set("probeCalls", Napi::Function::New<probe_calls>(env, "probeCalls"));
  exports.Set("addressOf", Napi::Function::New<address_of>(env, "addressOf"));
  exports.Set("lentInUse", Napi::Function::New<lent_in_use>(env, "lentInUse"));
  exports.Set("statistics", Napi::Function::New<statistics>(env, "statistics"));
  return exports;
}

NODE_API_MODULE(ringsmith, Init)
