// Errors of system calls, as Node reports them.
#pragma once

#include "addon_api.h"


namespace ringsmith {

// Throws an Error with `errno` (positive) and `syscall`; the runtime turns it into a RingError with code and message.
void throw_system_error(Napi::Env env, int error, const char* syscall);

}  // namespace ringsmith
