// SPDX-License-Identifier: BSD-3-Clause
//
// The state: memory, hook, errors with their places, and a function's run from its arguments to the
// reply.
#include "interpreter.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include <sorrel/exec/within.h>

#include "redis_api.h"
#include "replies.h"
#include "sandbox.h"

namespace sorrel::script {
namespace {

constexpr int kInstructionsBetweenLooks = 10'000;

constexpr const char* kSlotNames[] = {"KEYS",   "ARGV",       "err",
                                      "ok",     "double",     "map",
                                      "set",    "big_number", "verbatim_string",
                                      "format", "string",     "ignore_error_stats_update",
                                      "source", "line"};
static_assert(std::size(kSlotNames) == kSlots - kKeysSlot + 1);

// Fields of the registry: what the globals are the shade of.
constexpr const char* kGlobals = "globals";
constexpr const char* kLoadGlobals = "load_globals";

constexpr const char* kFunctionChunk = "@user_function";

[[noreturn]] int panic(lua_State* lua) {
  const char* const text = lua_tostring(lua, -1);
  std::fprintf(stderr, "sorrel: Lua failed outside of any script: %s\n",
               text == nullptr ? "?" : text);
  std::abort();
}

// Pushes the text of an error, from what was raised.
void push_error_text(lua_State* lua, int raised) {
  if (lua_istable(lua, raised) && !push_shaded(lua, raised)) {
    lua_pushliteral(lua, "err");
    lua_rawget(lua, raised);
    if (lua_tostring(lua, -1) == nullptr) {
      lua_pop(lua, 1);
      lua_pushliteral(lua, "ERR unknown error");
    }
    return;
  }
  lua_pushliteral(lua, "ERR ");
  if (lua_isstring(lua, raised) != 0) {
    lua_pushvalue(lua, raised);
  } else if (lua_isboolean(lua, raised)) {
    lua_pushstring(lua, lua_toboolean(lua, raised) != 0 ? "true" : "false");
  } else {
    lua_pushstring(lua, luaL_typename(lua, raised));
  }
  lua_concat(lua, 2);
}

// Where the error was raised: the function that raised it or, when that is one of C's, its caller.
// Returns: false where it has none, for it is called from outside.
bool find_place(lua_State* lua, lua_Debug* place) {
  if (lua_getstack(lua, 1, place) == 0) {
    return false;
  }
  lua_getinfo(lua, "Sl", place);
  if (std::strcmp(place->what, "C") != 0) {
    return true;
  }
  if (lua_getstack(lua, 2, place) == 0) {
    return false;
  }
  lua_getinfo(lua, "Sl", place);
  return true;
}

// Makes of whatever was raised a table {err, source, line}, with the mark of an error that has been
// counted already.
int make_error(lua_State* lua) {
  lua_settop(lua, 1);
  lua_createtable(lua, 0, 4);
  push_error_text(lua, 1);
  lua_setfield(lua, 2, "err");
  lua_settop(lua, 2);
  if (lua_istable(lua, 1)) {
    lua_pushliteral(lua, "ignore_error_stats_update");
    lua_pushvalue(lua, -1);
    lua_rawget(lua, 1);
    lua_rawset(lua, 2);
  }
  lua_Debug place;
  if (find_place(lua, &place)) {
    lua_pushstring(lua, place.source);
    lua_setfield(lua, 2, "source");
    lua_pushinteger(lua, place.currentline);
    lua_setfield(lua, 2, "line");
  }
  return 1;
}

// What the script made of its session is undone.
class SessionKeeper {
 public:
  explicit SessionKeeper(exec::Session& session) : session_(session), database_(session.database) {
    session.script_protocol = resp::Protocol::kResp2;
    session.in_script = true;
  }
  ~SessionKeeper() {
    session_.database = database_;
    session_.in_script = false;
  }
  SessionKeeper(const SessionKeeper&) = delete;
  SessionKeeper& operator=(const SessionKeeper&) = delete;

 private:
  exec::Session& session_;
  std::uint32_t database_;
};

}  // namespace

Interpreter::Interpreter(RunControl& control, RunKind kind) : control_(control), kind_(kind) {
  heap_.owner = this;
  lua_ = lua_newstate(allocate, &heap_);
  if (lua_ == nullptr) {
    throw std::bad_alloc();
  }
  lua_atpanic(lua_, panic);
  if (lua_cpcall(lua_, build, this) != 0) {
    throw std::bad_alloc();
  }
  lua_pushcfunction(lua_, make_error);
  lua_getfield(lua_, LUA_REGISTRYINDEX, kGlobals);
  for (const char* const name : kSlotNames) {
    lua_pushstring(lua_, name);
  }
  lua_sethook(lua_, on_count, LUA_MASKCOUNT, kInstructionsBetweenLooks);
}

int Interpreter::build(lua_State* lua) {
  Interpreter& interpreter = of(lua);
  open_sandbox(lua, interpreter.json_);
  add_redis_api(lua, interpreter.kind_);
  lua_setfield(lua, LUA_REGISTRYINDEX, kGlobals);
  if (interpreter.kind_ == RunKind::kFunction) {
    push_load_globals(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, kLoadGlobals);
  }
  return 0;
}

Interpreter::~Interpreter() { lua_close(lua_); }

void* Interpreter::allocate(void* heap, void* block, std::size_t old_size, std::size_t new_size) {
  auto& counted = *static_cast<Heap*>(heap);
  if (new_size == 0) {
    counted.bytes -= old_size;
    std::free(block);
    return nullptr;
  }
  if (new_size > old_size && counted.bytes + (new_size - old_size) > counted.limit) {
    return nullptr;
  }
  void* const moved = std::realloc(block, new_size);
  if (moved != nullptr) {
    counted.bytes += new_size - old_size;
  }
  return moved;
}

Interpreter& Interpreter::of(lua_State* lua) {
  void* heap = nullptr;
  lua_getallocf(lua, &heap);
  return *static_cast<Heap*>(heap)->owner;
}

Interpreter::Compiled Interpreter::compile(std::string_view source, const char* name) {
  if (load_text(lua_, source, name) != 0) {
    std::string error(text_at(lua_, -1));
    lua_pop(lua_, 1);
    return {LUA_NOREF, std::move(error)};
  }
  return {luaL_ref(lua_, LUA_REGISTRYINDEX), {}};
}

void Interpreter::release(int function) { luaL_unref(lua_, LUA_REGISTRYINDEX, function); }

void Interpreter::on_count(lua_State* lua, lua_Debug* /*where*/) { of(lua).look_at_clock(lua); }

void Interpreter::look_at_clock(lua_State* lua) {
  control_.look_at_clock();
  if (control_.load_timed_out()) {
    raise_error(lua, RunControl::kLoadTimeoutText);
  }
  end_if_killed(lua);
}

void Interpreter::end_if_killed(lua_State* lua) {
  if (!control_.killed()) {
    return;
  }
  lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
  push_text(lua, RunControl::kKilledText);
  lua_error(lua);
}

void Interpreter::push_words(Words words) {
  lua_createtable(lua_, static_cast<int>(words.size()), 0);
  for (std::size_t i = 0; i < words.size(); ++i) {
    push_text(lua_, words[i]);
    lua_rawseti(lua_, -2, static_cast<int>(i + 1));
  }
}

exec::Outcome Interpreter::run_script(Run& run, int function, Words keys, Words arguments) {
  lua_pushvalue(lua_, kKeysSlot);
  push_words(keys);
  lua_rawset(lua_, kGlobalsSlot);
  lua_pushvalue(lua_, kArgvSlot);
  push_words(arguments);
  lua_rawset(lua_, kGlobalsSlot);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, function);
  random_.begin_script();
  return this->run(run, 0);
}

exec::Outcome Interpreter::run_function(Run& run, int function, Words keys, Words arguments) {
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, function);
  push_words(keys);
  push_words(arguments);
  return this->run(run, 2);
}

// Makes the globals the shade of another table. Nothing is allocated: all strings are there.
void Interpreter::see_globals(const char* name) {
  lua_getmetatable(lua_, LUA_GLOBALSINDEX);
  lua_getfield(lua_, LUA_REGISTRYINDEX, name);
  lua_setfield(lua_, -2, "__index");
  lua_pop(lua_, 1);
}

std::string Interpreter::load_library(std::string_view code, Library& library,
                                      const base::Clock* clock) {
  std::string error;
  if (load_text(lua_, code, kFunctionChunk) != 0) {
    error = "Error compiling function: " + std::string(text_at(lua_, -1));
    lua_settop(lua_, kSlots);
    return error;
  }
  loading_ = &library;
  see_globals(kLoadGlobals);
  control_.begin_load(clock);
  const int status = call(0, 0);
  control_.end_load();
  see_globals(kGlobals);
  loading_ = nullptr;
  if (status != 0) {
    if (lua_istable(lua_, -1)) {
      push_field(kErrSlot);
    }
    error = "Error registering functions: " + std::string(text_at(lua_, -1));
  }
  lua_settop(lua_, kSlots);
  return error;
}

int Interpreter::call(int arguments, int results) {
  const std::size_t limit = control_.settings().memory_limit_bytes;
  heap_.limit = limit == 0 ? SIZE_MAX : limit;
  const int status = lua_pcall(lua_, arguments, results, kHandlerSlot);
  heap_.limit = SIZE_MAX;
  return status;
}

exec::Outcome Interpreter::run(Run& run, int arguments) {
  exec::Context& context = run.context;
  json_ = JsonSettings{};
  int status = 0;
  bool killed = false;
  {
    const SessionKeeper keeper(context.session);
    const exec::Within within(context.executor, context.session);
    control_.begin(run);
    status = call(arguments, 1);
    killed = control_.killed();
    control_.end();
    context.executor.effect_log().set_muted(false);
  }
  context.effects.suppress();
  if (killed) {
    lua_sethook(lua_, on_count, LUA_MASKCOUNT, kInstructionsBetweenLooks);
  }
  const exec::Outcome outcome = status == 0
                                    ? reply_from_lua(lua_, context, context.session.script_protocol)
                                    : reply_error(run);
  lua_settop(lua_, kSlots);
  return outcome;
}

// Pushes a field of the table at the top.
void Interpreter::push_field(Slot name) {
  lua_pushvalue(lua_, name);
  lua_rawget(lua_, -2);
}

exec::Outcome Interpreter::reply_error(Run& run) {
  std::string text;
  std::string place;
  bool counted = false;
  if (lua_istable(lua_, -1)) {
    push_field(kIgnoreErrorSlot);
    counted = lua_toboolean(lua_, -1) != 0;
    lua_pop(lua_, 1);
    push_field(kErrSlot);
    text = text_at(lua_, -1);
    lua_pop(lua_, 1);
    push_field(kLineSlot);
    const auto line = lua_tointeger(lua_, -1);
    lua_pop(lua_, 1);
    push_field(kSourceSlot);
    if (!lua_isnil(lua_, -1)) {
      place = " script: " + std::string(run.name) + ", on " + std::string(text_at(lua_, -1)) + ":" +
              std::to_string(line) + ".";
    }
  } else {
    // Out of memory, or an error while one was being described.
    text = "ERR " + std::string(text_at(lua_, -1));
  }
  return reply_error_text(run.context, text + place, counted);
}

}  // namespace sorrel::script
