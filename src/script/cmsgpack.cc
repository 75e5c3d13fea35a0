// SPDX-License-Identifier: BSD-3-Clause
//
// cmsgpack: its table and the arguments of its functions. The codec is ours (message_packer.h,
// message_unpacker.h): msgpack-c, which Debian has, builds trees of objects of its own where this
// needs Lua values, on memory that would not count as the script's, and differs in what it takes
// for malformed.
#include <string_view>

#include "libraries.h"
#include "lua_buffer.h"
#include "message_packer.h"
#include "message_unpacker.h"

namespace sorrel::script {
namespace {

int pack(lua_State* lua) {
  const int count = lua_gettop(lua);
  // Both blame an argument of the number 0, as in Redis.
  luaL_argcheck(lua, count > 0, 0, "MessagePack pack needs input.");
  luaL_argcheck(lua, lua_checkstack(lua, count) != 0, 0,
                "Too many arguments for MessagePack pack.");
  LuaBuffer buffer(lua);
  luaL_checkstack(lua, MessagePacker::kPlaces, "in function cmsgpack.pack");
  MessagePacker packer(lua, buffer);
  for (int argument = 1; argument <= count; ++argument) {
    lua_pushvalue(lua, argument);
    packer.append_top();
    lua_pop(lua, 1);
  }
  lua_pushlstring(lua, buffer.view().data(), buffer.view().size());
  return 1;
}

std::string_view text_argument(lua_State* lua) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(lua, 1, &size);
  return {text, size};
}

// Returns values until the input ends.
int unpack(lua_State* lua) {
  const std::string_view text = text_argument(lua);
  lua_settop(lua, 1);
  MessageUnpacker unpacker(lua, text);
  while (unpacker.left() > 0) unpacker.push_next();
  return lua_gettop(lua) - 1;
}

// Returns at most `limit` values, and before them where the next one begins, -1 at the end.
// Requires: the text is the first argument.
int unpack_some(lua_State* lua, lua_Integer limit, lua_Integer offset) {
  const std::string_view text = text_argument(lua);
  if (limit == 0 && offset == 0) return unpack(lua);
  const auto size = static_cast<lua_Integer>(text.size());
  // Numbers in texts are those of an int, as in Redis.
  if (limit < 0 || offset < 0) {
    luaL_error(lua, "Invalid request to unpack with offset of %d and limit of %d.",
               static_cast<int>(offset), static_cast<int>(size));
  }
  if (offset > size) {
    luaL_error(lua, "Start offset %d greater than input length %d.", static_cast<int>(offset),
               static_cast<int>(size));
  }
  lua_settop(lua, 1);
  MessageUnpacker unpacker(lua, text.substr(static_cast<std::size_t>(offset)));
  while (unpacker.left() > 0 && limit-- > 0) unpacker.push_next();
  luaL_checkstack(lua, 1, "in function mp_unpack_full");
  const auto next = size - static_cast<lua_Integer>(unpacker.left());
  lua_pushinteger(lua, unpacker.left() == 0 ? -1 : next);
  lua_insert(lua, 2);
  return lua_gettop(lua) - 1;
}

int unpack_one(lua_State* lua) { return unpack_some(lua, 1, luaL_optinteger(lua, 2, 0)); }

int unpack_limit(lua_State* lua) {
  const lua_Integer limit = luaL_checkinteger(lua, 2);
  return unpack_some(lua, limit, luaL_optinteger(lua, 3, 0));
}

constexpr luaL_Reg kFunctions[] = {
    {"pack", pack},
    {"unpack", unpack},
    {"unpack_one", unpack_one},
    {"unpack_limit", unpack_limit},
    {nullptr, nullptr},
};

// What scripts may print of it; they are the words that Redis' own library answers with.
constexpr const char* kFacts[][2] = {
    {"_NAME", "cmsgpack"},
    {"_VERSION", "lua-cmsgpack 0.4.0"},
    {"_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo"},
    {"_DESCRIPTION", "MessagePack C implementation for Lua"},
};

}  // namespace

void open_cmsgpack(lua_State* lua) {
  lua_newtable(lua);
  luaL_register(lua, nullptr, kFunctions);
  for (const auto& [name, text] : kFacts) {
    lua_pushstring(lua, text);
    lua_setfield(lua, -2, name);
  }
}

}  // namespace sorrel::script
