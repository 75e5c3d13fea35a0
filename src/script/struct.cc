// SPDX-License-Identifier: BSD-3-Clause
//
// struct: pack, unpack and size, over the formats of struct_format.h. Arguments and data come from
// scripts: whatever is read is checked against the end first, with nothing subtracted that may be
// the smaller. A number that an integer cannot hold becomes what the conversion of an x86-64
// processor makes of it, because that is what Redis' users see.
#include <bit>
#include <cctype>
#include <cstring>
#include <limits>
#include <string_view>

#include "libraries.h"
#include "lua_buffer.h"
#include "struct_format.h"

namespace sorrel::script {
namespace {

// Truncated to 64 bits: two's complement below 2^63, unsigned from there, and outside of both the
// sign bit alone or nothing.
std::uint64_t bits_of(double number) {
  constexpr double kTwoTo63 = 0x1p63;
  constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;
  if (number >= kTwoTo63) {
    return number < 2 * kTwoTo63 ? static_cast<std::uint64_t>(number) : 0;
  }
  return number >= -kTwoTo63 ? static_cast<std::uint64_t>(static_cast<std::int64_t>(number))
                             : kSignBit;
}

void append_integer(LuaBuffer& buffer, std::uint64_t value, std::size_t size, bool little_endian) {
  char* const out = buffer.reserve(size);
  for (std::size_t i = 0; i < size; ++i, value >>= 8) {
    out[little_endian ? i : size - 1 - i] = static_cast<char>(value);
  }
  buffer.commit(size);
}

// The low 64 bits, and as Redis extends the sign: from the bit that the size, modulo 64, leaves.
double read_integer(std::string_view bytes, bool is_signed, bool little_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char byte = bytes[little_endian ? bytes.size() - 1 - i : i];
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  if (!is_signed) return static_cast<double>(value);
  const std::uint64_t sign_and_above = ~std::uint64_t{0} << ((bytes.size() * 8 - 1) & 63);
  if ((value & sign_and_above) != 0) value |= sign_and_above;
  return static_cast<double>(static_cast<std::int64_t>(value));
}

bool is_integer(char letter) { return std::memchr("bBhHlLTiI", letter, 9) != nullptr; }

bool is_signed(char letter) { return letter >= 'a'; }

void pack_string(lua_State* lua, LuaBuffer& buffer, StructFormat::Item item, int argument) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(lua, argument, &size);
  if (item.letter == 's') {
    buffer.append({text, size});
    buffer.append('\0');
    return;
  }
  const std::size_t wanted = item.size == 0 ? size : item.size;
  // Redis blames the argument behind it.
  luaL_argcheck(lua, size >= wanted, argument + 1, "string too short");
  buffer.append({text, wanted});
}

void pack_number(LuaBuffer& buffer, StructFormat::Item item, double number, bool little_endian) {
  std::uint64_t bits = 0;
  if (item.letter == 'f') {
    bits = std::bit_cast<std::uint32_t>(static_cast<float>(number));
  } else if (item.letter == 'd') {
    bits = std::bit_cast<std::uint64_t>(number);
  } else {
    bits = bits_of(number);
  }
  append_integer(buffer, bits, item.size, little_endian);
}

int pack(lua_State* lua) {
  StructFormat format(lua, luaL_checkstring(lua, 1));
  // An argument that is missing reads as nil.
  lua_pushnil(lua);
  LuaBuffer buffer(lua);
  int argument = 2;
  while (!format.at_end()) {
    const StructFormat::Item item = format.next(buffer.view().size());
    buffer.append(item.padding, '\0');
    switch (item.letter) {
      case 'x':
        buffer.append('\0');
        break;
      case 's':
      case 'c':
        pack_string(lua, buffer, item, argument++);
        break;
      default:
        if (is_integer(item.letter) || item.letter == 'f' || item.letter == 'd') {
          const double number = luaL_checknumber(lua, argument++);
          pack_number(buffer, item, number, format.little_endian());
        } else {
          format.control(item.letter);
        }
    }
  }
  lua_pushlstring(lua, buffer.view().data(), buffer.view().size());
  return 1;
}

// What unpack() reads from, and how many values it has pushed.
struct Source {
  std::string_view data;
  std::uint64_t position = 0;
  int pushed = 0;

  bool has(std::uint64_t size) const {
    return position <= data.size() && size <= data.size() - position;
  }
  std::string_view take(std::uint64_t size) {
    const std::string_view taken = data.substr(position, size);
    position += size;
    return taken;
  }
};

constexpr const char* kTooShort = "data string too short";

void unpack_string(lua_State* lua, Source& source) {
  const std::string_view rest = source.data.substr(source.position);
  const std::size_t size = rest.find('\0');
  if (size == std::string_view::npos) {
    luaL_error(lua, "unfinished string in data");
  }
  source.position += size + 1;
  lua_pushlstring(lua, rest.data(), size);
  ++source.pushed;
}

void unpack_characters(lua_State* lua, Source& source, std::uint64_t size) {
  if (size == 0) {
    if (source.pushed == 0 || lua_isnumber(lua, -1) == 0) {
      luaL_error(lua, "format 'c0' needs a previous size");
    }
    size = bits_of(lua_tonumber(lua, -1));
    lua_pop(lua, 1);
    --source.pushed;
    luaL_argcheck(lua, source.has(size), 2, kTooShort);
  }
  const std::string_view text = source.take(size);
  lua_pushlstring(lua, text.data(), text.size());
  ++source.pushed;
}

void unpack_number(lua_State* lua, Source& source, StructFormat::Item item, bool little_endian) {
  const std::string_view bytes = source.take(item.size);
  double number = read_integer(bytes, is_signed(item.letter), little_endian);
  if (item.letter == 'f' || item.letter == 'd') {
    char native[sizeof(double)] = {};
    const bool turned = little_endian != (std::endian::native == std::endian::little);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      native[i] = bytes[turned ? bytes.size() - 1 - i : i];
    }
    float narrow = 0;
    std::memcpy(&narrow, native, sizeof(narrow));
    std::memcpy(&number, native, sizeof(number));
    if (item.letter == 'f') number = narrow;
  }
  lua_pushnumber(lua, number);
  ++source.pushed;
}

void unpack_item(lua_State* lua, Source& source, StructFormat& format, StructFormat::Item item) {
  switch (item.letter) {
    case 'x':
      source.position += item.size;
      break;
    case 's':
      unpack_string(lua, source);
      break;
    case 'c':
      unpack_characters(lua, source, item.size);
      break;
    default:
      if (is_integer(item.letter) || item.letter == 'f' || item.letter == 'd') {
        unpack_number(lua, source, item, format.little_endian());
      } else {
        format.control(item.letter);
      }
  }
}

int unpack(lua_State* lua) {
  StructFormat format(lua, luaL_checkstring(lua, 1));
  std::size_t size = 0;
  const char* data = luaL_checklstring(lua, 2, &size);
  // As in Redis one below the first place is refused, and what is below that lies behind the end.
  const auto offset = static_cast<std::uint64_t>(luaL_optinteger(lua, 3, 1));
  luaL_argcheck(lua, offset > 0, 3, "offset must be 1 or greater");
  Source source{{data, size}, offset - 1};
  while (!format.at_end()) {
    const StructFormat::Item item = format.next(source.position);
    luaL_argcheck(lua, source.position <= size, 2, kTooShort);
    source.position += item.padding;
    luaL_argcheck(lua, source.has(item.size), 2, kTooShort);
    luaL_checkstack(lua, 2, "too many results");
    unpack_item(lua, source, format, item);
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(source.position + 1));
  return source.pushed + 1;
}

int size(lua_State* lua) {
  StructFormat format(lua, luaL_checkstring(lua, 1));
  std::uint64_t total = 0;
  while (!format.at_end()) {
    const StructFormat::Item item = format.next(total);
    total += item.padding + item.size;
    if (item.letter == 's' || (item.letter == 'c' && item.size == 0)) {
      luaL_argerror(
          lua, 1,
          item.letter == 's' ? "option 's' has no fixed size" : "option 'c0' has no fixed size");
    }
    // Letters and digits that mean nothing are passed over, as in Redis.
    if (std::isalnum(static_cast<unsigned char>(item.letter)) == 0) {
      format.control(item.letter);
    }
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(total));
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"pack", pack},
    {"unpack", unpack},
    {"size", size},
    {nullptr, nullptr},
};

}  // namespace

void open_struct(lua_State* lua) {
  lua_newtable(lua);
  luaL_register(lua, nullptr, kFunctions);
}

}  // namespace sorrel::script
