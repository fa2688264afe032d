// Exchanges two folders in one step: renameat2 with RENAME_EXCHANGE, which Node's fs does not offer.
#include <cerrno>
#include <fcntl.h>
#include <linux/fs.h>
#include <napi.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

// exchange(a, b) → 0, or -errno.
Napi::Value exchange(const Napi::CallbackInfo& info) {
  std::string a = info[0].ToString().Utf8Value();
  std::string b = info[1].ToString().Utf8Value();
  long result = syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
  return Napi::Number::New(info.Env(), result < 0 ? -errno : 0);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("exchange", Napi::Function::New(env, exchange, "exchange"));
  return exports;
}

}  // namespace

NODE_API_MODULE(ringsmith_exchange, init)
