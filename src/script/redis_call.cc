// SPDX-License-Identifier: BSD-3-Clause
//
// redis.call: the words come from Lua's stack, the executor runs the command into a buffer, and
// what stands there becomes a value. The middle part is plain C++ that raises nothing; the words
// stay on the stack meanwhile, so that they live. The command runs for the client that called the
// script, in its own session. Nothing is allocated but what Lua makes of the reply.
#include <cmath>
#include <string>
#include <utility>

#include <sorrel/base/numbers.h>

#include "redis_api.h"
#include "replies.h"

namespace sorrel::script {
namespace {

namespace traits = exec::traits;

// A reply of several chunks is laid out in one piece, whose memory is kept up to this.
constexpr std::size_t kFlatReplyKept = 256 * 1024;

constexpr std::string_view kWrongArguments =
    "ERR Lua redis lib command arguments must be strings or integers";
constexpr std::string_view kNoArgument =
    "ERR Please specify at least one argument for this redis lib call";

std::size_t format_number(double value, char* out) {
  constexpr double kLargestInteger = 4611686018427387904.0;  // 2^62
  if (std::isnan(value)) {
    // The processor's own not-a-number is a negative one.
    const std::string_view text = std::signbit(value) ? "-nan" : "nan";
    return text.copy(out, text.size());
  }
  if (std::abs(value) <= kLargestInteger && value == std::trunc(value)) {
    return base::format_integer(static_cast<std::int64_t>(value), out);
  }
  return base::format_double(value, out);
}

// Gathers the function's arguments. A number is put on the stack as its text first. Returns: what
// is wrong with them, or an empty text.
std::string_view gather_words(lua_State* lua, std::vector<std::string_view>& words) {
  const int count = lua_gettop(lua);
  if (count == 0) {
    return kNoArgument;
  }
  for (int i = 1; i <= count; ++i) {
    const int type = lua_type(lua, i);
    if (type == LUA_TNUMBER) {
      char text[base::kMaxDoubleText];
      push_text(lua, {text, format_number(lua_tonumber(lua, i), text)});
      lua_replace(lua, i);
    } else if (type != LUA_TSTRING) {
      return kWrongArguments;
    }
  }
  words.clear();
  for (int i = 1; i <= count; ++i) {
    words.push_back(text_at(lua, i));
  }
  return {};
}

// Why the state of the server, or what the script said of itself, forbids the command now. A script
// that has written already goes on: it must not be left half done.
std::string refusal(Run& run, const exec::Command& command) {
  exec::Traits traits = command.spec->traits | traits::kAllowBusy | traits::kLoading |
                        traits::kNoAuth | traits::kInRespPubsub;
  if (run.wrote) {
    traits &= ~(traits::kDenyOom | traits::kWrite);
  }
  if (run.allow_oom) {
    traits &= ~traits::kDenyOom;
  }
  exec::Context& context = run.context;
  const exec::Refusal found = context.executor.refusal(context.session, command.spec->name, traits);
  return found ? std::string(found.error.code) + " " + found.text : std::string();
}

// Why the user who called the script may not run the command.
std::string denial(Run& run, const exec::Command& command,
                   std::span<const std::string_view> words) {
  exec::Context& context = run.context;
  if ((context.session.gate.require & traits::kNever) == 0) {
    return {};  // he may do everything
  }
  const exec::Refusal denied = context.executor.access().refuse(
      context.session, command, words, exec::AccessContext::kScript, context.now_ms());
  return denied ? "ERR ACL failure in script: " + denied.text : std::string();
}

// Runs the command. Returns: false with the text of an error that no command gave.
bool run_command(Run& run, const Settings& settings, Interpreter::CallBuffers& buffers) {
  constexpr exec::Traits kWriting = traits::kWrite | traits::kMayReplicate;
  exec::Executor& executor = run.context.executor;
  exec::Command* const command = executor.resolve(buffers.words);
  if (command == nullptr) {
    buffers.error = "ERR Unknown Redis command called from script";
    return false;
  }
  const exec::Traits traits = command->spec->traits;
  if (!command->spec->takes(buffers.words.size())) {
    buffers.error = "ERR Wrong number of args calling Redis command from script";
  } else if ((traits & traits::kNoscript) != 0 &&
             (!settings.allow_noscript || (traits & traits::kVaries) != 0)) {
    buffers.error = "ERR This Redis command is not allowed from script";
  } else if (std::string denied = denial(run, *command, buffers.words); !denied.empty()) {
    buffers.error = std::move(denied);
  } else if (run.read_only && (traits & kWriting) != 0) {
    buffers.error = "ERR Write commands are not allowed from read-only scripts.";
  } else if (executor.state().restricts()) {
    buffers.error = refusal(run, *command);
  }
  if (!buffers.error.empty()) {
    ++command->statistics.rejected;
    return false;
  }
  run.wrote = run.wrote || (traits & traits::kWrite) != 0;
  executor.run_within(run.context.session, *command, buffers.words, buffers.reply);
  return true;
}

// Pushes the table of an error that is counted already.
void push_counted_error(lua_State* lua, std::string_view text) {
  lua_createtable(lua, 0, 2);
  lua_pushvalue(lua, lua_upvalueindex(2));
  push_text(lua, text);
  lua_rawset(lua, -3);
  lua_pushboolean(lua, 1);
  lua_setfield(lua, -2, "ignore_error_stats_update");
}

std::string_view whole(Interpreter::CallBuffers& buffers) {
  iovec parts[2];
  const std::size_t count = buffers.reply.gather(parts);
  if (count == 1) {
    return {static_cast<const char*>(parts[0].iov_base), parts[0].iov_len};
  }
  return buffers.reply.contiguous(buffers.flat_reply);
}

// Pushes the command's reply or an error. Returns: whether it is an error.
bool call(lua_State* lua) {
  Interpreter& interpreter = Interpreter::of(lua);
  Interpreter::CallBuffers& buffers = interpreter.buffers();
  buffers.reply.clear();
  buffers.error.clear();
  if (buffers.flat_reply.capacity() > kFlatReplyKept) {
    std::vector<char>().swap(buffers.flat_reply);
  }
  Run* const run = interpreter.control().running();
  if (run == nullptr) {
    buffers.error = "ERR redis.call/pcall can only be called inside a script invocation";
  } else {
    buffers.error = gather_words(lua, buffers.words);
  }
  if (!buffers.error.empty() || !run_command(*run, interpreter.control().settings(), buffers)) {
    if (run != nullptr) {
      run->context.executor.count_error(
          std::string_view(buffers.error).substr(0, buffers.error.find(' ')));
    }
    push_counted_error(lua, buffers.error);
    return true;
  }
  lua_settop(lua, 0);  // room for the reply: the words may have filled the stack
  const std::string_view reply = whole(buffers);
  if (reply[0] == '-') {
    push_counted_error(lua, reply.substr(1, reply.size() - 3));
    return true;
  }
  push_reply(lua, reply);
  return false;
}

}  // namespace

int call_command(lua_State* lua) {
  if (call(lua)) {
    return lua_error(lua);
  }
  return 1;
}

int call_command_protected(lua_State* lua) {
  call(lua);
  return 1;
}

int check_command_access(lua_State* lua) {
  Interpreter& interpreter = Interpreter::of(lua);
  std::vector<std::string_view>& words = interpreter.buffers().words;
  Run* const run = interpreter.control().running();
  std::string_view error = gather_words(lua, words);
  if (error.empty() && run != nullptr) {
    const exec::Command* const command = run->context.executor.resolve(words);
    if (command == nullptr) {
      error = "ERR Invalid command passed to redis.acl_check_cmd()";
    } else if (!command->spec->takes(words.size())) {
      error = "ERR Wrong number of args for redis.acl_check_cmd()";
    }
  }
  if (!error.empty()) {
    return raise_error(lua, error);
  }
  const bool allowed =
      run == nullptr ||
      !exec::Access::check(run->context.session, *run->context.executor.resolve(words), words);
  lua_pushboolean(lua, allowed ? 1 : 0);
  return 1;
}

}  // namespace sorrel::script
