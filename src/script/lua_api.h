// SPDX-License-Identifier: BSD-3-Clause
//
// Lua 5.1's C interface, as this layer includes it.
//
// Rule for everything that is called by Lua or calls Lua: an error leaves by longjmp. So no object
// with a destructor may live in a function at a point where Lua could raise one, and a function
// that raises does so last. Functions of this layer that may raise take a lua_State* first; those
// that must not be left in this way (they have C++ state to keep whole) say so.
#pragma once

#include <string_view>

#include <lua.hpp>

namespace sorrel::script {

// The string at `index`. Requires: it is a string. Lifetime: as long as it is on the stack.
inline std::string_view text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* const data = lua_tolstring(lua, index, &size);
  return {data, size};
}

inline void push_text(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

}  // namespace sorrel::script
