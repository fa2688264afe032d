// What this machine's kernel can do, found out by asking it.
#pragma once

#include <napi.h>

namespace ringsmith {

// JavaScript: probeOpcodes(fd) → Uint8Array, one entry per opcode up to the kernel's last: 1 = supported; or -errno.
Napi::Value probe_opcodes(const Napi::CallbackInfo& info);

// JavaScript: trySetup(entries, flags) → {errno, call, features}: sets a ring up, runs a NOP through it, and closes it.
Napi::Value try_setup(const Napi::CallbackInfo& info);

}  // namespace ringsmith
