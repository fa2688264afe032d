// Construction, checks and the list of methods of the JavaScript object.
#include "unit_object.h"

#include <string>

namespace ringsmith::clang {
namespace {

bool read_strings(const Napi::Value& value, std::vector<std::string>* strings) {
  if (!value.IsArray()) return false;
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value element = array.Get(i);
    if (!element.IsString()) return false;
    strings->push_back(element.As<Napi::String>().Utf8Value());
  }
  return true;
}

bool read_request(const Napi::CallbackInfo& info, ParseRequest* request) {
  if (info.Length() < 6 || !info[0].IsNumber() || !info[1].IsString() || !info[5].IsNumber()) return false;
  request->file_name = info[1].As<Napi::String>().Utf8Value();
  request->options = info[5].As<Napi::Number>().Uint32Value();
  return read_strings(info[2], &request->arguments) && read_strings(info[3], &request->unsaved_names) &&
         read_strings(info[4], &request->unsaved_contents) &&
         request->unsaved_names.size() == request->unsaved_contents.size();
}

const char* error_name(int code) {
  switch (code) {
    case 0: return "CXError_Success without a unit";
    case 1: return "CXError_Failure";
    case 2: return "CXError_Crashed";
    case 3: return "CXError_InvalidArguments";
    case 4: return "CXError_ASTReadError";
    default: return "an unknown CXErrorCode";
  }
}

}  // namespace

Napi::Value to_js(Napi::Env env, const Libclang& library, CXString text) {
  const char* const characters = library.clang_getCString(text);
  const Napi::Value value = Napi::String::New(env, characters == nullptr ? "" : characters);
  library.clang_disposeString(text);
  return value;
}

UnitObject::UnitObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<UnitObject>(info) {
  ParseRequest request;
  if (!read_request(info, &request)) {
    if (info.Env().IsExceptionPending()) return;
    Napi::TypeError::New(info.Env(), "TranslationUnit: bad arguments").ThrowAsJavaScriptException();
    return;
  }
  const Libclang* const library = libclang_at(info[0].As<Napi::Number>().Uint32Value());
  if (library == nullptr) {
    Napi::Error::New(info.Env(), "TranslationUnit: no such library").ThrowAsJavaScriptException();
    return;
  }
  int error = 0;
  unit_ = ParsedUnit::parse(*library, request, &error);
  if (unit_ != nullptr) return;
  const std::string message = "libclang could not parse " + request.file_name + ": " + error_name(error);
  Napi::Error::New(info.Env(), message).ThrowAsJavaScriptException();
}

bool UnitObject::check_alive(const Napi::CallbackInfo& info) {
  if (unit_ != nullptr) return true;
  Napi::Error::New(info.Env(), "the translation unit has been disposed of").ThrowAsJavaScriptException();
  return false;
}

bool UnitObject::index_argument(const Napi::CallbackInfo& info, size_t limit, uint32_t* index) {
  if (napi_get_value_uint32(info.Env(), info[0], index) == napi_ok && *index < limit) return true;
  Napi::RangeError::New(info.Env(), "no such index in the translation unit").ThrowAsJavaScriptException();
  return false;
}

bool UnitObject::cursor_argument(const Napi::CallbackInfo& info, CXCursor* cursor) {
  uint32_t index = 0;
  if (!check_alive(info) || !index_argument(info, unit_->cursors().size(), &index)) return false;
  *cursor = unit_->cursors()[index];
  // libclang tolerates the invalid type everywhere, but not a cursor that is none.
  if (index != 0) return true;
  Napi::RangeError::New(info.Env(), "no cursor has index 0").ThrowAsJavaScriptException();
  return false;
}

bool UnitObject::type_argument(const Napi::CallbackInfo& info, CXType* type) {
  uint32_t index = 0;
  if (!check_alive(info) || !index_argument(info, unit_->types().size(), &index)) return false;
  *type = unit_->types()[index];
  return true;
}

Napi::Function UnitObject::define(Napi::Env env) {
  using F = LibclangFunctions;
  using U = UnitObject;
  return DefineClass(
      env, "TranslationUnit",
      {
          InstanceMethod<&U::dispose>("dispose"),
          InstanceMethod<&U::root>("root"),
          InstanceMethod<&U::target>("target"),
          InstanceMethod<&U::diagnostics>("diagnostics"),
          InstanceMethod<&U::inclusions>("inclusions"),
          InstanceMethod<&U::file_name>("fileName"),
          InstanceMethod<&U::file_index>("fileIndex"),
          InstanceMethod<&U::contents_of>("contentsOf"),
          InstanceMethod<&U::tokens_of>("tokensOf"),
          InstanceMethod<&U::cursor_kind>("cursorKind"),
          InstanceMethod<&U::cursor_identity>("cursorIdentity"),
          InstanceMethod<&U::cursor_children>("cursorChildren"),
          InstanceMethod<&U::cursor_location>("cursorLocation"),
          InstanceMethod<&U::cursor_extent>("cursorExtent"),
          InstanceMethod<&U::cursor_written_extent>("cursorWrittenExtent"),
          InstanceMethod<&U::cursor_enum_value>("cursorEnumValue"),
          InstanceMethod<&U::cursor_enum_value_unsigned>("cursorEnumValueUnsigned"),
          InstanceMethod<&U::cursor_evaluate>("cursorEvaluate"),
          InstanceMethod<&U::cursor_tokens>("cursorTokens"),
          InstanceMethod<&U::cursor_text<&F::clang_getCursorSpelling>>("cursorSpelling"),
          InstanceMethod<&U::cursor_flag<&F::clang_isCursorDefinition>>("isDefinition"),
          InstanceMethod<&U::cursor_flag<&F::clang_isInvalidDeclaration>>("isInvalidDeclaration"),
          InstanceMethod<&U::cursor_flag<&F::clang_Cursor_isAnonymous>>("isAnonymous"),
          InstanceMethod<&U::cursor_flag<&F::clang_Cursor_isAnonymousRecordDecl>>("isAnonymousRecord"),
          InstanceMethod<&U::cursor_flag<&F::clang_Cursor_isBitField>>("isBitField"),
          InstanceMethod<&U::cursor_flag<&F::clang_Cursor_isMacroFunctionLike>>("isMacroFunctionLike"),
          InstanceMethod<&U::cursor_flag<&F::clang_Cursor_isMacroBuiltin>>("isMacroBuiltin"),
          InstanceMethod<&U::cursor_number<&F::clang_getFieldDeclBitWidth>>("bitFieldWidth"),
          InstanceMethod<&U::cursor_number<&F::clang_Cursor_getOffsetOfField>>("offsetOfField"),
          InstanceMethod<&U::cursor_type<&F::clang_getCursorType>>("cursorType"),
          InstanceMethod<&U::cursor_type<&F::clang_getEnumDeclIntegerType>>("enumIntegerType"),
          InstanceMethod<&U::cursor_type<&F::clang_getTypedefDeclUnderlyingType>>("underlyingTypedefType"),
          InstanceMethod<&U::cursor_link<&F::clang_getCursorReferenced>>("referenced"),
          InstanceMethod<&U::cursor_link<&F::clang_getCursorDefinition>>("definition"),
          InstanceMethod<&U::cursor_link<&F::clang_getCursorSemanticParent>>("semanticParent"),
          InstanceMethod<&U::cursor_operator<&F::clang_getCursorBinaryOperatorKind,
                                             &F::clang_getBinaryOperatorKindSpelling>>("binaryOperator"),
          InstanceMethod<&U::cursor_operator<&F::clang_getCursorUnaryOperatorKind,
                                             &F::clang_getUnaryOperatorKindSpelling>>("unaryOperator"),
          InstanceMethod<&U::type_kind>("typeKind"),
          InstanceMethod<&U::type_spelling>("typeSpelling"),
          InstanceMethod<&U::type_declaration>("typeDeclaration"),
          InstanceMethod<&U::type_fields>("typeFields"),
          InstanceMethod<&U::type_number<&F::clang_Type_getSizeOf>>("typeSize"),
          InstanceMethod<&U::type_number<&F::clang_Type_getAlignOf>>("typeAlign"),
          InstanceMethod<&U::type_number<&F::clang_getArraySize>>("arraySize"),
          InstanceMethod<&U::type_link<&F::clang_getCanonicalType>>("canonical"),
          InstanceMethod<&U::type_link<&F::clang_getArrayElementType>>("arrayElement"),
          InstanceMethod<&U::type_link<&F::clang_getPointeeType>>("pointee"),
          InstanceMethod<&U::type_link<&F::clang_getResultType>>("result"),
      });
}

}  // namespace ringsmith::clang
