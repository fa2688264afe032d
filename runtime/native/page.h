// The size of a page: 4 KiB on x86-64; 4, 16 or 64 KiB on arm64, as the kernel was built.
#pragma once

#include <cstddef>
#include <unistd.h>

namespace ringsmith {

inline size_t page_bytes() {
  static const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

inline size_t whole_pages(size_t bytes) { return (bytes + page_bytes() - 1) / page_bytes() * page_bytes(); }

}  // namespace ringsmith
