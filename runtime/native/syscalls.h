// The three io_uring system calls, by number: libc has no wrappers, and the numbers are the same on every
// architecture that was added after 5.1 (alpha excepted).
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringsmith {

// Each returns the kernel's result, or -errno; none of them touches errno's meaning for the caller.
int sys_setup(uint32_t entries, void* params);
int sys_enter(int fd, uint32_t to_submit, uint32_t min_complete, uint32_t flags, const void* arg, size_t arg_bytes);
int sys_register(int fd, uint32_t opcode, const void* arg, uint32_t count);

// Monotonic milliseconds, for deadlines.
double monotonic_ms();

}  // namespace ringsmith
