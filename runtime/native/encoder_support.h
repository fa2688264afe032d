// What generated encoders are written with: an SQE to fill, and the caller's arguments read by name.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "abi.h"
#include "addon_api.h"

namespace ringsmith {

// First bit and width of an SQE field that a program may name.
struct SqeField {
  const char* name;
  uint32_t start;
  uint32_t bits;
};

// The arguments of one builder call. A missing or undefined argument takes its default, or is an error without one.
// The first thing wrong becomes the pending JavaScript exception, where one can still be thrown; later reads then return
// 0 and do nothing, and what was encoded counts for nothing.
class Arguments {
 public:
  Arguments(const char* operation, Napi::Object values) : operation_(operation), values_(values) {}

  // Integers of the field's width; negative values are taken as two's complement, as C would.
  uint64_t u64(const char* name);
  uint64_t u64(const char* name, int64_t missing);
  uint32_t u32(const char* name);
  uint32_t u32(const char* name, int64_t missing);
  int32_t s32(const char* name);
  int32_t s32(const char* name, int64_t missing);
  uint16_t u16(const char* name);
  uint16_t u16(const char* name, int64_t missing);
  uint8_t u8(const char* name);
  uint8_t u8(const char* name, int64_t missing);

  // Kernel-visible memory ({address, byteLength}): its address, its length for a field of so many bits, or how many
  // iovecs it holds.
  uint64_t address(const char* name);
  uint64_t byte_length(const char* name, int bits = 32);
  uint32_t iovec_count(const char* name);
  // A field that may be given as a number or as memory.
  uint64_t u64_or_address(const char* name);
  // Copies bytes into the SQE itself.
  void bytes(const char* name, uint8_t* target, size_t room);

  // Refuses bits that no constant of the argument's family has.
  void check_family(const char* name, uint32_t known, const char* family);

  // Refuses a value that is none of the family's; `mask` has the bits that hold it.
  void check_choice(const char* name, uint32_t mask, std::initializer_list<uint32_t> values, const char* family);

  // Refuses negative numbers where the kernel knows none.
  void check_natural(const char* name);

  bool has(const char* name);
  bool failed() const { return failed_; }
  // Refuses names the SQE does not have, and two names for one place in it.
  void check_fields(const SqeField* fields, size_t count);

  // The bit that makes a new descriptor close-on-exec, unless it is inheritable or goes into a slot; or the contrary one.
  uint32_t close_on_exec(const char* slot, uint32_t bit);
  uint32_t inherited(uint32_t bit);
  // Sets a bit of a record in memory, or takes it away where `set` is 0.
  void set_record_bit(const char* name, size_t at, uint32_t bit, uint32_t set);

 private:
  Napi::Value get(const char* name);
  bool integer(const char* name, Napi::Value value, int bits, uint64_t* result);
  // An integer's lowest 32 bits; false for what is none, which is refused where it is read, or is not given.
  bool word(const char* name, uint32_t* result);
  uint64_t required(const char* name, int bits);
  uint64_t optional(const char* name, int bits, int64_t missing);
  double property(const char* name, Napi::Value memory, const char* key);
  // Not in the range of the field, and not of a kind that the field takes.
  void refuse(const char* name, const std::string& problem);
  void refuse_kind(const char* name, const std::string& problem);
  void refuse_type(const char* name, const std::string& problem);
  void throw_error(Napi::Error error, const char* code);

  const char* operation_;
  Napi::Object values_;
  bool failed_ = false;
};

struct Encoder {
  const char* name;
  uint8_t opcode;
  uint32_t sqe_bytes;
  void (*encode)(abi::io_uring_sqe& sqe, Arguments& arguments);
};

// The generated table, in opcode order.
extern const Encoder kEncoders[];
extern const size_t kEncoderCount;

// Exports what JavaScript calls:
//   encode(target: Uint8Array, position, operationName, arguments) fills the SQE at that position of the target and
//   returns true; anything else means that the target is as it was.
//   encoders() → [{name, opcode, sqeBytes}] is the table, so that it can be compared with the package.
void export_encoders(Napi::Env env, Napi::Object exports);

}  // namespace ringsmith
