// What JavaScript asks of a unit as a whole: target, diagnostics, files.
#include <cstring>
#include <string>

#include "unit_object.h"

namespace ringsmith::clang {
namespace {

Napi::Object js_diagnostic(Napi::Env env, const ParsedUnit& unit, CXDiagnostic diagnostic) {
  const Libclang& library = unit.library();
  const Position position = unit.position_of(library.clang_getDiagnosticLocation(diagnostic));
  Napi::Object object = Napi::Object::New(env);
  object.Set("severity", library.clang_getDiagnosticSeverity(diagnostic));
  object.Set("message", to_js(env, library, library.clang_getDiagnosticSpelling(diagnostic)));
  object.Set("file", position.file == nullptr
                         ? Napi::String::New(env, "")
                         : to_js(env, library, library.clang_getFileName(position.file)));
  object.Set("line", position.line);
  object.Set("column", position.column);
  object.Set("offset", position.offset);
  return object;
}

// A diagnostic, then its notes: in libclang those hang below it.
void append_diagnostic(Napi::Array list, const ParsedUnit& unit, CXDiagnostic diagnostic) {
  const Libclang& library = unit.library();
  const Napi::HandleScope scope(list.Env());
  list.Set(list.Length(), js_diagnostic(list.Env(), unit, diagnostic));
  // Owned by the diagnostic: not to be disposed of.
  const CXDiagnosticSet notes = library.clang_getChildDiagnostics(diagnostic);
  const unsigned count = notes == nullptr ? 0 : library.clang_getNumDiagnosticsInSet(notes);
  for (unsigned i = 0; i < count; ++i) {
    const CXDiagnostic note = library.clang_getDiagnosticInSet(notes, i);
    append_diagnostic(list, unit, note);
    library.clang_disposeDiagnostic(note);
  }
}

void on_inclusion(CXFile file, CXSourceLocation*, unsigned, CXClientData data) {
  static_cast<std::vector<CXFile>*>(data)->push_back(file);
}

}  // namespace

// Disposing twice is allowed: a `using` block and a finally may both do it.
Napi::Value UnitObject::dispose(const Napi::CallbackInfo& info) {
  unit_.reset();
  return info.Env().Undefined();
}

Napi::Value UnitObject::root(const Napi::CallbackInfo& info) {
  if (!check_alive(info)) return info.Env().Undefined();
  const CXCursor cursor = unit_->library().clang_getTranslationUnitCursor(unit_->handle());
  return Napi::Number::New(info.Env(), unit_->add_cursor(cursor));
}

Napi::Value UnitObject::target(const Napi::CallbackInfo& info) {
  if (!check_alive(info)) return info.Env().Undefined();
  const Libclang& library = unit_->library();
  const CXTargetInfo target = library.clang_getTranslationUnitTargetInfo(unit_->handle());
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("triple", to_js(info.Env(), library, library.clang_TargetInfo_getTriple(target)));
  object.Set("pointerBits", library.clang_TargetInfo_getPointerWidth(target));
  library.clang_TargetInfo_dispose(target);
  return object;
}

Napi::Value UnitObject::diagnostics(const Napi::CallbackInfo& info) {
  if (!check_alive(info)) return info.Env().Undefined();
  const Libclang& library = unit_->library();
  const Napi::Array list = Napi::Array::New(info.Env());
  const unsigned count = library.clang_getNumDiagnostics(unit_->handle());
  for (unsigned i = 0; i < count; ++i) {
    const CXDiagnostic diagnostic = library.clang_getDiagnostic(unit_->handle(), i);
    append_diagnostic(list, *unit_, diagnostic);
    library.clang_disposeDiagnostic(diagnostic);
  }
  return list;
}

// File indices in the order of inclusion; a file included twice is there twice.
Napi::Value UnitObject::inclusions(const Napi::CallbackInfo& info) {
  if (!check_alive(info)) return info.Env().Undefined();
  std::vector<CXFile> files;
  unit_->library().clang_getInclusions(unit_->handle(), on_inclusion, &files);
  Napi::Uint32Array indices = Napi::Uint32Array::New(info.Env(), files.size());
  for (size_t i = 0; i < files.size(); ++i) indices.Data()[i] = unit_->add_file(files[i]);
  return indices;
}

Napi::Value UnitObject::file_name(const Napi::CallbackInfo& info) {
  uint32_t index = 0;
  if (!check_alive(info) || !index_argument(info, unit_->files().size(), &index)) return info.Env().Undefined();
  if (index == 0) return Napi::String::New(info.Env(), "");
  return to_js(info.Env(), unit_->library(), unit_->library().clang_getFileName(unit_->files()[index]));
}

// libclang compares files, not spellings, so `./a.h` finds `a.h`.
Napi::Value UnitObject::file_index(const Napi::CallbackInfo& info) {
  if (!check_alive(info)) return info.Env().Undefined();
  if (!info[0].IsString()) {
    Napi::TypeError::New(info.Env(), "expected a file name").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  const std::string name = info[0].As<Napi::String>().Utf8Value();
  return Napi::Number::New(info.Env(),
                           unit_->add_file(unit_->library().clang_getFile(unit_->handle(), name.c_str())));
}

Napi::Value UnitObject::contents_of(const Napi::CallbackInfo& info) {
  uint32_t index = 0;
  if (!check_alive(info) || !index_argument(info, unit_->files().size(), &index)) return info.Env().Undefined();
  size_t size = 0;
  const CXFile file = unit_->files()[index];
  const char* const contents =
      file == nullptr ? nullptr : unit_->library().clang_getFileContents(unit_->handle(), file, &size);
  if (contents == nullptr) return info.Env().Undefined();
  Napi::Uint8Array bytes = Napi::Uint8Array::New(info.Env(), size);
  if (size > 0) std::memcpy(bytes.Data(), contents, size);
  return bytes;
}

}  // namespace ringsmith::clang
