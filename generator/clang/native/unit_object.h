// The JavaScript object around a parsed unit. Its methods take indices into the unit's tables; a disposed unit or an
// index out of range throws a JavaScript error, and nothing else ever happens.
#pragma once

#include <napi.h>

#include <memory>

#include "parsed_unit.h"

namespace ringsmith::clang {

Napi::Value to_js(Napi::Env env, const Libclang& library, CXString text);

class UnitObject : public Napi::ObjectWrap<UnitObject> {
 public:
  static Napi::Function define(Napi::Env env);
  // (library handle, file name, arguments, unsaved names, unsaved contents, option bits)
  explicit UnitObject(const Napi::CallbackInfo& info);

 private:
  // Each returns false with a JavaScript error pending.
  bool check_alive(const Napi::CallbackInfo& info);
  bool index_argument(const Napi::CallbackInfo& info, size_t limit, uint32_t* index);
  bool cursor_argument(const Napi::CallbackInfo& info, CXCursor* cursor);
  bool type_argument(const Napi::CallbackInfo& info, CXType* type);

  Napi::Value js_cursors(Napi::Env env, size_t first_index);
  Napi::Value js_tokens(Napi::Env env, CXFile file, unsigned start, unsigned end);

  // The unit itself.
  Napi::Value dispose(const Napi::CallbackInfo& info);
  Napi::Value root(const Napi::CallbackInfo& info);
  Napi::Value target(const Napi::CallbackInfo& info);
  Napi::Value diagnostics(const Napi::CallbackInfo& info);
  Napi::Value inclusions(const Napi::CallbackInfo& info);
  Napi::Value file_name(const Napi::CallbackInfo& info);
  Napi::Value file_index(const Napi::CallbackInfo& info);
  Napi::Value contents_of(const Napi::CallbackInfo& info);
  Napi::Value tokens_of(const Napi::CallbackInfo& info);

  // Cursors.
  Napi::Value cursor_kind(const Napi::CallbackInfo& info);
  Napi::Value cursor_identity(const Napi::CallbackInfo& info);
  Napi::Value cursor_children(const Napi::CallbackInfo& info);
  Napi::Value cursor_location(const Napi::CallbackInfo& info);
  Napi::Value cursor_extent(const Napi::CallbackInfo& info);
  Napi::Value cursor_written_extent(const Napi::CallbackInfo& info);
  Napi::Value cursor_enum_value(const Napi::CallbackInfo& info);
  Napi::Value cursor_enum_value_unsigned(const Napi::CallbackInfo& info);
  Napi::Value cursor_evaluate(const Napi::CallbackInfo& info);
  Napi::Value cursor_tokens(const Napi::CallbackInfo& info);

  // Types.
  Napi::Value type_kind(const Napi::CallbackInfo& info);
  Napi::Value type_spelling(const Napi::CallbackInfo& info);
  Napi::Value type_declaration(const Napi::CallbackInfo& info);
  Napi::Value type_fields(const Napi::CallbackInfo& info);

  // One method for each shape of libclang function; the function itself is the template's argument.
  template <auto Function>
  Napi::Value cursor_flag(const Napi::CallbackInfo& info);
  template <auto Function>
  Napi::Value cursor_number(const Napi::CallbackInfo& info);
  template <auto Function>
  Napi::Value cursor_text(const Napi::CallbackInfo& info);
  template <auto Function>
  Napi::Value cursor_type(const Napi::CallbackInfo& info);
  template <auto Function>
  Napi::Value cursor_link(const Napi::CallbackInfo& info);
  template <auto KindFunction, auto SpellingFunction>
  Napi::Value cursor_operator(const Napi::CallbackInfo& info);
  template <auto Function>
  Napi::Value type_number(const Napi::CallbackInfo& info);
  template <auto Function>
  Napi::Value type_link(const Napi::CallbackInfo& info);

  std::unique_ptr<ParsedUnit> unit_;
};

template <auto Function>
Napi::Value UnitObject::cursor_flag(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), (unit_->library().*Function)(cursor) != 0);
}

template <auto Function>
Napi::Value UnitObject::cursor_number(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>((unit_->library().*Function)(cursor)));
}

template <auto Function>
Napi::Value UnitObject::cursor_text(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  return to_js(info.Env(), unit_->library(), (unit_->library().*Function)(cursor));
}

template <auto Function>
Napi::Value UnitObject::cursor_type(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), unit_->add_type((unit_->library().*Function)(cursor)));
}

template <auto Function>
Napi::Value UnitObject::cursor_link(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), unit_->add_cursor((unit_->library().*Function)(cursor)));
}

template <auto KindFunction, auto SpellingFunction>
Napi::Value UnitObject::cursor_operator(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  const Libclang& library = unit_->library();
  if (library.*KindFunction == nullptr || library.*SpellingFunction == nullptr) return info.Env().Undefined();
  const int kind = (library.*KindFunction)(cursor);
  if (kind == 0) return info.Env().Undefined();
  return to_js(info.Env(), library, (library.*SpellingFunction)(kind));
}

template <auto Function>
Napi::Value UnitObject::type_number(const Napi::CallbackInfo& info) {
  CXType type;
  if (!type_argument(info, &type)) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>((unit_->library().*Function)(type)));
}

template <auto Function>
Napi::Value UnitObject::type_link(const Napi::CallbackInfo& info) {
  CXType type;
  if (!type_argument(info, &type)) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), unit_->add_type((unit_->library().*Function)(type)));
}

}  // namespace ringsmith::clang
