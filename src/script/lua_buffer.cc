// SPDX-License-Identifier: BSD-3-Clause
//
// Growth doubles; the block before is left to the garbage collector, so that at most as much again
// waits for it.
#include "lua_buffer.h"

#include <algorithm>
#include <cstring>

namespace sorrel::script {

LuaBuffer::LuaBuffer(lua_State* lua) : lua_(lua), data_(first_) {
  // One place for the block, one for the next block while it is filled.
  luaL_checkstack(lua, 2, "no room for a buffer");
  lua_pushnil(lua);
  slot_ = lua_gettop(lua);
}

void LuaBuffer::append(std::string_view bytes) {
  if (!bytes.empty()) {
    std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
}

void LuaBuffer::append(std::size_t count, char byte) {
  std::memset(reserve(count), byte, count);
  size_ += count;
}

void LuaBuffer::grow(std::size_t wanted) {
  if (wanted > kMaxBytes - size_) {
    luaL_error(lua_, "string length overflow");
  }
  const std::size_t capacity = std::max(size_ + wanted, std::min(2 * capacity_, kMaxBytes));
  luaL_checkstack(lua_, 1, "no room for a buffer");
  auto* block = static_cast<char*>(lua_newuserdata(lua_, capacity));
  std::memcpy(block, data_, size_);
  lua_replace(lua_, slot_);
  data_ = block;
  capacity_ = capacity;
}

}  // namespace sorrel::script
