// dlopen, dlsym and the process-wide registry of loaded libraries.
#include "libclang_library.h"

#include <dlfcn.h>

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace ringsmith::clang {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<std::unique_ptr<Libclang>> libraries;
  std::map<std::string, const Libclang*> by_path;
  std::map<const Libclang*, int> crash_recovery_scopes;
};

// Leaked on purpose: a worker may still be parsing while static destructors run.
Registry& registry() {
  static Registry* const instance = new Registry;
  return *instance;
}

template <typename Function>
bool resolve(void* object, const char* name, Function* slot) {
  *slot = reinterpret_cast<Function>(dlsym(object, name));
  return *slot != nullptr;
}

// Returns the name of the first symbol that is missing, or null.
const char* resolve_all(void* object, LibclangFunctions* functions) {
  const char* missing = nullptr;
#define RINGSMITH_RESOLVE(result, name, parameters) \
  if (!resolve(object, #name, &functions->name) && missing == nullptr) missing = #name;
  RINGSMITH_LIBCLANG_REQUIRED(RINGSMITH_RESOLVE)
#undef RINGSMITH_RESOLVE
#define RINGSMITH_RESOLVE(result, name, parameters) resolve(object, #name, &functions->name);
  RINGSMITH_LIBCLANG_OPTIONAL(RINGSMITH_RESOLVE)
#undef RINGSMITH_RESOLVE
  return missing;
}

std::string path_of(const Libclang& library, const std::string& fallback) {
  Dl_info info{};
  const auto address = reinterpret_cast<void*>(library.clang_getClangVersion);
  return dladdr(address, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : fallback;
}

// Too old a libclang lacks symbols: its version is worth more to the reader than the symbol's name alone.
std::string describe_missing(const Libclang& library, const char* symbol) {
  std::string text = std::string("it has no ") + symbol;
  if (library.clang_getClangVersion != nullptr && library.clang_getCString != nullptr &&
      library.clang_disposeString != nullptr) {
    text += " (" + take_string(library, library.clang_getClangVersion()) + ")";
  }
  return text;
}

}  // namespace

std::string take_string(const Libclang& library, CXString text) {
  const char* const characters = library.clang_getCString(text);
  std::string copy = characters == nullptr ? "" : characters;
  library.clang_disposeString(text);
  return copy;
}

const Libclang* open_libclang(const std::string& path, std::string* error) {
  Registry& shared = registry();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  const auto known = shared.by_path.find(path);
  if (known != shared.by_path.end()) return known->second;

  void* const object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) {
    const char* const reason = dlerror();
    *error = reason == nullptr ? "dlopen failed" : reason;
    return nullptr;
  }
  auto library = std::make_unique<Libclang>();
  const char* const missing = resolve_all(object, library.get());
  if (missing != nullptr) {
    *error = describe_missing(*library, missing);
    return nullptr;
  }
  library->version = take_string(*library, library->clang_getClangVersion());
  library->path = path_of(*library, path);
  library->handle = static_cast<uint32_t>(shared.libraries.size());
  shared.libraries.push_back(std::move(library));
  const Libclang* const loaded = shared.libraries.back().get();
  shared.by_path.emplace(path, loaded);
  return loaded;
}

const Libclang* libclang_at(uint32_t handle) {
  Registry& shared = registry();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  return handle < shared.libraries.size() ? shared.libraries[handle].get() : nullptr;
}

// clang_createIndex turns crash recovery on by itself, unless the environment forbids it; so a scope only counts.
CrashRecoveryScope::CrashRecoveryScope(const Libclang& library) : library_(library) {
  Registry& shared = registry();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  shared.crash_recovery_scopes[&library_] += 1;
}

CrashRecoveryScope::~CrashRecoveryScope() {
  Registry& shared = registry();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  if (--shared.crash_recovery_scopes[&library_] == 0) library_.clang_toggleCrashRecovery(0);
}

}  // namespace ringsmith::clang
