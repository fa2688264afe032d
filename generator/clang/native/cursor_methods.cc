// What JavaScript asks of a cursor, where the answer is more than one value of one libclang function.
#include <string>

#include "unit_object.h"

namespace ringsmith::clang {
namespace {

int on_child(CXCursor cursor, CXCursor, CXClientData data) {
  static_cast<ParsedUnit*>(data)->add_cursor(cursor);
  return kChildVisitContinue;
}

void write_position(ParsedUnit* unit, const Position& position, uint32_t* out) {
  out[0] = unit->add_file(position.file);
  out[1] = position.line;
  out[2] = position.column;
  out[3] = position.offset;
}

// The caller's array, so that asking for a position allocates nothing; null with an error pending when it is unfit.
uint32_t* output_argument(const Napi::CallbackInfo& info, size_t length) {
  napi_typedarray_type type = napi_int8_array;
  size_t available = 0;
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(info.Env(), info[1], &type, &available, &data, nullptr, nullptr);
  if (status == napi_ok && type == napi_uint32_array && available >= length) return static_cast<uint32_t*>(data);
  Napi::TypeError::New(info.Env(), "expected a Uint32Array to write to").ThrowAsJavaScriptException();
  return nullptr;
}

Napi::Value js_evaluation(Napi::Env env, const Libclang& library, CXEvalResult result) {
  Napi::Object object = Napi::Object::New(env);
  switch (library.clang_EvalResult_getKind(result)) {
    case kEvalInt: {
      const bool is_unsigned = library.clang_EvalResult_isUnsignedInt(result) != 0;
      object.Set("kind", "int");
      if (is_unsigned) {
        const uint64_t value = library.clang_EvalResult_getAsUnsigned(result);
        object.Set("value", Napi::BigInt::New(env, value));
      } else {
        const int64_t value = library.clang_EvalResult_getAsLongLong(result);
        object.Set("value", Napi::BigInt::New(env, value));
      }
      object.Set("unsigned", is_unsigned);
      return object;
    }
    case kEvalFloat:
      object.Set("kind", "float");
      object.Set("value", library.clang_EvalResult_getAsDouble(result));
      return object;
    case kEvalStringLiteral: {
      const char* const text = library.clang_EvalResult_getAsStr(result);
      object.Set("kind", "string");
      object.Set("value", text == nullptr ? "" : text);
      return object;
    }
    default:
      return env.Undefined();
  }
}

}  // namespace

// (index, kind) pairs of the cursors from an index on: a walk asks every cursor for its kind, so it comes along.
Napi::Value UnitObject::js_cursors(Napi::Env env, size_t first_index) {
  const std::vector<CXCursor>& cursors = unit_->cursors();
  const size_t count = cursors.size() - first_index;
  if (count == 0) return env.Undefined();
  Napi::Uint32Array pairs = Napi::Uint32Array::New(env, count * 2);
  uint32_t* const data = pairs.Data();
  for (size_t i = 0; i < count; ++i) {
    data[2 * i] = static_cast<uint32_t>(first_index + i);
    data[2 * i + 1] = static_cast<uint32_t>(cursors[first_index + i].kind);
  }
  return pairs;
}

Napi::Value UnitObject::cursor_kind(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), cursor.kind);
}

Napi::Value UnitObject::cursor_identity(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), unit_->identity_of(cursor, info[0].As<Napi::Number>().Uint32Value()));
}

Napi::Value UnitObject::cursor_children(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  const size_t first_index = unit_->cursors().size();
  unit_->library().clang_visitChildren(cursor, on_child, unit_.get());
  return js_cursors(info.Env(), first_index);
}

Napi::Value UnitObject::cursor_location(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  uint32_t* const out = output_argument(info, 4);
  if (out != nullptr) {
    const CXSourceLocation location = unit_->library().clang_getCursorLocation(cursor);
    write_position(unit_.get(), unit_->position_of(location), out);
  }
  return info.Env().Undefined();
}

Napi::Value UnitObject::cursor_extent(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  uint32_t* const out = output_argument(info, 8);
  if (out == nullptr) return info.Env().Undefined();
  const Libclang& library = unit_->library();
  const CXSourceRange range = library.clang_getCursorExtent(cursor);
  write_position(unit_.get(), unit_->position_of(library.clang_getRangeStart(range)), out);
  write_position(unit_.get(), unit_->position_of(library.clang_getRangeEnd(range)), out + 4);
  return info.Env().Undefined();
}

Napi::Value UnitObject::cursor_written_extent(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  uint32_t* const out = output_argument(info, 8);
  if (out == nullptr) return info.Env().Undefined();
  const Libclang& library = unit_->library();
  const CXSourceRange range = library.clang_getCursorExtent(cursor);
  write_position(unit_.get(), unit_->written_position_of(library.clang_getRangeStart(range)), out);
  write_position(unit_.get(), unit_->written_position_of(library.clang_getRangeEnd(range)), out + 4);
  return info.Env().Undefined();
}

Napi::Value UnitObject::cursor_enum_value(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  const int64_t value = unit_->library().clang_getEnumConstantDeclValue(cursor);
  return Napi::BigInt::New(info.Env(), value);
}

Napi::Value UnitObject::cursor_enum_value_unsigned(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  const uint64_t value = unit_->library().clang_getEnumConstantDeclUnsignedValue(cursor);
  return Napi::BigInt::New(info.Env(), value);
}

Napi::Value UnitObject::cursor_evaluate(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  const Libclang& library = unit_->library();
  const CXEvalResult result = library.clang_Cursor_Evaluate(cursor);
  if (result == nullptr) return info.Env().Undefined();
  const Napi::Value value = js_evaluation(info.Env(), library, result);
  library.clang_EvalResult_dispose(result);
  return value;
}

}  // namespace ringsmith::clang
