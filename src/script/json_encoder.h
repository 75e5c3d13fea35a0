// SPDX-License-Identifier: BSD-3-Clause
//
// A Lua value to JSON text, the value of cjson.encode. Tables are read without metamethods. A table
// whose keys are all positive integers is an array, holes are null; any other, and the empty one,
// is an object. Nesting is bounded by the setting and by the places of Lua's stack, so the depth of
// the recursion is at most LUAI_MAXCSTACK.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <lua.hpp>

#include "libraries.h"
#include "lua_buffer.h"

namespace sorrel::script {

class JsonEncoder {
 public:
  JsonEncoder(lua_State* lua, const JsonSettings& settings, LuaBuffer& buffer)
      : lua_(lua), settings_(settings), buffer_(buffer) {}

  // Writes the value on top of the stack, which it leaves there. Errors: raised.
  void append_top(int depth = 0);

 private:
  [[noreturn]] void refuse(int index, const char* reason);
  void append_table(int depth);
  void append_array(std::int64_t length, int depth);
  void append_object(int depth);
  void append_key();
  void append_string(int index);
  void append_number(double number);
  void append_finite(double number);
  std::int64_t array_length();
  bool is_too_sparse(std::int64_t length, std::int64_t items) const;

  lua_State* lua_;
  const JsonSettings& settings_;
  LuaBuffer& buffer_;
};

static_assert(std::is_trivially_destructible_v<JsonEncoder>);

}  // namespace sorrel::script
