// What JavaScript asks of a type, where the answer is more than one value of one libclang function.
#include "unit_object.h"

namespace ringsmith::clang {
namespace {

int on_field(CXCursor field, CXClientData data) {
  static_cast<ParsedUnit*>(data)->add_cursor(field);
  return kFieldVisitContinue;
}

}  // namespace

Napi::Value UnitObject::type_kind(const Napi::CallbackInfo& info) {
  CXType type;
  if (!type_argument(info, &type)) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), type.kind);
}

Napi::Value UnitObject::type_spelling(const Napi::CallbackInfo& info) {
  CXType type;
  if (!type_argument(info, &type)) return info.Env().Undefined();
  return to_js(info.Env(), unit_->library(), unit_->library().clang_getTypeSpelling(type));
}

Napi::Value UnitObject::type_declaration(const Napi::CallbackInfo& info) {
  CXType type;
  if (!type_argument(info, &type)) return info.Env().Undefined();
  if (type.kind == kTypeInvalid) return Napi::Number::New(info.Env(), 0);
  return Napi::Number::New(info.Env(), unit_->add_cursor(unit_->library().clang_getTypeDeclaration(type)));
}

// The canonical type is asked, because a typedef's declaration is no record and would have no fields.
Napi::Value UnitObject::type_fields(const Napi::CallbackInfo& info) {
  CXType type;
  if (!type_argument(info, &type)) return info.Env().Undefined();
  const size_t first_index = unit_->cursors().size();
  if (type.kind != kTypeInvalid) {
    const CXType canonical = unit_->library().clang_getCanonicalType(type);
    unit_->library().clang_Type_visitFields(canonical, on_field, unit_.get());
  }
  return js_cursors(info.Env(), first_index);
}

}  // namespace ringsmith::clang
