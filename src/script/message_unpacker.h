// SPDX-License-Identifier: BSD-3-Clause
//
// MessagePack to Lua values, the value of cmsgpack.unpack. As in Redis an unsigned integer of 64
// bits is read as a signed one, and the types that came later (binary and extension) are bad data.
// Lengths are believed only as far as there are bytes. Nesting is bounded by the places of Lua's
// stack (LUAI_MAXCSTACK); the errors name the functions that Redis' users know them from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <lua.hpp>

namespace sorrel::script {

class MessageUnpacker {
 public:
  MessageUnpacker(lua_State* lua, std::string_view bytes) : lua_(lua), bytes_(bytes) {}

  std::size_t left() const { return bytes_.size(); }

  // Pushes the value that comes next. Errors: raised.
  void push_next();

 private:
  std::string_view take(std::uint64_t size);
  std::uint64_t take_unsigned(std::size_t size);
  void push_sized(unsigned tag);
  void push_integer(unsigned tag);
  void push_string(std::uint64_t size);
  void push_array(std::uint64_t count);
  void push_map(std::uint64_t count);

  lua_State* lua_;
  std::string_view bytes_;
};

static_assert(std::is_trivially_destructible_v<MessageUnpacker>);

}  // namespace sorrel::script
