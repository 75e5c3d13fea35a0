// SPDX-License-Identifier: BSD-3-Clause
// The .resp scripts: reading one, and running one against a server in one of several ways.
//
// A script is commands and the replies expected of them (tests/scripts/README.md describes the
// format). ScriptTarget is all that a run needs of a server: numbered byte streams, and a restart
// that keeps what was acknowledged. So one runner serves a server behind TCP and one inside the
// test's own process, and a way of running (split, pipelined, restarted) is a matter of this file
// only.
//
// Invariant: a run leaves no reply unread on a connection; an unexpected one is a failure of the
// script. Threads: none.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resp_client.h"
#include "resp_expect.h"

namespace sorrel::test {

// What a directive lays on the steps below it.
struct StepConditions {
  std::vector<std::string> only;    // kinds of server; empty: all
  std::vector<std::string> except;  // kinds of server
  std::vector<std::string> needs;   // commands that the server must have
  int since = 0;                    // version of a Redis server, major * 100 + minor
  int protocol = 0;                 // 2 or 3; 0: both
  bool no_restart = false;
  std::vector<std::string> restart_loses;  // kinds of server that no_restart means; empty: all
  bool no_pipeline = false;
  bool no_transaction = false;
  bool no_split = false;
  bool no_script = false;
  bool real_time = false;
};

struct Step {
  enum class Kind { command, raw, config };
  struct Want {
    int protocol = 0;  // 0: both
    Expected expected;
    std::string source;
  };

  Kind kind = Kind::command;
  int line = 0;
  int connection = 1;
  std::vector<std::string> words;  // raw: one, the bytes; config: option, value
  std::string source;
  std::vector<Want> wants;
  int wait_ms = 0;   // above 0: the command is repeated until its reply fits
  std::string save;  // name under which the reply is kept for ${name}
  StepConditions conditions;
};

struct Script {
  std::string path;
  std::vector<Step> steps;
  std::string error;  // not empty: path:line and what is wrong with the file
};

[[nodiscard]] Script parse_script(std::string path, std::string_view text);

using ConfigValues = std::map<std::string, std::string>;

// A server, seen as numbered connections. Connection 0 belongs to the runner, which ends every
// connection with QUIT and reads until `closed`.
class ScriptTarget {
 public:
  ScriptTarget() = default;
  ScriptTarget(const ScriptTarget&) = delete;
  ScriptTarget& operator=(const ScriptTarget&) = delete;
  virtual ~ScriptTarget() = default;

  // A fresh connection under this number. Returns: false when the server cannot be reached.
  [[nodiscard]] virtual bool open(int connection) = 0;
  virtual void close(int connection) = 0;
  // Returns: false when the connection is gone.
  [[nodiscard]] virtual bool write(int connection, std::string_view bytes) = 0;
  // Waits for the next reply as long as is reasonable for this target.
  [[nodiscard]] virtual ReadResult read(int connection) = 0;
  // Stops the server as a crash would and starts it again on what it had acknowledged, with these
  // options in force already while it loads. All connections are gone after it.
  // Returns: false when the server does not come back.
  [[nodiscard]] virtual bool restart(const ConfigValues& options) = 0;
  // Lets a little time pass before a reply is asked for again (@wait-until).
  virtual void pause() = 0;
  // Returns: milliseconds on the clock that the server expires keys by.
  [[nodiscard]] virtual std::int64_t now_ms() const = 0;
  // Whether that clock goes by itself, and the server has turns in which it works on its own.
  [[nodiscard]] virtual bool real_time() const { return true; }
};

// transaction: each command by itself between MULTI and EXEC. script: each through redis.call.
enum class RunMode { whole, split, pipeline, restart, transaction, script };

struct RunOptions {
  RunMode mode = RunMode::whole;
  int protocol = 2;
  std::uint64_t seed = 1;
  int restart_every = 7;  // commands between two restarts
  bool fill = false;      // collect the replies to commands without an expectation
};

struct Outcome {
  std::vector<std::string> failures;
  int commands = 0;                           // that were sent and compared
  std::string missing;                        // commands that @requires names and are not there
  std::vector<std::pair<int, Reply>> filled;  // line of the command, its reply
};

class ScriptRunner {
 public:
  ScriptRunner(ScriptTarget& target, RunOptions options);

  // Empties the server, runs the script and restores the configuration.
  [[nodiscard]] Outcome run(const Script& script);

 private:
  struct Connection {
    bool open = false;
    int protocol = 2;
    std::string database = "0";
    bool in_transaction = false;  // one of the script's own
  };

  // What stands around a command: MULTI and EXEC, or a script that calls it.
  enum class Wrapping { none, transaction, script };

  [[nodiscard]] bool prepare();
  void finish();
  [[nodiscard]] bool applies(const StepConditions& conditions) const;
  void run_steps();
  [[nodiscard]] bool run_step(const Step& step);
  [[nodiscard]] bool run_config(const Step& step);
  [[nodiscard]] bool run_waiting(const Step& step);
  [[nodiscard]] bool send_bytes(const Step& step);
  [[nodiscard]] bool flush_pipeline();
  [[nodiscard]] bool belongs_in_pipeline(const Step& step) const;
  [[nodiscard]] Wrapping wrapping_of(const Step& step);
  [[nodiscard]] std::string wrapped_bytes(const Step& step) const;
  [[nodiscard]] ReadResult read_wrapped(const Step& step);
  [[nodiscard]] ReadResult read_transaction(const Step& step);
  [[nodiscard]] ReadResult read_script(const Step& step);
  [[nodiscard]] bool check_replies(const Step& step);
  [[nodiscard]] bool check_reply(const Step& step, const Step::Want& want, const ReadResult& got);
  [[nodiscard]] bool restart_if_due(const Step& step);
  [[nodiscard]] bool ensure_open(const Step& step);
  [[nodiscard]] bool identify();
  [[nodiscard]] bool find_commands();
  [[nodiscard]] bool control(const std::vector<std::string>& words, Reply& into);
  void note_state(const Step& step, const std::vector<std::string>& words, const Reply& reply);
  void close_orderly(int connection);
  void check_nothing_left(int connection);
  [[nodiscard]] std::vector<std::string> substituted(const std::vector<std::string>& words) const;
  [[nodiscard]] std::string bytes_of(const Step& step) const;
  void fail(int line, const std::string& sent, const std::string& expected, const std::string& got);

  ScriptTarget& target_;
  RunOptions options_;
  std::mt19937_64 random_;
  std::string kind_;  // of server: sorrel, redis or valkey
  int version_ = 0;
  std::map<std::string, bool> has_command_;  // what was asked for so far

  // Of the run that is under way.
  const Script* script_ = nullptr;
  Outcome outcome_;
  std::map<int, Connection> connections_;
  std::map<std::string, std::string> saved_;
  ConfigValues config_before_;
  ConfigValues config_now_;
  std::vector<const Step*> pipeline_;
  std::string pipeline_bytes_;
  Wrapping wrapping_ = Wrapping::none;  // of the command that was sent
  int until_restart_ = 0;
};

}  // namespace sorrel::test
