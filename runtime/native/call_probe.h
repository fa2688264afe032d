// Which of io_uring's three system calls this process may make, without risk: a filter may end whoever makes one.
#pragma once

#include "addon_api.h"

namespace ringsmith {

// JavaScript: seccompMode(): as prctl(PR_GET_SECCOMP), 2 = filtered; or -errno.
Napi::Value seccomp_mode(const Napi::CallbackInfo& info);

// JavaScript: probeCalls() → {fork, answers}. `fork`: 0, or the errno for want of a child process. `answers`: for
// io_uring_setup, io_uring_enter and io_uring_register the errno that each gives when its arguments are senseless, or -1
// where the caller was killed.
Napi::Value probe_calls(const Napi::CallbackInfo& info);

}  // namespace ringsmith
