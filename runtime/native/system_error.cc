#include "system_error.h"

#include <cstring>
#include <string>

namespace ringsmith {

void throw_system_error(Napi::Env env, int error, const char* syscall) {
  Napi::Error failure = Napi::Error::New(env, std::string(syscall) + ": " + strerror(error));
  failure.Set("errno", Napi::Number::New(env, error));
  failure.Set("syscall", syscall);
  failure.ThrowAsJavaScriptException();
}

}  // namespace ringsmith
