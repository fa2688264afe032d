// Tokens, of a cursor's extent or of a whole file. All of them cross to JavaScript in one call.
#include "unit_object.h"

namespace ringsmith::clang {
namespace {

constexpr size_t kNumbersPerToken = 6;

class TokenList {
 public:
  TokenList(const ParsedUnit& unit, const CXSourceRange& range) : unit_(unit) {
    unit_.library().clang_tokenize(unit_.handle(), range, &tokens_, &count_);
  }
  ~TokenList() {
    if (tokens_ != nullptr) unit_.library().clang_disposeTokens(unit_.handle(), tokens_, count_);
  }
  TokenList(const TokenList&) = delete;
  TokenList& operator=(const TokenList&) = delete;

  unsigned count() const { return count_; }
  const CXToken& operator[](unsigned i) const { return tokens_[i]; }

 private:
  const ParsedUnit& unit_;
  CXToken* tokens_ = nullptr;
  unsigned count_ = 0;
};

void write_token(const ParsedUnit& unit, const CXToken& token, uint32_t* out) {
  const Libclang& library = unit.library();
  const CXSourceRange extent = library.clang_getTokenExtent(unit.handle(), token);
  const Position start = unit.position_of(library.clang_getRangeStart(extent));
  const Position end = unit.position_of(library.clang_getRangeEnd(extent));
  out[0] = static_cast<uint32_t>(library.clang_getTokenKind(token));
  out[1] = start.line;
  out[2] = start.column;
  out[3] = start.offset;
  out[4] = end.line;
  out[5] = end.offset;
}

}  // namespace

Napi::Value UnitObject::js_tokens(Napi::Env env, CXFile file, unsigned start, unsigned end) {
  const Libclang& library = unit_->library();
  const CXSourceRange range = library.clang_getRange(
      library.clang_getLocationForOffset(unit_->handle(), file, start),
      library.clang_getLocationForOffset(unit_->handle(), file, end));
  const TokenList tokens(*unit_, range);
  const Napi::Array spellings = Napi::Array::New(env, tokens.count());
  Napi::Uint32Array numbers = Napi::Uint32Array::New(env, tokens.count() * kNumbersPerToken);
  uint32_t* const data = numbers.Data();
  for (unsigned i = 0; i < tokens.count(); ++i) {
    const Napi::HandleScope scope(env);
    write_token(*unit_, tokens[i], data + i * kNumbersPerToken);
    spellings.Set(i, to_js(env, library, library.clang_getTokenSpelling(unit_->handle(), tokens[i])));
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("spellings", spellings);
  object.Set("numbers", numbers);
  return object;
}

// The range is rebuilt from expansion offsets: a cursor that comes out of a macro has a start inside the macro's
// definition and an end at its use, and libclang would return everything between the two.
Napi::Value UnitObject::cursor_tokens(const Napi::CallbackInfo& info) {
  CXCursor cursor;
  if (!cursor_argument(info, &cursor)) return info.Env().Undefined();
  const Libclang& library = unit_->library();
  const CXSourceRange extent = library.clang_getCursorExtent(cursor);
  const Position start = unit_->position_of(library.clang_getRangeStart(extent));
  const Position end = unit_->position_of(library.clang_getRangeEnd(extent));
  if (start.file == nullptr || start.file != end.file || start.offset >= end.offset) return info.Env().Undefined();
  return js_tokens(info.Env(), start.file, start.offset, end.offset);
}

Napi::Value UnitObject::tokens_of(const Napi::CallbackInfo& info) {
  uint32_t index = 0;
  if (!check_alive(info) || !index_argument(info, unit_->files().size(), &index)) return info.Env().Undefined();
  size_t size = 0;
  const CXFile file = unit_->files()[index];
  if (file == nullptr) return info.Env().Undefined();
  if (unit_->library().clang_getFileContents(unit_->handle(), file, &size) == nullptr || size == 0) {
    return info.Env().Undefined();
  }
  return js_tokens(info.Env(), file, 0, static_cast<unsigned>(size));
}

}  // namespace ringsmith::clang
