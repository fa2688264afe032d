// What this machine's kernel can do, found out by asking it.
#pragma once

#include "addon_api.h"


namespace ringsmith {

// JavaScript: probeOpcodes(fd) → Uint8Array, one entry per opcode up to the kernel's last: 1 = supported; or -errno.
Napi::Value probe_opcodes(const Napi::CallbackInfo& info);

// JavaScript: register(fd, opcode, address, count) → the result of io_uring_register, or -errno. The address is that of
// memory the caller keeps, or 0. A descriptor of -1 is what the calls that need no ring take.
Napi::Value register_call(const Napi::CallbackInfo& info);

// JavaScript: trySetup(entries, flags) → {errno, call, features}: sets a ring up, runs a NOP through it, and closes it.
Napi::Value try_setup(const Napi::CallbackInfo& info);

}  // namespace ringsmith
