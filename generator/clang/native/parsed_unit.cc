// Parsing, and the tables of a parsed unit.
#include "parsed_unit.h"

#include <functional>

namespace ringsmith::clang {

size_t ParsedUnit::TypeHash::operator()(const CXType& type) const {
  return std::hash<const void*>()(type.data[0]) * 31 + static_cast<size_t>(type.kind);
}

// data[1] is the unit, the same for all types of one table.
bool ParsedUnit::TypeEqual::operator()(const CXType& left, const CXType& right) const {
  return left.kind == right.kind && left.data[0] == right.data[0];
}

ParsedUnit::ParsedUnit(const Libclang& library, CXIndex index)
    : library_(library),
      index_(index),
      identities_(16, CursorHash{&library}, CursorEqual{&library}) {
  cursors_.push_back(CXCursor{});
  types_.push_back(CXType{});
  files_.push_back(nullptr);
}

ParsedUnit::~ParsedUnit() {
  if (unit_ != nullptr) library_.clang_disposeTranslationUnit(unit_);
  library_.clang_disposeIndex(index_);
}

std::unique_ptr<ParsedUnit> ParsedUnit::parse(const Libclang& library, const ParseRequest& request, int* error) {
  const CrashRecoveryScope crash_recovery(library);
  std::vector<const char*> arguments;
  for (const std::string& argument : request.arguments) arguments.push_back(argument.c_str());
  std::vector<CXUnsavedFile> unsaved;
  for (size_t i = 0; i < request.unsaved_names.size(); ++i) {
    const std::string& contents = request.unsaved_contents[i];
    unsaved.push_back({request.unsaved_names[i].c_str(), contents.c_str(), contents.size()});
  }
  // Neither declarations from a precompiled header nor diagnostics on stderr are wanted.
  std::unique_ptr<ParsedUnit> parsed(new ParsedUnit(library, library.clang_createIndex(0, 0)));
  *error = library.clang_parseTranslationUnit2(parsed->index_, request.file_name.c_str(), arguments.data(),
                                               static_cast<int>(arguments.size()), unsaved.data(),
                                               static_cast<unsigned>(unsaved.size()), request.options,
                                               &parsed->unit_);
  if (*error != kErrorSuccess || parsed->unit_ == nullptr) return nullptr;
  return parsed;
}

uint32_t ParsedUnit::add_cursor(const CXCursor& cursor) {
  if (library_.clang_isInvalid(cursor.kind) != 0 || cursor.kind == 0) return 0;
  cursors_.push_back(cursor);
  return static_cast<uint32_t>(cursors_.size() - 1);
}

uint32_t ParsedUnit::add_type(const CXType& type) {
  if (type.kind == kTypeInvalid) return 0;
  const auto [entry, inserted] = type_indices_.try_emplace(type, static_cast<uint32_t>(types_.size()));
  if (inserted) types_.push_back(type);
  return entry->second;
}

uint32_t ParsedUnit::add_file(CXFile file) {
  if (file == nullptr) return 0;
  const auto [entry, inserted] = file_indices_.try_emplace(file, static_cast<uint32_t>(files_.size()));
  if (inserted) files_.push_back(file);
  return entry->second;
}

uint32_t ParsedUnit::identity_of(const CXCursor& cursor, uint32_t index) {
  return identities_.try_emplace(cursor, index).first->second;
}

Position ParsedUnit::position_of(const CXSourceLocation& location) const {
  Position position;
  library_.clang_getExpansionLocation(location, &position.file, &position.line, &position.column,
                                      &position.offset);
  // Lines of what has no file (predefined macros, the command line) would lead nowhere.
  return position.file == nullptr ? Position{} : position;
}

Position ParsedUnit::written_position_of(const CXSourceLocation& location) const {
  Position position;
  library_.clang_getFileLocation(location, &position.file, &position.line, &position.column, &position.offset);
  return position.file == nullptr ? Position{} : position;
}

}  // namespace ringsmith::clang
