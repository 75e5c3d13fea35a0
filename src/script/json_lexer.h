// SPDX-License-Identifier: BSD-3-Clause
//
// JSON text to tokens, as loosely as cjson of Redis takes it: a zero byte ends the text, control
// characters may stand in strings, numbers are whatever strtod takes ("1.", "-.5", "01"; with
// `invalid_numbers` also hexadecimal, infinities, NaN and a leading plus). Plain C++ that knows
// neither Lua nor nesting: an error is a token, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sorrel::script {

struct JsonToken {
  enum class Kind : std::uint8_t {
    kObjectBegin,
    kObjectEnd,
    kArrayBegin,
    kArrayEnd,
    kString,
    kNumber,
    kTrue,
    kFalse,
    kNull,
    kColon,
    kComma,
    kEnd,
    kError,
  };

  Kind kind = Kind::kEnd;
  bool escaped = false;        // a string with escapes in it
  std::size_t position = 0;    // where it begins, or where the error lies; the first byte is 1
  double number = 0;           // of kNumber
  std::string_view text = {};  // of kString: between the quotes, escapes and all
  const char* error = "";      // of kError
};

class JsonLexer {
 public:
  // Requires: a zero byte behind `text`. Lifetime: tokens are views into it.
  JsonLexer(std::string_view text, bool invalid_numbers)
      : text_(text), invalid_numbers_(invalid_numbers) {}

  // After an error or the end it stays there.
  JsonToken next();

 private:
  char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }
  bool begins_number(char first) const;
  JsonToken token(JsonToken::Kind kind, std::size_t size);
  JsonToken error(const char* text, std::size_t place);
  JsonToken word();
  JsonToken string();
  JsonToken number();
  std::size_t escape_size(std::size_t place) const;

  std::string_view text_;
  bool invalid_numbers_;
  std::size_t place_ = 0;
};

// What a string token stands for. Requires: `text` of a kString token, room for as many bytes.
// Returns: bytes written.
std::size_t unescape_json(std::string_view text, char* out);

// As errors name it: T_OBJ_BEGIN, ..., or the text of the error.
const char* json_token_name(const JsonToken& token);

}  // namespace sorrel::script
