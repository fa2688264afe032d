// The part of libclang's C ABI this addon calls, declared by hand: neither building nor installing ringsmith may
// need libclang's headers. Every layout and number here has been frozen by libclang since before version 14.
#pragma once

namespace ringsmith::clang {

using CXIndex = void*;
using CXTranslationUnit = void*;
using CXFile = void*;
using CXDiagnostic = void*;
using CXDiagnosticSet = void*;
using CXEvalResult = void*;
using CXTargetInfo = void*;
using CXClientData = void*;

struct CXString {
  const void* data;
  unsigned private_flags;
};

struct CXSourceLocation {
  const void* ptr_data[2];
  unsigned int_data;
};

struct CXSourceRange {
  const void* ptr_data[2];
  unsigned begin_int_data;
  unsigned end_int_data;
};

struct CXCursor {
  int kind;
  int xdata;
  const void* data[3];
};

struct CXType {
  int kind;
  void* data[2];
};

struct CXToken {
  unsigned int_data[4];
  void* ptr_data;
};

struct CXUnsavedFile {
  const char* filename;
  const char* contents;
  unsigned long length;
};

// Enumerations cross the C ABI as int; only the values the addon itself decides on are named.
constexpr int kErrorSuccess = 0;
constexpr int kChildVisitContinue = 1;
constexpr int kFieldVisitContinue = 1;
constexpr int kTypeInvalid = 0;
constexpr int kEvalInt = 1;
constexpr int kEvalFloat = 2;
constexpr int kEvalStringLiteral = 4;

using CXCursorVisitor = int (*)(CXCursor cursor, CXCursor parent, CXClientData data);
using CXFieldVisitor = int (*)(CXCursor field, CXClientData data);
using CXInclusionVisitor = void (*)(CXFile file, CXSourceLocation* stack, unsigned depth, CXClientData data);

}  // namespace ringsmith::clang
