// SPDX-License-Identifier: BSD-3-Clause
//
// Lua for scripts (EVAL ...) and functions (FUNCTION, FCALL ...): what the composition root builds,
// sets and asks. Scripts run on the executor's road like all commands; they know no socket, no file
// and no clock but the executor's.
//
// A script that runs too long makes the server busy: Shell::serve_others is called between its
// instructions until it ends or is killed. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/exec/command_table.h>

namespace sorrel::script {

// What an operator may set; read whenever it matters.
struct Settings {
  std::int64_t busy_reply_ms = 5000;  // busy-reply-threshold; 0 or less: never busy
  // Whether scripts may call what is forbidden to them (DEBUG SET-DISABLE-DENY-SCRIPTS).
  bool allow_noscript = false;
  // What an interpreter may come to while it runs something, which fails when it wants more. 0: no
  // limit, as in Redis.
  std::size_t memory_limit_bytes = 0;
};

// As scripts number them in redis.log().
enum class LogLevel : std::uint8_t { kDebug, kVerbose, kNotice, kWarning };

// What a payload of libraries holds.
struct OpenedLibraries {
  std::string error;  // not empty: why it cannot be read
  std::vector<std::string> sources;
};

// What scripts need of the process. Each may be empty.
struct Shell {
  std::function<void(LogLevel, std::string_view)> log;
  // Serves other clients once, while a script runs too long.
  std::function<void()> serve_others;
  // All libraries as bytes, and back: the format belongs to another layer (FUNCTION DUMP).
  std::function<std::string(std::span<const std::string_view> sources)> seal_libraries;
  std::function<OpenedLibraries(std::string_view payload)> open_libraries;
};

struct Statistics {
  std::size_t script_vm_bytes = 0;  // of the interpreter that runs scripts
  std::size_t cached_scripts = 0;
  std::size_t script_bytes = 0;  // their texts and their places in the cache
  std::uint64_t evicted_scripts = 0;
  std::size_t function_vm_bytes = 0;  // of the interpreter that runs functions
  std::size_t libraries = 0;
  std::size_t functions = 0;
  std::size_t function_bytes = 0;  // the texts of the libraries, and what is kept of each function
};

class Scripting {
 public:
  struct Parts;

  Scripting();
  ~Scripting();
  Scripting(const Scripting&) = delete;
  Scripting& operator=(const Scripting&) = delete;

  Settings& settings();
  Shell& shell();
  Statistics statistics() const;
  // Why most commands are refused now, to be called from serve_others(): a script runs too long.
  bool busy() const;
  // The server is to end. Returns: whether the script that is running now will let it: one that has
  // written nothing is killed, any other is left alone.
  bool end_for_shutdown();
  // The same without regard to what it has written, for which the caller answers.
  void kill_for_shutdown();
  // Begins the counters of statistics() anew.
  void reset_statistics();

  // The libraries of functions, for images of the data: the text of each, one from such a text
  // (returns why it was not taken, or an empty text), and all gone.
  std::vector<std::string_view> library_sources() const;
  std::string load_library(std::string_view source, bool replace);
  void flush_libraries();

  // For this layer's own commands.
  Parts& parts() { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

// EVAL, EVALSHA, FCALL, their read-only forms, SCRIPT and FUNCTION. Lifetime: `scripting` outlives
// the table.
void add_script_commands(exec::CommandTable& table, Scripting& scripting);

}  // namespace sorrel::script
