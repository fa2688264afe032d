// A memory mapping that unmaps itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/mman.h>
#include <utility>

namespace ringsmith {

class Mapping {
 public:
  Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  Mapping(Mapping&& other) noexcept { swap(other); }
  Mapping& operator=(Mapping&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Mapping() { reset(); }

  // Maps `bytes` of `fd` at `offset`, or private zeroed memory when fd is -1. Returns false with errno set.
  bool map(int fd, size_t bytes, uint64_t offset) {
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED | MAP_POPULATE;
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, fd, static_cast<off_t>(offset));
    if (at == MAP_FAILED) return false;
    reset();
    base_ = static_cast<uint8_t*>(at);
    bytes_ = bytes;
    return true;
  }

  void reset() {
    if (base_ != nullptr) munmap(base_, bytes_);
    base_ = nullptr;
    bytes_ = 0;
  }

  // Gives the memory up without unmapping it: what a kernel may still write to must never be reused.
  void leak() {
    base_ = nullptr;
    bytes_ = 0;
  }

  uint8_t* data() const { return base_; }
  size_t size() const { return bytes_; }

 private:
  void swap(Mapping& other) {
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
  }

  uint8_t* base_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace ringsmith
