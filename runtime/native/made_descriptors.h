// Which operations in flight make ordinary descriptors, so that those are closed whose completions nobody will see: because
// the environment ended, or the ring was closed before they were taken. Direct descriptors go with the ring.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "abi.h"

namespace ringsmith {

class MadeDescriptors {
 public:
  MadeDescriptors() : others_(kMarks, 0) {}

  // At the promise level the low word of user_data is a slot's index and the high word its generation, so that no two
  // operations have the same. Else the program chooses it.
  void slots_are_unique() { unique_ = true; }
  bool unique() const { return unique_; }

  // An SQE is about to be shown to the kernel. Called for each.
  void submitting(const abi::io_uring_sqe* sqe) {
    if (kKinds[sqe->opcode] != Kind::none) {
      note(sqe);
    } else if (!unique_) {
      others_[mark_of(sqe->user_data)] = epoch_;
    }
  }

  // Nothing was in flight when the next SQE came.
  void idle();

  // What a completion that nobody will see has made, or was to close and did not.
  void collect(const abi::io_uring_cqe* cqe, std::vector<int>* descriptors) const;

 private:
  enum class Kind : uint8_t {
    none,
    // The result is the descriptor.
    result,
    // Two in memory.
    pair,
    // Those in the control data of a message.
    message,
    // One is closed, unless the operation is cancelled.
    close,
    // More than one kind with the same user_data.
    unknown,
  };
  struct Maker {
    uint64_t user_data = 0;
    // Where the pair or the message header is, or the descriptor to be closed.
    uint64_t value = 0;
    Kind kind = Kind::none;
  };
  static constexpr uint32_t kMarks = 4096;

  static constexpr std::array<Kind, 256> kinds() {
    std::array<Kind, 256> table{};
    table[abi::IORING_OP_OPENAT] = table[abi::IORING_OP_OPENAT2] = Kind::result;
    table[abi::IORING_OP_ACCEPT] = table[abi::IORING_OP_SOCKET] = table[abi::IORING_OP_FIXED_FD_INSTALL] = Kind::result;
    table[abi::IORING_OP_PIPE] = Kind::pair;
    table[abi::IORING_OP_RECVMSG] = Kind::message;
    table[abi::IORING_OP_CLOSE] = Kind::close;
    return table;
  }
  static const std::array<Kind, 256> kKinds;
  static uint32_t mark_of(uint64_t user_data) {
    return static_cast<uint32_t>((user_data ^ (user_data >> 12) ^ (user_data >> 32)) & (kMarks - 1));
  }
  void note(const abi::io_uring_sqe* sqe);
  const Maker* find(uint64_t user_data) const;

  bool unique_ = false;
  // By slot, each the last operation of the kind that the slot had; a generation is never used again.
  std::vector<Maker> slots_;
  // By user_data, since the ring was idle.
  std::unordered_map<uint64_t, Maker> chosen_;
  // The user_data of operations of no kind, as far as a hash tells, by the idle period they were submitted in.
  std::vector<uint32_t> others_;
  uint32_t epoch_ = 1;
};

// Where it can be looked up without a call, for every SQE.
inline constexpr std::array<MadeDescriptors::Kind, 256> MadeDescriptors::kKinds = MadeDescriptors::kinds();

}  // namespace ringsmith
