// SPDX-License-Identifier: BSD-3-Clause
//
// Reads a reply and pushes what it says, without a tree in between. All that is kept is a place in
// the bytes, so an error of Lua may leave at any point.
#include <charconv>

#include "replies.h"

namespace sorrel::script {
namespace {

constexpr int kSlotsPerLevel = 4;

struct Reader {
  lua_State* lua;
  const char* at;
  const char* end;

  std::string_view line() {
    const char* const begin = at;
    while (*at != '\r') {
      ++at;
    }
    const std::string_view text(begin, static_cast<std::size_t>(at - begin));
    at += 2;
    return text;
  }

  std::int64_t number() {
    std::int64_t value = 0;
    const std::string_view text = line();
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  std::string_view bulk(std::int64_t size) {
    const std::string_view bytes(at, static_cast<std::size_t>(size));
    at += size + 2;
    return bytes;
  }

  // {name = the line}. The name is an upvalue of the function that runs.
  void named_line(int name) {
    lua_createtable(lua, 0, 1);
    lua_pushvalue(lua, lua_upvalueindex(name));
    push_text(lua, line());
    lua_rawset(lua, -3);
  }

  // {name = what is at the top}.
  void wrap(const char* name) {
    lua_createtable(lua, 0, 1);
    lua_insert(lua, -2);
    lua_setfield(lua, -2, name);
  }

  void array(std::int64_t elements) {
    lua_createtable(lua, static_cast<int>(elements), 0);
    for (std::int64_t i = 1; i <= elements; ++i) {
      value();
      lua_rawseti(lua, -2, static_cast<int>(i));
    }
  }

  // Nil can be no key: an entry with one is left out.
  void entry() {
    if (lua_isnil(lua, -2)) {
      lua_pop(lua, 2);
    } else {
      lua_rawset(lua, -3);
    }
  }

  void map(std::int64_t pairs) {
    lua_newtable(lua);
    for (std::int64_t i = 0; i < pairs; ++i) {
      value();
      value();
      entry();
    }
    wrap("map");
  }

  void set(std::int64_t elements) {
    lua_newtable(lua);
    for (std::int64_t i = 0; i < elements; ++i) {
      value();
      lua_pushboolean(lua, 1);
      entry();
    }
    wrap("set");
  }

  void real() {
    const std::string_view text = line();
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    lua_pushnumber(lua, value);
    wrap("double");
  }

  void verbatim(std::int64_t size) {
    constexpr std::size_t kFormat = 3;
    const std::string_view text = bulk(size);
    lua_createtable(lua, 0, 2);
    push_text(lua, text.substr(0, kFormat));
    lua_setfield(lua, -2, "format");
    push_text(lua, text.substr(kFormat + 1));
    lua_setfield(lua, -2, "string");
    wrap("verbatim_string");
  }

  // What comes before the reply itself and is no part of it.
  void skip(std::int64_t elements) {
    for (std::int64_t i = 0; i < elements; ++i) {
      value();
      lua_pop(lua, 1);
    }
  }

  void string_or_null(std::int64_t size) {
    if (size < 0) {
      lua_pushboolean(lua, 0);
    } else {
      push_text(lua, bulk(size));
    }
  }

  void array_or_null(std::int64_t size) {
    if (size < 0) {
      lua_pushboolean(lua, 0);
    } else {
      array(size);
    }
  }

  void value() {
    luaL_checkstack(lua, kSlotsPerLevel, "the reply is nested too deeply");
    switch (*at++) {
      case '$':
        return string_or_null(number());
      case ':':
        return lua_pushnumber(lua, static_cast<double>(number()));
      case '+':
        return named_line(1);
      case '-':
        return named_line(2);
      case '*':
        return array_or_null(number());
      case '_':
        line();
        return lua_pushnil(lua);
      case '#':
        return lua_pushboolean(lua, line() == "t" ? 1 : 0);
      case ',':
        return real();
      case '%':
        return map(number());
      case '~':
        return set(number());
      case '(':
        push_text(lua, line());
        return wrap("big_number");
      case '=':
        return verbatim(number());
      case '|':
        skip(2 * number());
        return value();
      case '>':
        skip(number());
        return lua_pushnil(lua);
      default:
        luaL_error(lua, "a reply that is none");
    }
  }
};

}  // namespace

void push_reply(lua_State* lua, std::string_view reply) {
  Reader reader{lua, reply.data(), reply.data() + reply.size()};
  reader.value();
}

}  // namespace sorrel::script
