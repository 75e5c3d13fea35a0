// SPDX-License-Identifier: BSD-3-Clause
//
// The libraries that scripts find beside Lua's own: cjson, cmsgpack, struct and bit, with the
// members, results and error texts of Redis 8.0 (which are those of 7.0). Each function leaves the
// library's table on the stack and sets no global, so that the engine decides who sees it and
// through what protection.
//
// Nothing here outlives a call but the settings of cjson: the rest is pure. In Redis a setting that
// one script makes stays for every later one; here the engine owns the settings and puts them back
// by assigning JsonSettings{} before it runs a script. Copies made by cjson.new() have settings of
// their own, which live as long as the copy.
//
// Lua raises errors by longjmp: see README.md for what that asks of every function here.
#pragma once

#include <cstdint>

#include <lua.hpp>

namespace sorrel::script {

// What cjson.encode does with infinities and NaN.
enum class InvalidNumbers : std::uint8_t { kRefuse, kWrite, kNull };

struct JsonSettings {
  bool sparse_as_object = false;  // else an excessively sparse array is an error
  int sparse_ratio = 2;           // excessive: more than so many places to an item; 0: never
  int sparse_safe = 10;           // never excessive up to this index
  int encode_max_depth = 1000;
  int decode_max_depth = 1000;
  int number_precision = 14;  // significant digits
  bool keep_buffer = true;    // told when asked for, without effect
  InvalidNumbers encode_invalid_numbers = InvalidNumbers::kRefuse;
  bool decode_invalid_numbers = true;
};

// Requires: `settings` outlives the state.
void open_cjson(lua_State* lua, JsonSettings& settings);
void open_cmsgpack(lua_State* lua);
void open_struct(lua_State* lua);
void open_bit(lua_State* lua);

}  // namespace sorrel::script
