#include "descriptors.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <sys/stat.h>
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

// Kept in step with StreamKind of runtime/port/native.ts.
Napi::Value stream_kind(const Napi::CallbackInfo& info) {
  enum Kind { kNone, kBytes, kPackets, kDatagrams };
  int fd = info[0].As<Napi::Number>().Int32Value();
  Kind kind = kNone;
  struct stat status {};
  if (fstat(fd, &status) == 0) {
    if (S_ISSOCK(status.st_mode)) {
      int type = 0;
      socklen_t length = sizeof(type);
      getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
      kind = type == SOCK_STREAM ? kBytes : type == SOCK_SEQPACKET ? kPackets : kDatagrams;
    } else if (S_ISFIFO(status.st_mode) || (S_ISCHR(status.st_mode) && lseek(fd, 0, SEEK_CUR) < 0)) {
      kind = kBytes;
    }
  }
  return Napi::Number::New(info.Env(), kind);
}

}  // namespace ringsmith
