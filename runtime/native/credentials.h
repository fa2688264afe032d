// Whose rights a ring has. An SQPOLL ring's kernel thread keeps the credentials of whoever made the ring.
#pragma once

#include <cstdint>
#include <vector>

#include <sys/types.h>

namespace ringsmith {

// What decides over access in the kernel: the file-system ids, which follow the effective ones, the supplementary groups,
// and the effective capabilities.
struct Credentials {
  uid_t user = 0;
  gid_t group = 0;
  uint64_t capabilities = 0;
  // Nothing of them can ever change: a process without capabilities that has one identity. It is spared the system calls.
  bool fixed = false;
  std::vector<gid_t> groups;

  // Those of the calling thread, by four system calls.
  static Credentials current();
  // The same without allocating anything.
  bool are_current() const;
};

}  // namespace ringsmith
