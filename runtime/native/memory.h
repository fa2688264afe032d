// Kernel-visible memory: page-aligned, owned by the addon, never moved, unmapped only when nothing can still touch it.
#pragma once

#include <memory>

#include "addon_api.h"
#include "environment.h"

namespace ringsmith {

// The mapping and its owners: the JavaScript `Memory` object, and every ArrayBuffer made over it. An ArrayBuffer that
// is dropped, transferred or cloned only lets go of its share; the bytes stay until the last share is gone.
struct Slab {
  Mapping mapping;
  std::shared_ptr<Environment> environment;
  ~Slab() { environment->park(std::move(mapping)); }
};

// JavaScript: new Memory(bytes) · .address · .byteLength · .arrayBuffer() · .copyIn(offset, bytes) ·
// .copyOut(offset, bytes) · .publish(offset, value)
class Memory : public Napi::ObjectWrap<Memory> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Memory(const Napi::CallbackInfo& info);
  void Finalize(Napi::Env env) override;

 private:
  Napi::Value address(const Napi::CallbackInfo& info);
  Napi::Value byte_length(const Napi::CallbackInfo& info);
  Napi::Value array_buffer(const Napi::CallbackInfo& info);
  Napi::Value copy_in(const Napi::CallbackInfo& info);
  Napi::Value copy_out(const Napi::CallbackInfo& info);
  // Stores 16 bits so that whoever sees them sees everything that was copied in before.
  Napi::Value publish(const Napi::CallbackInfo& info);
  // The part of the slab that a copy call names, or null after throwing.
  uint8_t* range(const Napi::CallbackInfo& info, size_t bytes);

  std::shared_ptr<Slab> slab_;
};

// addressOf(arrayBuffer): where memory lies that JavaScript allocated and keeps.
Napi::Value address_of(const Napi::CallbackInfo& info);
// lentInUse(change): operations on such memory. It is freed with the environment, so tear-down must wait for them.
Napi::Value lent_in_use(const Napi::CallbackInfo& info);

}  // namespace ringsmith
