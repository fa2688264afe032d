// A libclang loaded at run time. Libraries are process-wide and never unloaded: worker threads share them, and LLVM
// leaves thread-local destructors behind that must not outlive its code.
#pragma once

#include <cstdint>
#include <string>

#include "libclang_functions.h"

namespace ringsmith::clang {

struct Libclang : LibclangFunctions {
  uint32_t handle = 0;
  std::string version;
  // The shared object the dynamic linker picked, which a bare soname does not tell.
  std::string path;
};

// Loads a shared object, or finds it among those loaded before. On failure returns null and says why in `error`.
const Libclang* open_libclang(const std::string& path, std::string* error);

// The library with this handle, or null.
const Libclang* libclang_at(uint32_t handle);

// Copies a CXString and disposes of it.
std::string take_string(const Libclang& library, CXString text);

// libclang installs handlers for SIGSEGV and its like, process-wide, and V8 needs its own: they stay only while a
// scope is open, which is while something is being parsed.
class CrashRecoveryScope {
 public:
  explicit CrashRecoveryScope(const Libclang& library);
  ~CrashRecoveryScope();
  CrashRecoveryScope(const CrashRecoveryScope&) = delete;
  CrashRecoveryScope& operator=(const CrashRecoveryScope&) = delete;

 private:
  const Libclang& library_;
};

}  // namespace ringsmith::clang
