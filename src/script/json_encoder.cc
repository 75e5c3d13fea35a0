// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers are printed as by printf's %.*g. Of these, integers that have no more digits than the
// precision asks for are the plain digits, which is the case worth being quick about.
#include "json_encoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cmath>
#include <cstddef>

namespace sorrel::script {
namespace {

constexpr std::int64_t kObject = -1;
constexpr std::size_t kMaxNumberText = 32;

// What stands for a byte in a string; empty when it stands for itself.
struct Escape {
  char text[6] = {};
  std::uint8_t size = 0;
};

constexpr Escape escape_of(unsigned byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kNamed = "\"\"\\\\//\bb\ff\nn\rr\tt";
  for (std::size_t i = 0; i < kNamed.size(); i += 2) {
    if (static_cast<unsigned char>(kNamed[i]) == byte) return {{'\\', kNamed[i + 1]}, 2};
  }
  if (byte >= 0x20 && byte != 0x7f) return {};
  return {{'\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]}, 6};
}

constexpr auto kEscapes = [] {
  std::array<Escape, 256> escapes;
  for (unsigned byte = 0; byte < escapes.size(); ++byte) escapes[byte] = escape_of(byte);
  return escapes;
}();

constexpr auto kPowersOfTen = [] {
  std::array<double, 15> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

}  // namespace

void JsonEncoder::refuse(int index, const char* reason) {
  luaL_error(lua_, "Cannot serialise %s: %s", lua_typename(lua_, lua_type(lua_, index)), reason);
  __builtin_unreachable();
}

void JsonEncoder::append_top(int depth) {
  switch (lua_type(lua_, -1)) {
    case LUA_TSTRING:
      return append_string(-1);
    case LUA_TNUMBER:
      return append_number(lua_tonumber(lua_, -1));
    case LUA_TBOOLEAN:
      return buffer_.append(lua_toboolean(lua_, -1) != 0 ? "true" : "false");
    case LUA_TTABLE:
      return append_table(depth + 1);
    case LUA_TNIL:
      return buffer_.append("null");
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(lua_, -1) == nullptr) return buffer_.append("null");
      break;
    default:
      break;
  }
  refuse(-1, "type not supported");
}

void JsonEncoder::append_table(int depth) {
  constexpr int kPlaces = 3;
  if (depth > settings_.encode_max_depth || lua_checkstack(lua_, kPlaces) == 0) {
    luaL_error(lua_, "Cannot serialise, excessive nesting (%d)", depth);
  }
  const std::int64_t length = array_length();
  if (length > 0) {
    append_array(length, depth);
  } else {
    append_object(depth);
  }
}

// The highest index, 0 of an empty table, kObject of one that is none.
std::int64_t JsonEncoder::array_length() {
  std::int64_t length = 0;
  std::int64_t items = 0;
  lua_pushnil(lua_);
  while (lua_next(lua_, -2) != 0) {
    lua_pop(lua_, 1);
    const double key = lua_type(lua_, -1) == LUA_TNUMBER ? lua_tonumber(lua_, -1) : 0;
    if (!(key >= 1 && key <= INT_MAX && std::floor(key) == key)) {
      lua_pop(lua_, 1);
      return kObject;
    }
    length = std::max(length, static_cast<std::int64_t>(key));
    ++items;
  }
  if (!is_too_sparse(length, items)) return length;
  if (!settings_.sparse_as_object) refuse(-1, "excessively sparse array");
  return kObject;
}

bool JsonEncoder::is_too_sparse(std::int64_t length, std::int64_t items) const {
  return settings_.sparse_ratio > 0 && length > items * settings_.sparse_ratio &&
         length > settings_.sparse_safe;
}

void JsonEncoder::append_array(std::int64_t length, int depth) {
  // A digit and a comma at least: an array of nothing but holes fails here rather than late, and
  // no index is too large for an int.
  buffer_.reserve(static_cast<std::size_t>(length) * 2);
  buffer_.append('[');
  for (int index = 1; index <= static_cast<int>(length); ++index) {
    if (index > 1) buffer_.append(',');
    lua_rawgeti(lua_, -1, index);
    append_top(depth);
    lua_pop(lua_, 1);
  }
  buffer_.append(']');
}

void JsonEncoder::append_object(int depth) {
  bool first = true;
  buffer_.append('{');
  lua_pushnil(lua_);
  while (lua_next(lua_, -2) != 0) {
    if (!first) buffer_.append(',');
    first = false;
    append_key();
    append_top(depth);
    lua_pop(lua_, 1);
  }
  buffer_.append('}');
}

// The key below the top. It must not be converted in its place: lua_next would lose its way.
void JsonEncoder::append_key() {
  switch (lua_type(lua_, -2)) {
    case LUA_TSTRING:
      append_string(-2);
      break;
    case LUA_TNUMBER:
      buffer_.append('"');
      append_number(lua_tonumber(lua_, -2));
      buffer_.append('"');
      break;
    default:
      refuse(-2, "table key must be a number or string");
  }
  buffer_.append(':');
}

void JsonEncoder::append_string(int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(lua_, index, &size);
  buffer_.append('"');
  std::size_t plain = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const Escape& escape = kEscapes[static_cast<unsigned char>(text[i])];
    if (escape.size == 0) continue;
    buffer_.append({text + plain, i - plain});
    buffer_.append({escape.text, escape.size});
    plain = i + 1;
  }
  buffer_.append({text + plain, size - plain});
  buffer_.append('"');
}

void JsonEncoder::append_number(double number) {
  if (std::isfinite(number)) return append_finite(number);
  switch (settings_.encode_invalid_numbers) {
    case InvalidNumbers::kRefuse:
      luaL_error(lua_, "Cannot serialise number: must not be NaN or Inf");
      break;
    case InvalidNumbers::kNull:
      buffer_.append("null");
      break;
    case InvalidNumbers::kWrite:
      buffer_.append(std::isnan(number) ? "nan" : number < 0 ? "-inf" : "inf");
      break;
  }
}

void JsonEncoder::append_finite(double number) {
  char* const out = buffer_.reserve(kMaxNumberText);
  const int precision = settings_.number_precision;
  const bool plain = std::fabs(number) < kPowersOfTen[static_cast<std::size_t>(precision)] &&
                     std::trunc(number) == number && !(number == 0 && std::signbit(number));
  const auto [end, status] =
      plain
          ? std::to_chars(out, out + kMaxNumberText, static_cast<std::int64_t>(number))
          : std::to_chars(out, out + kMaxNumberText, number, std::chars_format::general, precision);
  buffer_.commit(static_cast<std::size_t>(end - out));
}

}  // namespace sorrel::script
