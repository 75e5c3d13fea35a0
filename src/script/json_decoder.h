// SPDX-License-Identifier: BSD-3-Clause
//
// JSON text to a Lua value, the value of cjson.decode. Objects and arrays become tables, null the
// light userdata of a null pointer. Nesting is bounded as in the encoder.
#pragma once

#include <type_traits>

#include <lua.hpp>

#include "json_lexer.h"
#include "libraries.h"
#include "lua_buffer.h"

namespace sorrel::script {

class JsonDecoder {
 public:
  // `text` must have a zero byte behind it; `buffer` is for strings with escapes.
  JsonDecoder(lua_State* lua, const JsonSettings& settings, LuaBuffer& buffer,
              std::string_view text)
      : lua_(lua),
        settings_(settings),
        buffer_(buffer),
        lexer_(text, settings.decode_invalid_numbers) {}

  // Pushes the value that the whole text stands for. Errors: raised.
  void push_all();

 private:
  [[noreturn]] void refuse(const char* expected);
  JsonToken::Kind advance() { return (token_ = lexer_.next()).kind; }
  void descend(int depth, int places);
  void push(int depth);
  void push_array(int depth);
  void push_object(int depth);
  void push_string();

  lua_State* lua_;
  const JsonSettings& settings_;
  LuaBuffer& buffer_;
  JsonLexer lexer_;
  JsonToken token_;  // the one at hand, so that a level of nesting costs little of the C stack
};

static_assert(std::is_trivially_destructible_v<JsonDecoder>);

}  // namespace sorrel::script
