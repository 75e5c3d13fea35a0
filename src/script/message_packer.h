// SPDX-License-Identifier: BSD-3-Clause
//
// Lua values to MessagePack (github.com/msgpack/msgpack/blob/master/spec.md), the value of
// cmsgpack.pack. A number that is an integer of 64 bits is packed as one, in the fewest bytes, else
// as a float where that loses nothing, else as a double. A table whose keys are exactly 1 to n is
// an array, and so is the empty one; any other is a map. What has no place in the format
// (functions, userdata, threads) is nil, and so is a table within sixteen others. Tables are read
// without metamethods.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <lua.hpp>

#include "lua_buffer.h"

namespace sorrel::script {

class MessagePacker {
 public:
  // Free places of the Lua stack that append_top() wants.
  static constexpr int kPlaces = 64;

  MessagePacker(lua_State* lua, LuaBuffer& buffer) : lua_(lua), buffer_(buffer) {}

  // Writes the value on top of the stack, which it leaves there. Errors: raised.
  void append_top(int depth = 0);

 private:
  // A table is an array of so many items, or a map of so many pairs.
  struct Shape {
    bool is_array = true;
    std::uint64_t count = 0;
  };

  Shape shape_of_top();
  void append_table(int depth);
  void append_string();
  void append_number(double number);
  void append_integer(std::int64_t value);
  void append_tagged(unsigned tag, std::uint64_t value, std::size_t size);

  lua_State* lua_;
  LuaBuffer& buffer_;
};

static_assert(std::is_trivially_destructible_v<MessagePacker>);

}  // namespace sorrel::script
