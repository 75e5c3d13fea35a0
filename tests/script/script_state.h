// SPDX-License-Identifier: BSD-3-Clause
//
// A Lua state with the libraries under test, on memory that can be made to run out. Chunks have
// show.lua in front of them, so that `run(function, ...)` tells results in one line.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <lua.hpp>

#include "libraries.h"

namespace sorrel::script {

class ScriptState {
 public:
  static constexpr std::size_t kUnlimited = ~std::size_t{0};

  ScriptState() : lua_(lua_newstate(allocate, this)) {
    for (const lua_CFunction open : {luaopen_base, luaopen_string, luaopen_table, luaopen_math}) {
      lua_pushcfunction(lua_, open);
      lua_call(lua_, 0, 0);
    }
    lua_settop(lua_, 0);
    open_cjson(lua_, settings);
    lua_setglobal(lua_, "cjson");
    open_cmsgpack(lua_);
    lua_setglobal(lua_, "cmsgpack");
    open_struct(lua_);
    lua_setglobal(lua_, "struct");
    open_bit(lua_);
    lua_setglobal(lua_, "bit");
    EXPECT_EQ(lua_gettop(lua_), 0);
  }
  ScriptState(const ScriptState&) = delete;
  ScriptState& operator=(const ScriptState&) = delete;
  ~ScriptState() { lua_close(lua_); }

  lua_State* lua() { return lua_; }

  // What the chunk returns, as text; the message when it fails.
  std::string run(std::string_view chunk) {
    const std::string whole = show() + std::string(chunk);
    lua_settop(lua_, 0);
    if (luaL_loadbuffer(lua_, whole.data(), whole.size(), "=test") != 0 ||
        lua_pcall(lua_, 0, 1, 0) != 0) {
      return "failed: " + top();
    }
    return top();
  }

  // Runs what `f` does with the state while only so many allocations succeed.
  template <typename F>
  void with_allocations(std::size_t count, F f) {
    allocations_left_ = count;
    f();
    allocations_left_ = kUnlimited;
  }

  JsonSettings settings;

 private:
  static const std::string& show() {
    static const std::string text = [] {
      std::ifstream file(SORREL_SCRIPT_TESTS "/show.lua");
      std::ostringstream all;
      all << file.rdbuf();
      return all.str();
    }();
    return text;
  }

  std::string top() {
    std::size_t size = 0;
    const char* text = lua_tolstring(lua_, -1, &size);
    return text == nullptr ? luaL_typename(lua_, -1) : std::string(text, size);
  }

  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t size) {
    if (size == 0) {
      std::free(block);
      return nullptr;
    }
    std::size_t& left = static_cast<ScriptState*>(self)->allocations_left_;
    if (size > old_size && left != kUnlimited && left-- == 0) {
      left = 0;
      return nullptr;
    }
    return std::realloc(block, size);
  }

  std::size_t allocations_left_ = kUnlimited;
  lua_State* lua_;
};

}  // namespace sorrel::script
