// SPDX-License-Identifier: BSD-3-Clause
//
// Writes what a script returned as a reply. Fields are read without metamethods, so no script runs
// and nothing can be raised here.
#include <string>

#include "interpreter.h"
#include "replies.h"

namespace sorrel::script {
namespace {

constexpr int kSlotsPerLevel = 4;
// The writer calls itself for each level, so that this bounds the stack of the process, too.
constexpr int kMaxDepth = 2000;

// A line of a reply holds no line break, whatever the text.
void write_line(resp::ReplyWriter& reply, std::string_view type, std::string_view text) {
  reply.raw(type);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    reply.raw(text.substr(at, end - at));
    if (end < text.size()) {
      reply.raw(" ");
    }
    at = end + 1;
  }
  reply.raw("\r\n");
}

void write_error(exec::Context& context, std::string_view text, bool counted) {
  if (!counted) {
    context.executor.count_foreign_error(text.substr(0, text.find(' ')));
  }
  write_line(context.reply, "-", text);
}

// As a cast on this processor: what fits nowhere is the smallest integer.
std::int64_t truncated(double value) {
  constexpr double kLimit = 9223372036854775808.0;
  return value >= -kLimit && value < kLimit ? static_cast<std::int64_t>(value) : INT64_MIN;
}

struct Writer {
  lua_State* lua;
  exec::Context& context;
  bool script_knows_booleans;
  bool failed = false;
  bool too_long = false;
  int depth = 0;

  // Pushes a field of the table at the top if it is of that type.
  bool field(Slot name, int type) {
    lua_pushvalue(lua, name);
    lua_rawget(lua, -2);
    if (lua_type(lua, -1) == type) {
      return true;
    }
    lua_pop(lua, 1);
    return false;
  }

  void error() {
    const std::string_view text = text_at(lua, -1);
    lua_pushvalue(lua, kIgnoreErrorSlot);
    lua_rawget(lua, -3);
    const bool counted = lua_toboolean(lua, -1) != 0;
    write_error(context, text.substr(0, text.find_last_not_of("\r\n") + 1), counted);
    lua_pop(lua, 2);
    failed = true;
  }

  // The entries of the table at the top, which is popped: keys, and values if they are wanted.
  void entries(resp::ReplyWriter::Aggregate kind) {
    const auto begin = context.reply.defer();
    std::size_t count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
      if (kind == resp::ReplyWriter::Aggregate::kSet) {
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        value();
      } else {
        lua_pushvalue(lua, -2);
        value();
        value();
      }
      ++count;
    }
    lua_pop(lua, 1);
    context.reply.settle(begin, kind, count);
  }

  // Pops the field. Returns: false when it lacks something; then it is popped, too.
  bool verbatim() {
    if (!field(kFormatSlot, LUA_TSTRING)) {
      lua_pop(lua, 1);
      return false;
    }
    const std::string_view format = text_at(lua, -1);
    lua_pop(lua, 1);  // the table still holds it
    if (!field(kStringSlot, LUA_TSTRING)) {
      lua_pop(lua, 1);
      return false;
    }
    context.reply.verbatim(format, text_at(lua, -1));
    lua_pop(lua, 2);
    return true;
  }

  void big_number() {
    std::string digits(text_at(lua, -1));
    for (char& c : digits) {
      c = c == '\r' || c == '\n' ? ' ' : c;
    }
    context.reply.big_number(digits);
    lua_pop(lua, 1);
  }

  // The elements up to the first nil. Pops nothing.
  void array() {
    const auto begin = context.reply.defer();
    std::size_t count = 0;
    for (;;) {
      lua_rawgeti(lua, -1, static_cast<int>(count + 1));
      if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        break;
      }
      value();
      ++count;
    }
    context.reply.settle(begin, resp::ReplyWriter::Aggregate::kArray, count);
  }

  void table() {
    if (field(kErrSlot, LUA_TSTRING)) {
      error();
    } else if (field(kOkSlot, LUA_TSTRING)) {
      write_line(context.reply, "+", text_at(lua, -1));
      lua_pop(lua, 1);
    } else if (field(kDoubleSlot, LUA_TNUMBER)) {
      context.reply.real(lua_tonumber(lua, -1));
      lua_pop(lua, 1);
    } else if (field(kBigNumberSlot, LUA_TSTRING)) {
      big_number();
    } else if (!field(kVerbatimSlot, LUA_TTABLE) || !verbatim()) {
      container();
    }
  }

  void container() {
    if (field(kMapSlot, LUA_TTABLE)) {
      entries(resp::ReplyWriter::Aggregate::kMap);
    } else if (field(kSetSlot, LUA_TTABLE)) {
      entries(resp::ReplyWriter::Aggregate::kSet);
    } else {
      array();
    }
  }

  // A table may hold itself: depth and length both have an end.
  bool refuses_more() {
    too_long =
        too_long || context.reply.buffer().size() > context.executor.limits().max_reply_bytes;
    if (too_long || depth == kMaxDepth || lua_checkstack(lua, kSlotsPerLevel) == 0) {
      write_error(context, "ERR reached lua stack limit", false);
      failed = true;
      return true;
    }
    return false;
  }

  // Pops what it writes.
  void value() {
    if (!refuses_more()) {
      switch (lua_type(lua, -1)) {
        case LUA_TSTRING:
          context.reply.bulk(text_at(lua, -1));
          break;
        case LUA_TNUMBER:
          context.reply.integer(truncated(lua_tonumber(lua, -1)));
          break;
        case LUA_TBOOLEAN:
          boolean(lua_toboolean(lua, -1) != 0);
          break;
        case LUA_TTABLE:
          ++depth;
          table();
          --depth;
          break;
        default:
          context.reply.null();
      }
    }
    lua_pop(lua, 1);
  }

  void boolean(bool value) {
    if (script_knows_booleans) {
      context.reply.boolean(value);
    } else if (value) {
      context.reply.integer(1);
    } else {
      context.reply.null();
    }
  }
};

}  // namespace

exec::Outcome reply_from_lua(lua_State* lua, exec::Context& context, resp::Protocol protocol) {
  Writer writer{lua, context, protocol == resp::Protocol::kResp3};
  writer.value();
  if (writer.too_long) {
    return context.fail(exec::errors::kReplyTooLong);
  }
  return writer.failed ? exec::Outcome::kError : exec::Outcome::kOk;
}

exec::Outcome reply_error_text(exec::Context& context, std::string_view text, bool counted) {
  context.reply.rewind(context.reply_begin);
  write_error(context, text, counted);
  return exec::Outcome::kError;
}

}  // namespace sorrel::script
