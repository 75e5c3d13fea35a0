// SPDX-License-Identifier: BSD-3-Clause
//
// One Lua state with its world of scripts or of functions, and the running of these in it: the
// arguments go in as tables, what comes out becomes the reply, and an error says where it happened.
//
// At rest the stack holds the fixed slots below and nothing else, so that the strings that are
// looked up for every reply need not be made anew. Memory is counted as Lua asks for it.
// An endless script is ended by a hook that Lua calls every few thousand instructions; once it is
// killed, the hook is called for every instruction and raises each time, so that no pcall holds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/output_buffer.h>
#include <sorrel/exec/context.h>

#include "libraries.h"
#include "lua_api.h"
#include "random_numbers.h"
#include "run_control.h"

namespace sorrel::script {

// Where the stack of an interpreter at rest holds what is needed again and again.
enum Slot : int {
  kHandlerSlot = 1,  // the function that makes an error of what was raised
  kGlobalsSlot,      // the real table of globals
  kKeysSlot,         // from here on: names of globals and of fields of replies
  kArgvSlot,
  kErrSlot,
  kOkSlot,
  kDoubleSlot,
  kMapSlot,
  kSetSlot,
  kBigNumberSlot,
  kVerbatimSlot,
  kFormatSlot,
  kStringSlot,
  kIgnoreErrorSlot,
  kSourceSlot,
  kLineSlot,
  kSlots = kLineSlot,
};

struct Library;

class Interpreter {
 public:
  using Words = std::span<const std::string_view>;

  Interpreter(RunControl& control, RunKind kind);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  static Interpreter& of(lua_State* lua);

  struct Compiled {
    int function = LUA_NOREF;  // to be given back by release()
    std::string error;         // not empty: why there is none
  };
  Compiled compile(std::string_view source, const char* name);
  void release(int function);

  // Runs a compiled script with the globals KEYS and ARGV, and replies.
  exec::Outcome run_script(Run& run, int function, Words keys, Words arguments);

  // Runs a library's code, which registers functions in `library`. Returns: why it failed, or an
  // empty text. `clock` is what its time is limited by, null for no limit. Requires: an interpreter
  // of functions; nothing runs.
  std::string load_library(std::string_view code, Library& library, const base::Clock* clock);
  // The library that is being loaded, null when there is none.
  Library* loading() { return loading_; }
  // Calls a registered function with keys and arguments, and replies.
  exec::Outcome run_function(Run& run, int function, Words keys, Words arguments);

  // Heap bytes of the state.
  std::size_t bytes() const { return heap_.bytes; }

  // For functions that Lua calls. The latter two raise when the script is to end.
  bool killed() const { return control_.killed(); }
  void end_if_killed(lua_State* lua);
  void look_at_clock(lua_State* lua);
  RandomNumbers& random() { return random_; }
  RunControl& control() { return control_; }

  // What a call of a command needs, kept for the next one.
  struct CallBuffers {
    std::vector<std::string_view> words;
    base::OutputBuffer reply;
    std::vector<char> flat_reply;
    std::string error;
  };
  CallBuffers& buffers() { return buffers_; }

 private:
  struct Heap {
    std::size_t bytes = 0;
    std::size_t limit = SIZE_MAX;  // while something runs that may fail for it
    Interpreter* owner = nullptr;
  };

  static void* allocate(void* heap, void* block, std::size_t old_size, std::size_t new_size);
  static void on_count(lua_State* lua, lua_Debug* where);
  static int build(lua_State* lua);

  void see_globals(const char* name);
  void push_words(Words words);
  // Calls the function that lies above its arguments at the top. Returns: the status of Lua.
  int call(int arguments, int results);
  // The same for a run, whose reply is written.
  exec::Outcome run(Run& run, int arguments);
  void push_field(Slot name);
  exec::Outcome reply_error(Run& run);

  Heap heap_;
  JsonSettings json_;  // of the script that runs
  RunControl& control_;
  RunKind kind_;
  Library* loading_ = nullptr;
  lua_State* lua_;
  RandomNumbers random_;
  CallBuffers buffers_;
};

}  // namespace sorrel::script
