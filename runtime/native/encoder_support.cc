#include "encoder_support.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>


namespace ringsmith {
namespace {

constexpr double kMaxSafe = 9007199254740991.0;
constexpr uint32_t kIovecBytes = 16;

// Whether the 64-bit pattern `raw` (negative: it came from a negative number) fits a field of `bits` bits, counting
// negative numbers as two's complement.
bool fits(uint64_t raw, bool negative, int bits) {
  if (bits == 64) return true;
  if (negative) return static_cast<int64_t>(raw) >= -(int64_t{1} << (bits - 1));
  return raw < (uint64_t{1} << bits);
}

const Encoder* find_encoder(const std::string& name) {
  for (size_t i = 0; i < kEncoderCount; i++) {
    if (name == kEncoders[i].name) return &kEncoders[i];
  }
  return nullptr;
}

}  // namespace

Napi::Value Arguments::get(const char* name) {
  if (failed_) return values_.Env().Undefined();
  Napi::Value value = values_.Get(name);
  // A getter threw, or the environment is being torn down.
  failed_ = value.IsEmpty();
  return failed_ ? values_.Env().Undefined() : value;
}

void Arguments::throw_error(Napi::Error error, const char* code) {
  failed_ = true;
  error.Set("code", code);
  error.ThrowAsJavaScriptException();
}

void Arguments::refuse(const char* name, const std::string& problem) {
  Napi::Env env = values_.Env();
  if (failed_) return;
  throw_error(Napi::RangeError::New(env, std::string(operation_) + ": " + name + " " + problem), "ERR_OUT_OF_RANGE");
}

void Arguments::refuse_kind(const char* name, const std::string& problem) {
  Napi::Env env = values_.Env();
  if (failed_) return;
  throw_error(Napi::TypeError::New(env, std::string(operation_) + ": " + name + " " + problem),
              "ERR_INVALID_ARG_VALUE");
}

void Arguments::refuse_type(const char* name, const std::string& problem) {
  Napi::Env env = values_.Env();
  if (failed_) return;
  throw_error(Napi::TypeError::New(env, std::string(operation_) + ": " + name + " " + problem),
              "ERR_INVALID_ARG_TYPE");
}

bool Arguments::integer(const char* name, Napi::Value value, int bits, uint64_t* result) {
  uint64_t raw = 0;
  bool negative = false;
  if (value.IsNumber()) {
    double number = value.As<Napi::Number>().DoubleValue();
    if (!(std::fabs(number) <= kMaxSafe) || number != std::floor(number)) {
      refuse(name, "must be a safe integer or a bigint");
      return false;
    }
    negative = number < 0;
    raw = static_cast<uint64_t>(static_cast<int64_t>(number));
  } else if (value.IsBigInt()) {
    bool lossless = false;
    int64_t as_signed = value.As<Napi::BigInt>().Int64Value(&lossless);
    raw = static_cast<uint64_t>(as_signed);
    negative = lossless && as_signed < 0;
    if (!lossless) raw = value.As<Napi::BigInt>().Uint64Value(&lossless);
    if (!lossless) {
      refuse(name, "does not fit 64 bits");
      return false;
    }
  } else {
    refuse_type(name, value.IsUndefined() ? "is missing" : "must be an integer");
    return false;
  }
  if (!fits(raw, negative, bits)) {
    refuse(name, "does not fit " + std::to_string(bits) + " bits");
    return false;
  }
  *result = raw;
  return true;
}

uint64_t Arguments::required(const char* name, int bits) {
  uint64_t raw = 0;
  Napi::Value value = get(name);
  if (value.IsUndefined()) {
    refuse_type(name, "is missing");
    return 0;
  }
  return integer(name, value, bits, &raw) ? raw : 0;
}

uint64_t Arguments::optional(const char* name, int bits, int64_t missing) {
  return has(name) ? required(name, bits) : static_cast<uint64_t>(missing);
}

uint64_t Arguments::u64(const char* name) { return required(name, 64); }
uint64_t Arguments::u64(const char* name, int64_t missing) { return optional(name, 64, missing); }
uint32_t Arguments::u32(const char* name) { return static_cast<uint32_t>(required(name, 32)); }
uint32_t Arguments::u32(const char* name, int64_t missing) {
  return static_cast<uint32_t>(optional(name, 32, missing));
}
int32_t Arguments::s32(const char* name) { return static_cast<int32_t>(required(name, 32)); }
int32_t Arguments::s32(const char* name, int64_t missing) {
  return static_cast<int32_t>(optional(name, 32, missing));
}
uint16_t Arguments::u16(const char* name) { return static_cast<uint16_t>(required(name, 16)); }
uint16_t Arguments::u16(const char* name, int64_t missing) {
  return static_cast<uint16_t>(optional(name, 16, missing));
}
uint8_t Arguments::u8(const char* name) { return static_cast<uint8_t>(required(name, 8)); }
uint8_t Arguments::u8(const char* name, int64_t missing) { return static_cast<uint8_t>(optional(name, 8, missing)); }

bool Arguments::word(const char* name, uint32_t* result) {
  Napi::Value value = get(name);
  if (failed_) return false;
  if (value.IsBigInt()) {
    bool lossless = false;
    int64_t number = value.As<Napi::BigInt>().Int64Value(&lossless);
    *result = static_cast<uint32_t>(number);
    return lossless && number >= INT32_MIN && number <= int64_t{UINT32_MAX};
  }
  if (!value.IsNumber()) return false;
  double number = value.As<Napi::Number>().DoubleValue();
  if (!(std::fabs(number) <= kMaxSafe) || number != std::floor(number)) return false;
  *result = static_cast<uint32_t>(static_cast<int64_t>(number));
  return true;
}

void Arguments::check_family(const char* name, uint32_t known, const char* family) {
  uint32_t bits = 0;
  if (!word(name, &bits) || (bits & ~known) == 0) return;
  refuse(name, std::string("has bits that no constant of ") + family + " has");
}

void Arguments::check_choice(const char* name, uint32_t mask, std::initializer_list<uint32_t> values,
                             const char* family) {
  uint32_t bits = 0;
  if (!word(name, &bits) || std::find(values.begin(), values.end(), bits & mask) != values.end()) return;
  refuse(name, std::string("is no value that ") + family + " has");
}

void Arguments::check_natural(const char* name) {
  Napi::Value value = get(name);
  if (failed_) return;
  bool negative = false;
  if (value.IsNumber()) negative = value.As<Napi::Number>().DoubleValue() < 0;
  if (value.IsBigInt()) {
    bool lossless = false;
    negative = value.As<Napi::BigInt>().Int64Value(&lossless) < 0 && lossless;
  }
  if (negative) refuse(name, "must not be negative");
}

bool Arguments::has(const char* name) { return !get(name).IsUndefined(); }

double Arguments::property(const char* name, Napi::Value memory, const char* key) {
  if (!memory.IsObject()) {
    refuse_kind(name, "must be memory of the ring");
    return 0;
  }
  Napi::Value value = memory.As<Napi::Object>().Get(key);
  if (value.IsEmpty() || !value.IsNumber()) {
    refuse_kind(name, "must be memory of the ring");
    return 0;
  }
  return value.As<Napi::Number>().DoubleValue();
}

uint64_t Arguments::address(const char* name) {
  return static_cast<uint64_t>(property(name, get(name), "address"));
}

uint64_t Arguments::byte_length(const char* name, int bits) {
  double length = property(name, get(name), "byteLength");
  if (length >= std::ldexp(1.0, bits)) {
    refuse(name, "is longer than " + std::to_string(bits) + " bits can say");
    return 0;
  }
  return static_cast<uint64_t>(length);
}

uint32_t Arguments::iovec_count(const char* name) {
  return static_cast<uint32_t>(byte_length(name, 64) / kIovecBytes);
}

uint64_t Arguments::u64_or_address(const char* name) { return get(name).IsObject() ? address(name) : u64(name); }

uint32_t Arguments::close_on_exec(const char* slot, uint32_t bit) {
  Napi::Value inheritable = get("inheritable");
  if (!inheritable.IsUndefined() && !inheritable.IsBoolean()) {
    refuse_type("inheritable", "must be true or false");
    return 0;
  }
  if (inheritable.IsBoolean() && inheritable.As<Napi::Boolean>().Value()) return 0;
  // Nothing inherits a direct descriptor, and the kernel refuses the bit.
  return slot != nullptr && optional(slot, 32, 0) != 0 ? 0 : bit;
}

uint32_t Arguments::inherited(uint32_t bit) { return close_on_exec(nullptr, bit) == 0 ? bit : 0; }

void Arguments::set_record_bit(const char* name, size_t at, uint32_t bit, uint32_t set) {
  uint64_t start = address(name);
  if (failed_ || start == 0 || byte_length(name, 64) < at + sizeof bit) return;
  uint32_t word = 0;
  void* place = reinterpret_cast<void*>(static_cast<uintptr_t>(start) + at);
  memcpy(&word, place, sizeof word);
  word = set == 0 ? word & ~bit : word | bit;
  memcpy(place, &word, sizeof word);
}

void Arguments::bytes(const char* name, uint8_t* target, size_t room) {
  Napi::Value value = get(name);
  if (value.IsUndefined()) return;
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    refuse_kind(name, "must be a Uint8Array");
    return;
  }
  auto source = value.As<Napi::Uint8Array>();
  if (source.ByteLength() > room) {
    refuse(name, "has more than " + std::to_string(room) + " bytes");
    return;
  }
  if (source.ByteLength() > 0) memcpy(target, source.Data(), source.ByteLength());
}

void Arguments::check_fields(const SqeField* fields, size_t count) {
  Napi::Array names = values_.GetPropertyNames();
  failed_ = failed_ || names.IsEmpty();
  if (failed_) return;
  std::vector<const SqeField*> given;
  for (uint32_t i = 0; i < names.Length(); i++) {
    std::string name = names.Get(i).As<Napi::String>().Utf8Value();
    if (name == "sqeFlags" || name == "personality" || name == "userData" || !has(name.c_str())) continue;
    const SqeField* field = std::find_if(fields, fields + count, [&](const SqeField& f) { return name == f.name; });
    if (field == fields + count) {
      refuse_kind(name.c_str(), "is no field of the SQE");
      return;
    }
    for (const SqeField* other : given) {
      if (field->start < other->start + other->bits && other->start < field->start + field->bits) {
        refuse_kind(field->name, std::string("shares one place in the SQE with ") + other->name);
        return;
      }
    }
    given.push_back(field);
  }
}

namespace {

Napi::Value encode(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const Encoder* encoder = find_encoder(info[2].As<Napi::String>().Utf8Value());
  if (encoder == nullptr) {
    Napi::Error::New(env, "no native encoder of that name").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  auto bytes = info[0].As<Napi::Uint8Array>();
  size_t start = static_cast<size_t>(info[1].As<Napi::Number>().Uint32Value()) * encoder->sqe_bytes;
  if (start + encoder->sqe_bytes > bytes.ByteLength()) {
    Napi::RangeError::New(env, std::string(encoder->name) + ": the SQE has no room there").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  // Encoded aside first, so that a refused argument leaves the target as it was.
  alignas(8) uint8_t aside[128] = {};
  Arguments arguments(encoder->name, info[3].As<Napi::Object>());
  encoder->encode(*reinterpret_cast<abi::io_uring_sqe*>(aside), arguments);
  if (arguments.failed()) return env.Undefined();
  memcpy(bytes.Data() + start, aside, encoder->sqe_bytes);
  return Napi::Boolean::New(env, true);
}

Napi::Value encoders(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto list = Napi::Array::New(env, kEncoderCount);
  for (uint32_t i = 0; i < kEncoderCount; i++) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", kEncoders[i].name);
    entry.Set("opcode", kEncoders[i].opcode);
    entry.Set("sqeBytes", kEncoders[i].sqe_bytes);
    list.Set(i, entry);
  }
  return list;
}

}  // namespace

void export_encoders(Napi::Env env, Napi::Object exports) {
  exports.Set("encode", Napi::Function::New<encode>(env, "encode"));
  exports.Set("encoders", Napi::Function::New<encoders>(env, "encoders"));
}

}  // namespace ringsmith
