// The table of libclang entry points, filled by dlsym. One list declares the pointers and names the symbols, so the
// two cannot drift apart.
#pragma once

#include <cstddef>

#include "libclang_abi.h"

namespace ringsmith::clang {

// Every one of these is in libclang 14, the oldest version supported.
#define RINGSMITH_LIBCLANG_REQUIRED(ENTRY)                                                                     \
  ENTRY(CXString, clang_getClangVersion, (void))                                                               \
  ENTRY(const char*, clang_getCString, (CXString))                                                             \
  ENTRY(void, clang_disposeString, (CXString))                                                                 \
  ENTRY(void, clang_toggleCrashRecovery, (unsigned))                                                           \
  ENTRY(CXIndex, clang_createIndex, (int, int))                                                                \
  ENTRY(void, clang_disposeIndex, (CXIndex))                                                                   \
  ENTRY(int, clang_parseTranslationUnit2,                                                                      \
        (CXIndex, const char*, const char* const*, int, CXUnsavedFile*, unsigned, unsigned,                    \
         CXTranslationUnit*))                                                                                  \
  ENTRY(void, clang_disposeTranslationUnit, (CXTranslationUnit))                                               \
  ENTRY(CXCursor, clang_getTranslationUnitCursor, (CXTranslationUnit))                                         \
  ENTRY(CXTargetInfo, clang_getTranslationUnitTargetInfo, (CXTranslationUnit))                                 \
  ENTRY(void, clang_TargetInfo_dispose, (CXTargetInfo))                                                        \
  ENTRY(CXString, clang_TargetInfo_getTriple, (CXTargetInfo))                                                  \
  ENTRY(int, clang_TargetInfo_getPointerWidth, (CXTargetInfo))                                                 \
  ENTRY(void, clang_getInclusions, (CXTranslationUnit, CXInclusionVisitor, CXClientData))                      \
  ENTRY(CXFile, clang_getFile, (CXTranslationUnit, const char*))                                               \
  ENTRY(CXString, clang_getFileName, (CXFile))                                                                 \
  ENTRY(const char*, clang_getFileContents, (CXTranslationUnit, CXFile, size_t*))                              \
  ENTRY(unsigned, clang_getNumDiagnostics, (CXTranslationUnit))                                                \
  ENTRY(CXDiagnostic, clang_getDiagnostic, (CXTranslationUnit, unsigned))                                      \
  ENTRY(void, clang_disposeDiagnostic, (CXDiagnostic))                                                         \
  ENTRY(int, clang_getDiagnosticSeverity, (CXDiagnostic))                                                      \
  ENTRY(CXString, clang_getDiagnosticSpelling, (CXDiagnostic))                                                 \
  ENTRY(CXSourceLocation, clang_getDiagnosticLocation, (CXDiagnostic))                                         \
  ENTRY(CXDiagnosticSet, clang_getChildDiagnostics, (CXDiagnostic))                                            \
  ENTRY(unsigned, clang_getNumDiagnosticsInSet, (CXDiagnosticSet))                                             \
  ENTRY(CXDiagnostic, clang_getDiagnosticInSet, (CXDiagnosticSet, unsigned))                                   \
  ENTRY(CXSourceLocation, clang_getLocationForOffset, (CXTranslationUnit, CXFile, unsigned))                   \
  ENTRY(void, clang_getExpansionLocation, (CXSourceLocation, CXFile*, unsigned*, unsigned*, unsigned*))        \
  ENTRY(void, clang_getFileLocation, (CXSourceLocation, CXFile*, unsigned*, unsigned*, unsigned*))             \
  ENTRY(CXSourceRange, clang_getRange, (CXSourceLocation, CXSourceLocation))                                   \
  ENTRY(CXSourceLocation, clang_getRangeStart, (CXSourceRange))                                                \
  ENTRY(CXSourceLocation, clang_getRangeEnd, (CXSourceRange))                                                  \
  ENTRY(void, clang_tokenize, (CXTranslationUnit, CXSourceRange, CXToken**, unsigned*))                        \
  ENTRY(void, clang_disposeTokens, (CXTranslationUnit, CXToken*, unsigned))                                    \
  ENTRY(int, clang_getTokenKind, (CXToken))                                                                    \
  ENTRY(CXString, clang_getTokenSpelling, (CXTranslationUnit, CXToken))                                        \
  ENTRY(CXSourceRange, clang_getTokenExtent, (CXTranslationUnit, CXToken))                                     \
  ENTRY(CXString, clang_getCursorKindSpelling, (int))                                                          \
  ENTRY(unsigned, clang_isInvalid, (int))                                                                      \
  ENTRY(unsigned, clang_hashCursor, (CXCursor))                                                                \
  ENTRY(unsigned, clang_equalCursors, (CXCursor, CXCursor))                                                    \
  ENTRY(unsigned, clang_visitChildren, (CXCursor, CXCursorVisitor, CXClientData))                              \
  ENTRY(CXString, clang_getCursorSpelling, (CXCursor))                                                         \
  ENTRY(CXType, clang_getCursorType, (CXCursor))                                                               \
  ENTRY(CXSourceLocation, clang_getCursorLocation, (CXCursor))                                                 \
  ENTRY(CXSourceRange, clang_getCursorExtent, (CXCursor))                                                      \
  ENTRY(CXCursor, clang_getCursorReferenced, (CXCursor))                                                       \
  ENTRY(CXCursor, clang_getCursorDefinition, (CXCursor))                                                       \
  ENTRY(CXCursor, clang_getCursorSemanticParent, (CXCursor))                                                   \
  ENTRY(unsigned, clang_isCursorDefinition, (CXCursor))                                                        \
  ENTRY(unsigned, clang_isInvalidDeclaration, (CXCursor))                                                      \
  ENTRY(unsigned, clang_Cursor_isAnonymous, (CXCursor))                                                        \
  ENTRY(unsigned, clang_Cursor_isAnonymousRecordDecl, (CXCursor))                                              \
  ENTRY(unsigned, clang_Cursor_isBitField, (CXCursor))                                                         \
  ENTRY(unsigned, clang_Cursor_isMacroFunctionLike, (CXCursor))                                                \
  ENTRY(unsigned, clang_Cursor_isMacroBuiltin, (CXCursor))                                                     \
  ENTRY(int, clang_getFieldDeclBitWidth, (CXCursor))                                                           \
  ENTRY(long long, clang_Cursor_getOffsetOfField, (CXCursor))                                                  \
  ENTRY(long long, clang_getEnumConstantDeclValue, (CXCursor))                                                 \
  ENTRY(unsigned long long, clang_getEnumConstantDeclUnsignedValue, (CXCursor))                                \
  ENTRY(CXType, clang_getEnumDeclIntegerType, (CXCursor))                                                      \
  ENTRY(CXType, clang_getTypedefDeclUnderlyingType, (CXCursor))                                                \
  ENTRY(CXEvalResult, clang_Cursor_Evaluate, (CXCursor))                                                       \
  ENTRY(void, clang_EvalResult_dispose, (CXEvalResult))                                                        \
  ENTRY(int, clang_EvalResult_getKind, (CXEvalResult))                                                         \
  ENTRY(unsigned, clang_EvalResult_isUnsignedInt, (CXEvalResult))                                              \
  ENTRY(unsigned long long, clang_EvalResult_getAsUnsigned, (CXEvalResult))                                    \
  ENTRY(long long, clang_EvalResult_getAsLongLong, (CXEvalResult))                                             \
  ENTRY(double, clang_EvalResult_getAsDouble, (CXEvalResult))                                                  \
  ENTRY(const char*, clang_EvalResult_getAsStr, (CXEvalResult))                                                \
  ENTRY(CXString, clang_getTypeKindSpelling, (int))                                                            \
  ENTRY(CXString, clang_getTypeSpelling, (CXType))                                                             \
  ENTRY(CXType, clang_getCanonicalType, (CXType))                                                              \
  ENTRY(long long, clang_Type_getSizeOf, (CXType))                                                             \
  ENTRY(long long, clang_Type_getAlignOf, (CXType))                                                            \
  ENTRY(long long, clang_getArraySize, (CXType))                                                               \
  ENTRY(CXType, clang_getArrayElementType, (CXType))                                                           \
  ENTRY(CXType, clang_getPointeeType, (CXType))                                                                \
  ENTRY(CXType, clang_getResultType, (CXType))                                                                 \
  ENTRY(CXCursor, clang_getTypeDeclaration, (CXType))                                                          \
  ENTRY(unsigned, clang_Type_visitFields, (CXType, CXFieldVisitor, CXClientData))

// These came with libclang 17; a null pointer means that the loaded library is older.
#define RINGSMITH_LIBCLANG_OPTIONAL(ENTRY)                      \
  ENTRY(int, clang_getCursorBinaryOperatorKind, (CXCursor))     \
  ENTRY(CXString, clang_getBinaryOperatorKindSpelling, (int))   \
  ENTRY(int, clang_getCursorUnaryOperatorKind, (CXCursor))      \
  ENTRY(CXString, clang_getUnaryOperatorKindSpelling, (int))

struct LibclangFunctions {
#define RINGSMITH_DECLARE(result, name, parameters) result(*name) parameters = nullptr;
  RINGSMITH_LIBCLANG_REQUIRED(RINGSMITH_DECLARE)
  RINGSMITH_LIBCLANG_OPTIONAL(RINGSMITH_DECLARE)
#undef RINGSMITH_DECLARE
};

}  // namespace ringsmith::clang
