#include "descriptors.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

#include "environment.h"

namespace ringsmith {

Napi::Value close_descriptor(const Napi::CallbackInfo& info) {
  int result = Environment::of(info.Env())->close_now(info[0].As<Napi::Number>().Int32Value());
  // Interrupted or not, Linux has closed it.
  bool failed = result < 0 && errno != EINTR;
  return Napi::Number::New(info.Env(), failed ? -errno : 0);
}

Napi::Value own_descriptor(const Napi::CallbackInfo& info) {
  auto environment = Environment::of(info.Env());
  int fd = info[0].As<Napi::Number>().Int32Value();
  if (info[1].As<Napi::Boolean>().Value()) {
    environment->own(fd);
  } else {
    environment->disown(fd);
  }
  return info.Env().Undefined();
}

Napi::Value socket_address(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = info[0].As<Napi::Number>().Int32Value();
  bool peer = info[1].As<Napi::Boolean>().Value();
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  auto* place = reinterpret_cast<sockaddr*>(&address);
  int result = peer ? getpeername(fd, place, &length) : getsockname(fd, place, &length);
  if (result < 0) return Napi::Number::New(env, -errno);
  size_t bytes = std::min<size_t>(length, sizeof(address));
  auto found = Napi::Uint8Array::New(env, bytes);
  if (found.IsEmpty()) return env.Undefined();
  std::copy_n(reinterpret_cast<const uint8_t*>(&address), bytes, found.Data());
  return found;
}

}  // namespace ringsmith
