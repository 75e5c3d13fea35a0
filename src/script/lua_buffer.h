// SPDX-License-Identifier: BSD-3-Clause
//
// Bytes that a library function puts together. The first ones lie in the object itself, on the C
// stack; what outgrows them lies in a userdata of the Lua stack. So there is nothing to destroy:
// an error may be raised at any time, and the memory counts as the script's. Lua's own luaL_Buffer
// cannot serve here, because it moves the top of the stack while tables are walked.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>

#include <lua.hpp>

namespace sorrel::script {

class LuaBuffer {
 public:
  // Pushes one value, which must stay in its place as long as the buffer is used.
  explicit LuaBuffer(lua_State* lua);
  LuaBuffer(const LuaBuffer&) = delete;
  LuaBuffer& operator=(const LuaBuffer&) = delete;

  // These raise an error when memory runs out or the text would pass kMaxBytes.
  void append(char byte) {
    *reserve(1) = byte;
    ++size_;
  }
  void append(std::string_view bytes);
  void append(std::size_t count, char byte);
  // Room for `size` more bytes. Lifetime: until the next call that adds. What was written there
  // counts when it is committed.
  char* reserve(std::size_t size) {
    if (size > capacity_ - size_) {
      grow(size);
    }
    return data_ + size_;
  }
  void commit(std::size_t size) { size_ += size; }
  void clear() { size_ = 0; }

  std::string_view view() const { return {data_, size_}; }

  static constexpr std::size_t kMaxBytes = 0x7fffffff;

 private:
  void grow(std::size_t wanted);

  static constexpr std::size_t kFirstBytes = 1024;

  lua_State* lua_;
  int slot_;
  char* data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = kFirstBytes;
  char first_[kFirstBytes];
};

static_assert(std::is_trivially_destructible_v<LuaBuffer>);

}  // namespace sorrel::script
