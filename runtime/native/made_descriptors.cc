#include "made_descriptors.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace ringsmith {
namespace {

// More slots than a ring can have operations for; the index comes from JavaScript.
constexpr uint32_t kMostSlots = 1u << 24;
// So many operations of chosen user_data are remembered without the ring ever being idle.
constexpr size_t kMostChosen = 1u << 16;

// Adds the descriptors that a message brought.
void collect_message(const msghdr* header, std::vector<int>* descriptors) {
  for (cmsghdr* part = CMSG_FIRSTHDR(header); part != nullptr;
       part = CMSG_NXTHDR(const_cast<msghdr*>(header), part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS || part->cmsg_len < CMSG_LEN(0)) continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd = -1;
      memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      descriptors->push_back(fd);
    }
  }
}

}  // namespace

void MadeDescriptors::note(const abi::io_uring_sqe* sqe) {
  Kind kind = kKinds[sqe->opcode];
  // In a slot of the ring's table. For the installation of one the field has another meaning.
  bool direct = sqe->file_index != 0 && sqe->opcode != abi::IORING_OP_FIXED_FD_INSTALL && kind != Kind::message;
  // A multishot receive puts what came along into a buffer of the program's group.
  bool elsewhere = kind == Kind::message && (sqe->flags & static_cast<uint8_t>(abi::IOSQE_BUFFER_SELECT));
  // At the synchronous level numbers are the program's until it has seen that they are gone.
  bool its_own = kind == Kind::close && !unique_;
  if (direct || elsewhere || its_own) {
    if (!unique_) others_[mark_of(sqe->user_data)] = epoch_;
    return;
  }
  uint64_t value = kind == Kind::close ? static_cast<uint32_t>(sqe->fd) : sqe->addr;
  Maker maker{sqe->user_data, value, kind};
  if (unique_) {
    auto slot = static_cast<uint32_t>(sqe->user_data);
    if (slot >= kMostSlots) return;
    if (slot >= slots_.size()) slots_.resize(slot + slot / 2 + 16);
    slots_[slot] = maker;
    return;
  }
  if (chosen_.size() >= kMostChosen) chosen_.clear();
  auto [at, added] = chosen_.try_emplace(sqe->user_data, maker);
  bool same = at->second.kind == kind && (kind == Kind::result || at->second.value == value);
  if (!added && !same) at->second.kind = Kind::unknown;
}

void MadeDescriptors::idle() {
  if (unique_) return;
  epoch_ += 1;
  if (!chosen_.empty()) chosen_.clear();
}

const MadeDescriptors::Maker* MadeDescriptors::find(uint64_t user_data) const {
  if (unique_) {
    auto slot = static_cast<uint32_t>(user_data);
    return slot < slots_.size() && slots_[slot].user_data == user_data ? &slots_[slot] : nullptr;
  }
  auto found = chosen_.find(user_data);
  // Another operation may have the same: a number of bytes must not be taken for a descriptor.
  return found == chosen_.end() || others_[mark_of(user_data)] == epoch_ ? nullptr : &found->second;
}

void MadeDescriptors::collect(const abi::io_uring_cqe* cqe, std::vector<int>* descriptors) const {
  const Maker* maker = find(cqe->user_data);
  if (maker == nullptr) return;
  switch (maker->kind) {
    case Kind::result:
      if (cqe->res >= 0) descriptors->push_back(cqe->res);
      break;
    case Kind::pair:
      if (cqe->res >= 0) {
        const auto* pair = reinterpret_cast<const int*>(static_cast<uintptr_t>(maker->value));
        descriptors->insert(descriptors->end(), pair, pair + 2);
      }
      break;
    case Kind::message:
      if (cqe->res >= 0) collect_message(reinterpret_cast<const msghdr*>(static_cast<uintptr_t>(maker->value)), descriptors);
      break;
    case Kind::close:
      // It never began: else the descriptor is gone whatever the result.
      if (cqe->res == -ECANCELED) descriptors->push_back(static_cast<int>(maker->value));
      break;
    case Kind::none:
    case Kind::unknown:
      break;
  }
}

}  // namespace ringsmith
