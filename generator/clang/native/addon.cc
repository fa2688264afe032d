// The addon's exports. Nothing here or below keeps state per process other than the loaded libraries, so that every
// worker thread can have an instance.
#include <napi.h>

#include <string>

#include "libclang_library.h"
#include "unit_object.h"

namespace ringsmith::clang {
namespace {

// open(path): { handle, version, path }, or an Error with the reason.
Napi::Value open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsString()) {
    Napi::TypeError::New(env, "open: expected a path").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  std::string error;
  const Libclang* const library = open_libclang(info[0].As<Napi::String>().Utf8Value(), &error);
  if (library == nullptr) {
    Napi::Error::New(env, error).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("handle", library->handle);
  object.Set("version", library->version);
  object.Set("path", library->path);
  return object;
}

// cursorKindSpelling(handle, kind) and typeKindSpelling(handle, kind).
template <auto Function>
Napi::Value kind_spelling(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsNumber() || !info[1].IsNumber()) {
    Napi::TypeError::New(env, "expected a library and a kind").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Libclang* const library = libclang_at(info[0].As<Napi::Number>().Uint32Value());
  if (library == nullptr) {
    Napi::Error::New(env, "no such library").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return to_js(env, *library, (library->*Function)(info[1].As<Napi::Number>().Int32Value()));
}

}  // namespace

Napi::Object init(Napi::Env env, Napi::Object exports) {
  using F = LibclangFunctions;
  exports.Set("open", Napi::Function::New<open>(env, "open"));
  exports.Set("cursorKindSpelling",
              Napi::Function::New<kind_spelling<&F::clang_getCursorKindSpelling>>(env, "cursorKindSpelling"));
  exports.Set("typeKindSpelling",
              Napi::Function::New<kind_spelling<&F::clang_getTypeKindSpelling>>(env, "typeKindSpelling"));
  exports.Set("TranslationUnit", UnitObject::define(env));
  return exports;
}

}  // namespace ringsmith::clang

static Napi::Object init_addon(Napi::Env env, Napi::Object exports) {
  return ringsmith::clang::init(env, exports);
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, init_addon)
