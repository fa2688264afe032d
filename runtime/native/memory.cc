#include "memory.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include "page.h"

namespace ringsmith {
namespace {

void drop_share(napi_env, void*, void* hint) { delete static_cast<std::shared_ptr<Slab>*>(hint); }

}  // namespace

Napi::Function Memory::define(Napi::Env env) {
  return DefineClass(env, "Memory",
                     {
                         InstanceAccessor<&Memory::address>("address"),
                         InstanceAccessor<&Memory::byte_length>("byteLength"),
                         InstanceMethod<&Memory::array_buffer>("arrayBuffer"),
                         InstanceMethod<&Memory::copy_in>("copyIn"),
                         InstanceMethod<&Memory::copy_out>("copyOut"),
                         InstanceMethod<&Memory::publish>("publish"),
                     });
}

Memory::Memory(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Memory>(info) {
  Napi::Env env = info.Env();
  double wanted = info.Length() > 0 && info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
  if (!(wanted >= 1) || wanted > 9007199254740991.0) {
    Napi::RangeError::New(env, "Memory: bytes must be a positive safe integer").ThrowAsJavaScriptException();
    return;
  }
  auto environment = Environment::of(env);
  environment->release_parked();
  auto slab = std::make_shared<Slab>();
  slab->environment = environment;
  size_t bytes = whole_pages(static_cast<size_t>(wanted));
  if (!slab->mapping.map(-1, bytes, 0)) {
    Napi::Error error = Napi::Error::New(env, std::string("mmap of ring memory failed: ") + strerror(errno));
    error.Set("code", "ENOMEM");
    error.ThrowAsJavaScriptException();
    return;
  }
  Napi::MemoryManagement::AdjustExternalMemory(env, static_cast<int64_t>(bytes));
  slab_ = std::move(slab);
}

void Memory::Finalize(Napi::Env env) {
  if (slab_) Napi::MemoryManagement::AdjustExternalMemory(env, -static_cast<int64_t>(slab_->mapping.size()));
}

Napi::Value Memory::address(const Napi::CallbackInfo& info) {
  if (!slab_) return info.Env().Undefined();
  // User addresses lie below 2^53 on every 64-bit Linux, so a JavaScript number holds them exactly.
  return Napi::Number::New(info.Env(), static_cast<double>(reinterpret_cast<uintptr_t>(slab_->mapping.data())));
}

Napi::Value Memory::byte_length(const Napi::CallbackInfo& info) {
  if (!slab_) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(slab_->mapping.size()));
}

Napi::Value Memory::array_buffer(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!slab_) return env.Undefined();
  auto* share = new std::shared_ptr<Slab>(slab_);
  napi_value buffer = nullptr;
  napi_status status =
      napi_create_external_arraybuffer(env, slab_->mapping.data(), slab_->mapping.size(), drop_share, share, &buffer);
  if (status != napi_ok) {
    // A V8 sandbox build refuses memory that is not its own: the caller falls back to copying.
    if (status == napi_no_external_buffers_allowed) delete share;
    return env.Null();
  }
  return Napi::Value(env, buffer);
}

uint8_t* Memory::range(const Napi::CallbackInfo& info, size_t bytes) {
  double offset = info[0].As<Napi::Number>().DoubleValue();
  size_t size = slab_ ? slab_->mapping.size() : 0;
  if (!(offset >= 0) || offset > static_cast<double>(size) || bytes > size - static_cast<size_t>(offset)) {
    Napi::RangeError::New(info.Env(), "Memory: copy outside of the memory").ThrowAsJavaScriptException();
    return nullptr;
  }
  return slab_->mapping.data() + static_cast<size_t>(offset);
}

Napi::Value Memory::copy_in(const Napi::CallbackInfo& info) {
  auto source = info[1].As<Napi::Uint8Array>();
  uint8_t* at = range(info, source.ByteLength());
  if (at != nullptr && source.ByteLength() > 0) memcpy(at, source.Data(), source.ByteLength());
  return info.Env().Undefined();
}

Napi::Value Memory::copy_out(const Napi::CallbackInfo& info) {
  auto target = info[1].As<Napi::Uint8Array>();
  uint8_t* at = range(info, target.ByteLength());
  if (at != nullptr && target.ByteLength() > 0) memcpy(target.Data(), at, target.ByteLength());
  return info.Env().Undefined();
}

Napi::Value Memory::publish(const Napi::CallbackInfo& info) {
  uint8_t* at = range(info, sizeof(uint16_t));
  auto value = static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value());
  if (at != nullptr) reinterpret_cast<std::atomic<uint16_t>*>(at)->store(value, std::memory_order_release);
  return info.Env().Undefined();
}

Napi::Value address_of(const Napi::CallbackInfo& info) {
  auto address = reinterpret_cast<uintptr_t>(info[0].As<Napi::ArrayBuffer>().Data());
  return Napi::Number::New(info.Env(), static_cast<double>(address));
}

Napi::Value lent_in_use(const Napi::CallbackInfo& info) {
  Environment::of(info.Env())->lent_in_use(info[0].As<Napi::Number>().Int32Value());
  return info.Env().Undefined();
}

}  // namespace ringsmith
