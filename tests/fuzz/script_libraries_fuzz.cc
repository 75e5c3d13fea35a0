// SPDX-License-Identifier: BSD-3-Clause
//
// Fuzzes what the libraries of scripts read: JSON, MessagePack, and formats with data of struct.
// The first byte chooses among them, the second the settings of cjson, the third how many
// allocations succeed (none fails at zero). Whatever is read must come back the same once it was
// written: text that cjson wrote decodes and is written in the same length again, and so on. Each
// input has a state of its own, so that the sanitizers see all of it freed.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "libraries.h"

namespace {

using namespace sorrel::script;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

// A state with the libraries, whose calls return how many values they left above `base`, or kError.
class State {
 public:
  static constexpr int kError = -1;

  State(std::size_t allocations, const JsonSettings& chosen)
      : settings_(chosen), lua_(lua_newstate(allocate, &memory_)) {
    require(lua_ != nullptr);
    require(lua_cpcall(lua_, open, this) == 0);
    memory_.allocations_left = allocations;
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { lua_close(lua_); }

  lua_State* lua() { return lua_; }
  bool failed() const { return memory_.failed; }

  void push(std::string_view text) {
    // What is pushed by the target itself does not count.
    const std::size_t left = std::exchange(memory_.allocations_left, 0);
    require(lua_checkstack(lua_, 1) != 0);
    lua_pushlstring(lua_, text.data(), text.size());
    memory_.allocations_left = left;
  }

  // Calls library.function with the topmost `arguments` values, which the results replace.
  int call(const char* library, const char* function, int arguments) {
    const int base = lua_gettop(lua_) - arguments;
    const std::size_t left = std::exchange(memory_.allocations_left, 0);
    require(lua_checkstack(lua_, 2) != 0);
    lua_getglobal(lua_, library);
    lua_getfield(lua_, -1, function);
    lua_remove(lua_, -2);
    lua_insert(lua_, base + 1);
    memory_.allocations_left = left;
    if (lua_pcall(lua_, arguments, LUA_MULTRET, 0) != 0) {
      lua_settop(lua_, base);
      return kError;
    }
    return lua_gettop(lua_) - base;
  }

  std::string text(int index) {
    std::size_t size = 0;
    const char* bytes = lua_tolstring(lua_, index, &size);
    require(bytes != nullptr);
    return {bytes, size};
  }

 private:
  struct Memory {
    std::size_t allocations_left = 0;  // without bound at zero
    bool failed = false;
  };

  static void* allocate(void* data, void* block, std::size_t old_size, std::size_t size) {
    auto& memory = *static_cast<Memory*>(data);
    if (size == 0) {
      std::free(block);
      return nullptr;
    }
    if (size > old_size && memory.allocations_left == 1) {
      memory.failed = true;
      return nullptr;
    }
    if (size > old_size && memory.allocations_left > 1) --memory.allocations_left;
    return std::realloc(block, size);
  }

  static int open(lua_State* lua) {
    auto& self = *static_cast<State*>(lua_touserdata(lua, 1));
    open_cjson(lua, self.settings_);
    lua_setglobal(lua, "cjson");
    open_cmsgpack(lua);
    lua_setglobal(lua, "cmsgpack");
    open_struct(lua);
    lua_setglobal(lua, "struct");
    return 0;
  }

  Memory memory_;
  JsonSettings settings_;
  lua_State* lua_;
};

// More than these leave no room on Lua's stack for what is done with them here.
constexpr int kMostValues = 3900;

JsonSettings chosen_settings(unsigned bits) {
  JsonSettings settings;
  if ((bits & 1) != 0) settings.decode_invalid_numbers = false;
  if ((bits & 2) != 0) settings.encode_invalid_numbers = InvalidNumbers::kNull;
  if ((bits & 4) != 0) settings.decode_max_depth = settings.encode_max_depth = 1 << 30;
  if ((bits & 8) != 0) settings.number_precision = 3;
  if ((bits & 16) != 0) settings.sparse_as_object = true;
  return settings;
}

void read_json(State& state, std::string_view text, bool all_digits) {
  state.push(text);
  if (state.call("cjson", "decode", 1) != 1) return;
  if (state.call("cjson", "encode", 1) != 1) return;
  const std::string written = state.text(-1);
  if (state.call("cjson", "decode", 1) != 1) {
    require(state.failed());
    return;
  }
  // Fewer digits may make an infinity of the largest numbers.
  if (state.call("cjson", "encode", 1) == 1 && all_digits) {
    require(state.text(-1).size() == written.size());
  }
}

// Packs the values above `base`, unpacks that, and so on; the last text, or nothing after an error.
std::string packed_again(State& state, int base, int rounds) {
  std::string text;
  for (; rounds > 0; --rounds) {
    const int count = lua_gettop(state.lua()) - base;
    if (count == 0 || state.call("cmsgpack", "pack", count) != 1) return "";
    text = state.text(-1);
    if (state.call("cmsgpack", "unpack", 1) < 0) return "";
  }
  return text;
}

void read_message(State& state, std::string_view text) {
  state.push(text);
  const int count = state.call("cmsgpack", "unpack", 1);
  if (count == State::kError || count > kMostValues) return;
  // The first round makes nil of what lies too deep, and the second drops that from its tables.
  const std::string second = packed_again(state, 0, 2);
  const std::string third = packed_again(state, 0, 1);
  require(second.size() == third.size() || third.empty());
  lua_settop(state.lua(), 0);
  double next = 0;
  int found = 0;
  for (; next >= 0; ++found) {
    state.push(text);
    lua_pushnumber(state.lua(), next);
    const int results = state.call("cmsgpack", "unpack_one", 2);
    if (results == State::kError) {
      require(state.failed());
      return;
    }
    require(results == 2 || (results == 1 && count == 0));
    next = lua_tonumber(state.lua(), 1);
    lua_settop(state.lua(), 0);
  }
  require(found == count || count == 0);
}

void read_struct(State& state, std::string_view input) {
  const std::size_t split = std::min(input.find('\n'), input.size());
  const std::string_view format = input.substr(0, split);
  const std::string_view data = input.substr(std::min(split + 1, input.size()));
  state.push(format);
  const double size = state.call("struct", "size", 1) == 1 ? lua_tonumber(state.lua(), -1) : -1;
  lua_settop(state.lua(), 0);
  state.push(format);
  state.push(data);
  const int count = state.call("struct", "unpack", 2);
  if (count == State::kError || count > kMostValues) return;
  require(count >= 1);
  const double next = lua_tonumber(state.lua(), -1);
  require(next >= 1 && next <= static_cast<double>(data.size()) + 1);
  if (size < 0) return;
  require(next == size + 1);
  std::string text;
  for (int round = 0; round < 2; ++round) {
    lua_pop(state.lua(), 1);
    state.push(format);
    lua_insert(state.lua(), 1);
    if (state.call("struct", "pack", lua_gettop(state.lua())) != 1) {
      require(state.failed());
      return;
    }
    const std::string packed = state.text(-1);
    require(static_cast<double>(packed.size()) == size && (round == 0 || packed == text));
    text = packed;
    lua_settop(state.lua(), 0);
    state.push(format);
    state.push(text);
    if (state.call("struct", "unpack", 2) != count) {
      require(state.failed());
      return;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kControlBytes = 3;
  if (size < kControlBytes) {
    return 0;
  }
  const JsonSettings settings = chosen_settings(data[1]);
  State state(data[2], settings);
  const std::string_view input(reinterpret_cast<const char*>(data) + kControlBytes,
                               size - kControlBytes);
  switch (data[0] % 3) {
    case 0:
      read_json(state, input, settings.number_precision == 14);
      break;
    case 1:
      read_message(state, input);
      break;
    default:
      read_struct(state, input);
  }
  return 0;
}
