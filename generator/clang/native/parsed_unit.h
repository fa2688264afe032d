// One parsed translation unit and the tables that let JavaScript name its cursors, types and files by small integers.
// Knows nothing of Node.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libclang_library.h"

namespace ringsmith::clang {

struct ParseRequest {
  std::string file_name;
  std::vector<std::string> arguments;
  std::vector<std::string> unsaved_names;
  std::vector<std::string> unsaved_contents;
  unsigned options = 0;
};

struct Position {
  CXFile file = nullptr;
  unsigned line = 0;
  unsigned column = 0;
  unsigned offset = 0;
};

class ParsedUnit {
 public:
  // Returns null and libclang's error code when there is no unit.
  static std::unique_ptr<ParsedUnit> parse(const Libclang& library, const ParseRequest& request, int* error);
  ~ParsedUnit();
  ParsedUnit(const ParsedUnit&) = delete;
  ParsedUnit& operator=(const ParsedUnit&) = delete;

  const Libclang& library() const { return library_; }
  CXTranslationUnit handle() const { return unit_; }

  // Index 0 of each table stands for "none": no cursor, the invalid type, no file.
  const std::vector<CXCursor>& cursors() const { return cursors_; }
  const std::vector<CXType>& types() const { return types_; }
  const std::vector<CXFile>& files() const { return files_; }

  uint32_t add_cursor(const CXCursor& cursor);
  uint32_t add_type(const CXType& type);
  uint32_t add_file(CXFile file);

  // The first of the indices asked about that denote the same node.
  uint32_t identity_of(const CXCursor& cursor, uint32_t index);

  // Of the macro that a location comes out of, if any.
  Position position_of(const CXSourceLocation& location) const;
  // The same, but an argument of a macro is where it is written.
  Position written_position_of(const CXSourceLocation& location) const;

 private:
  struct TypeHash {
    size_t operator()(const CXType& type) const;
  };
  struct TypeEqual {
    bool operator()(const CXType& left, const CXType& right) const;
  };
  struct CursorHash {
    const Libclang* library;
    size_t operator()(const CXCursor& cursor) const { return library->clang_hashCursor(cursor); }
  };
  struct CursorEqual {
    const Libclang* library;
    bool operator()(const CXCursor& left, const CXCursor& right) const {
      return library->clang_equalCursors(left, right) != 0;
    }
  };

  ParsedUnit(const Libclang& library, CXIndex index);

  const Libclang& library_;
  CXIndex index_;
  CXTranslationUnit unit_ = nullptr;
  std::vector<CXCursor> cursors_;
  std::vector<CXType> types_;
  std::vector<CXFile> files_;
  std::unordered_map<CXType, uint32_t, TypeHash, TypeEqual> type_indices_;
  std::unordered_map<CXFile, uint32_t> file_indices_;
  std::unordered_map<CXCursor, uint32_t, CursorHash, CursorEqual> identities_;
};

}  // namespace ringsmith::clang
