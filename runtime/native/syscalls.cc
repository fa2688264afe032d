#include "syscalls.h"

#include <cerrno>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

namespace ringsmith {
namespace {

constexpr long kSetup = 425;
constexpr long kEnter = 426;
constexpr long kRegister = 427;

int result_of(long value) { return value < 0 ? -errno : static_cast<int>(value); }

}  // namespace

int sys_setup(uint32_t entries, void* params) { return result_of(syscall(kSetup, entries, params)); }

int sys_enter(int fd, uint32_t to_submit, uint32_t min_complete, uint32_t flags, const void* arg, size_t arg_bytes) {
  return result_of(syscall(kEnter, fd, to_submit, min_complete, flags, arg, arg_bytes));
}

int sys_register(int fd, uint32_t opcode, const void* arg, uint32_t count) {
  return result_of(syscall(kRegister, fd, opcode, arg, count));
}

double monotonic_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace ringsmith
