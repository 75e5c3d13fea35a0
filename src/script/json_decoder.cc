// SPDX-License-Identifier: BSD-3-Clause
//
// A parser by recursive descent over the tokens of JsonLexer. Tables are not made for a size in
// advance: nothing in the text is to be believed before it was read.
#include "json_decoder.h"

namespace sorrel::script {

using Kind = JsonToken::Kind;

void JsonDecoder::refuse(const char* expected) {
  luaL_error(lua_, "Expected %s but found %s at character %d", expected, json_token_name(token_),
             static_cast<int>(token_.position));
  __builtin_unreachable();
}

void JsonDecoder::push_all() {
  advance();
  push(0);
  if (advance() != Kind::kEnd) refuse("the end");
}

void JsonDecoder::descend(int depth, int places) {
  if (depth > settings_.decode_max_depth || lua_checkstack(lua_, places) == 0) {
    luaL_error(lua_, "Found too many nested data structures (%d) at character %d", depth,
               static_cast<int>(token_.position));
  }
}

// The value that begins with the token at hand.
void JsonDecoder::push(int depth) {
  switch (token_.kind) {
    case Kind::kString:
      return push_string();
    case Kind::kNumber:
      return lua_pushnumber(lua_, token_.number);
    case Kind::kTrue:
    case Kind::kFalse:
      return lua_pushboolean(lua_, token_.kind == Kind::kTrue ? 1 : 0);
    case Kind::kNull:
      return lua_pushlightuserdata(lua_, nullptr);
    case Kind::kArrayBegin:
      return push_array(depth + 1);
    case Kind::kObjectBegin:
      return push_object(depth + 1);
    default:
      refuse("value");
  }
}

void JsonDecoder::push_array(int depth) {
  descend(depth, 2);
  lua_newtable(lua_);
  if (advance() == Kind::kArrayEnd) return;
  for (int index = 1;; ++index) {
    push(depth);
    lua_rawseti(lua_, -2, index);
    if (advance() == Kind::kArrayEnd) return;
    if (token_.kind != Kind::kComma) refuse("comma or array end");
    advance();
  }
}

void JsonDecoder::push_object(int depth) {
  descend(depth, 3);
  lua_newtable(lua_);
  if (advance() == Kind::kObjectEnd) return;
  while (true) {
    if (token_.kind != Kind::kString) refuse("object key string");
    push_string();
    if (advance() != Kind::kColon) refuse("colon");
    advance();
    push(depth);
    lua_rawset(lua_, -3);
    if (advance() == Kind::kObjectEnd) return;
    if (token_.kind != Kind::kComma) refuse("comma or object end");
    advance();
  }
}

void JsonDecoder::push_string() {
  if (!token_.escaped) {
    lua_pushlstring(lua_, token_.text.data(), token_.text.size());
    return;
  }
  buffer_.clear();
  char* const out = buffer_.reserve(token_.text.size());
  lua_pushlstring(lua_, out, unescape_json(token_.text, out));
}

}  // namespace sorrel::script
