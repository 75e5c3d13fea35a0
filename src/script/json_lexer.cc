// SPDX-License-Identifier: BSD-3-Clause
//
// The lexer checks escapes, so that unescape_json cannot fail: no escape stands for more bytes than
// it has itself. Decimal numbers go through from_chars, which rounds as strtod does; strtod itself
// reads what is rarer and what overflows.
#include "json_lexer.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace sorrel::script {
namespace {

using Kind = JsonToken::Kind;

constexpr const char* kInvalidEscape = "invalid escape code";
constexpr const char* kInvalidUnicode = "invalid unicode escape code";

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr int kNoHex = -1;

constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : kNoHex;
}

// Four hexadecimal digits; kNoHex when there are fewer.
int four_hex(std::string_view text) {
  if (text.size() < 4) return kNoHex;
  int value = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = hex_value(c);
    if (digit == kNoHex) return kNoHex;
    value = value * 16 + digit;
  }
  return value;
}

constexpr bool is_high_surrogate(int unit) { return unit >= 0xd800 && unit < 0xdc00; }
constexpr bool is_low_surrogate(int unit) { return unit >= 0xdc00 && unit < 0xe000; }

constexpr std::size_t kUnitSize = 6;  // backslash, u, four digits

// The code point of a \u escape or of a pair of them, and the bytes it takes; kNoHex if invalid.
struct Escaped {
  int code_point = kNoHex;
  std::size_t size = 0;
};

Escaped unicode_escape(std::string_view text) {
  const int first = four_hex(text.substr(2));
  if (first == kNoHex || is_low_surrogate(first)) return {};
  if (!is_high_surrogate(first)) return {first, kUnitSize};
  if (text.substr(kUnitSize, 2) != "\\u") return {};
  const int second = four_hex(text.substr(kUnitSize + 2));
  if (!is_low_surrogate(second)) return {};
  return {0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 2 * kUnitSize};
}

std::size_t write_utf8(int code_point, char* out) {
  const auto byte = [](int value) { return static_cast<char>(value); };
  if (code_point < 0x80) {
    out[0] = byte(code_point);
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = byte(0xc0 | code_point >> 6);
    out[1] = byte(0x80 | (code_point & 0x3f));
    return 2;
  }
  if (code_point < 0x10000) {
    out[0] = byte(0xe0 | code_point >> 12);
    out[1] = byte(0x80 | (code_point >> 6 & 0x3f));
    out[2] = byte(0x80 | (code_point & 0x3f));
    return 3;
  }
  out[0] = byte(0xf0 | code_point >> 18);
  out[1] = byte(0x80 | (code_point >> 12 & 0x3f));
  out[2] = byte(0x80 | (code_point >> 6 & 0x3f));
  out[3] = byte(0x80 | (code_point & 0x3f));
  return 4;
}

// What stands behind the backslash, and what it means; 0 when it means nothing.
constexpr char simple_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '"':
    case '\\':
    case '/':
      return letter;
    default:
      return '\0';
  }
}

// Whether `text` begins with `word`, whatever the case of its letters.
bool begins_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (to_lower(text[i]) != word[i]) return false;
  }
  return true;
}

// What the strict form refuses: a zero with a digit or an x behind it, infinities and NaN.
bool is_irregular(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.size() >= 2 && text[0] == '0') return is_digit(text[1]) || to_lower(text[1]) == 'x';
  return begins_with_word(text, "inf") || begins_with_word(text, "nan");
}

// Size 0 when there is no number.
struct Number {
  double value = 0;
  std::size_t size = 0;
};

Number read_number(std::string_view text) {
  double value = 0;
  const char* begin = text.data();
  if (is_digit(text[0]) || (text[0] == '-' && text.size() > 1 && is_digit(text[1]))) {
    const auto [end, status] = std::from_chars(begin, begin + text.size(), value);
    if (status == std::errc{} && to_lower(*end) != 'x') {
      return {value, static_cast<std::size_t>(end - begin)};
    }
  }
  char* end = nullptr;
  value = std::strtod(begin, &end);
  return {value, static_cast<std::size_t>(end - begin)};
}

}  // namespace

JsonToken JsonLexer::token(Kind kind, std::size_t size) {
  JsonToken found;
  found.kind = kind;
  found.position = place_ + 1;
  place_ += size;
  return found;
}

JsonToken JsonLexer::error(const char* text, std::size_t place) {
  JsonToken found;
  found.kind = Kind::kError;
  found.position = place + 1;
  found.error = text;
  return found;
}

JsonToken JsonLexer::next() {
  while (is_blank(at(place_))) ++place_;
  const char first = at(place_);
  switch (first) {
    case '{':
      return token(Kind::kObjectBegin, 1);
    case '}':
      return token(Kind::kObjectEnd, 1);
    case '[':
      return token(Kind::kArrayBegin, 1);
    case ']':
      return token(Kind::kArrayEnd, 1);
    case ':':
      return token(Kind::kColon, 1);
    case ',':
      return token(Kind::kComma, 1);
    case '\0':
      return token(Kind::kEnd, 0);
    case '"':
      return string();
    default:
      return begins_number(first) ? number() : word();
  }
}

bool JsonLexer::begins_number(char first) const {
  if (first == '-' || is_digit(first)) return true;
  if (!invalid_numbers_) return false;
  const std::string_view rest = text_.substr(place_);
  return first == '+' || begins_with_word(rest, "inf") || begins_with_word(rest, "nan");
}

JsonToken JsonLexer::word() {
  const std::string_view rest = text_.substr(place_);
  if (rest.starts_with("true")) return token(Kind::kTrue, 4);
  if (rest.starts_with("false")) return token(Kind::kFalse, 5);
  if (rest.starts_with("null")) return token(Kind::kNull, 4);
  return error("invalid token", place_);
}

JsonToken JsonLexer::number() {
  const std::string_view rest = text_.substr(place_);
  const auto [value, size] = !invalid_numbers_ && is_irregular(rest) ? Number{} : read_number(rest);
  if (size == 0) return error("invalid number", place_);
  JsonToken found = token(Kind::kNumber, size);
  found.number = value;
  return found;
}

// Bytes of the escape at `place`; 0 when it is invalid.
std::size_t JsonLexer::escape_size(std::size_t place) const {
  if (at(place + 1) == 'u') return unicode_escape(text_.substr(place)).size;
  return simple_escape(at(place + 1)) != '\0' ? 2 : 0;
}

JsonToken JsonLexer::string() {
  bool escaped = false;
  std::size_t place = place_ + 1;
  while (at(place) != '"') {
    std::size_t size = 1;
    if (at(place) == '\0') return error("unexpected end of string", place);
    if (at(place) == '\\') {
      size = escape_size(place);
      if (size == 0) return error(at(place + 1) == 'u' ? kInvalidUnicode : kInvalidEscape, place);
      escaped = true;
    }
    place += size;
  }
  const std::string_view text = text_.substr(place_ + 1, place - place_ - 1);
  JsonToken found = token(Kind::kString, text.size() + 2);
  found.escaped = escaped;
  found.text = text;
  return found;
}

std::size_t unescape_json(std::string_view text, char* out) {
  char* const begin = out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      *out++ = text[i++];
    } else if (text[i + 1] == 'u') {
      const auto [code_point, size] = unicode_escape(text.substr(i));
      out += write_utf8(code_point, out);
      i += size;
    } else {
      *out++ = simple_escape(text[i + 1]);
      i += 2;
    }
  }
  return static_cast<std::size_t>(out - begin);
}

const char* json_token_name(const JsonToken& token) {
  switch (token.kind) {
    case Kind::kObjectBegin:
      return "T_OBJ_BEGIN";
    case Kind::kObjectEnd:
      return "T_OBJ_END";
    case Kind::kArrayBegin:
      return "T_ARR_BEGIN";
    case Kind::kArrayEnd:
      return "T_ARR_END";
    case Kind::kString:
      return "T_STRING";
    case Kind::kNumber:
      return "T_NUMBER";
    case Kind::kTrue:
    case Kind::kFalse:
      return "T_BOOLEAN";
    case Kind::kNull:
      return "T_NULL";
    case Kind::kColon:
      return "T_COLON";
    case Kind::kComma:
      return "T_COMMA";
    case Kind::kEnd:
      return "T_END";
    case Kind::kError:
      return token.error;
  }
  return "";
}

}  // namespace sorrel::script
