// SPDX-License-Identifier: BSD-3-Clause
//
// The one road. Every command, whether it comes from a socket, from the log's replay or from a
// test, goes through run(): admit -> run -> settle. No check and no epilogue exists twice.
//
// For a batch: the commands are looked up and their keys hashed, then index buckets and then
// records are prefetched, and only then the commands run, in order. admit is one test of masks;
// when it fails, refuse() walks the reasons in the order in which Redis would name them. settle
// encodes the effect, counts, and closes the command's latency by the clock read that opens the
// next.
//
// The executor reads time through the clock it was given and is deterministic otherwise. One
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/clock.h>
#include <sorrel/base/output_buffer.h>
#include <sorrel/base/random.h>
#include <sorrel/exec/command_table.h>
#include <sorrel/exec/context.h>
#include <sorrel/exec/effects.h>
#include <sorrel/exec/limits.h>
#include <sorrel/exec/session.h>
#include <sorrel/exec/slow_log.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/resp/request_parser.h>

namespace sorrel::exec {

// Why the whole server refuses commands now. Whoever causes or ends a reason says so.
struct ServerState {
  bool loading = false;
  bool out_of_memory = false;
  std::string disk_error;  // not empty: writes are refused with MISCONF and this reason
};

struct ExecutorStatistics {
  std::uint64_t commands = 0;
  std::uint64_t errors = 0;
  std::map<std::string, std::uint64_t, std::less<>> errors_by_code;
};

class Executor {
 public:
  static constexpr std::size_t kMaxBatch = 64;

  Executor(CommandTable& table, keyspace::Keyspace& keyspace, const base::Clock& clock,
           std::uint64_t seed);

  // Runs the requests in order, with one reply each into `out`. Stops after a command that closes
  // the session. Returns: how many requests were run.
  std::size_t run(Session& session, std::span<const resp::Request> requests,
                  base::OutputBuffer& out);

  // The same for one command that is not a request of a socket.
  void run_one(Session& session, std::span<const std::string_view> arguments,
               base::OutputBuffer& out);

  // Moves the keyspace's time on, and makes due expirations an effect. `limit` bounds the work.
  // Returns: whether more is due.
  bool expire_due(std::size_t limit);

  // The password of the default user, empty when there is none (requirepass).
  void set_password(std::string password) { password_ = std::move(password); }
  const std::string& password() const { return password_; }
  void open_session(Session& session);  // sets gate and authentication of a new session
  // Returns: whether the pair is right; if so the session may run everything from now on.
  bool authenticate(Session& session, std::string_view user, std::string_view password);

  Limits& limits() { return limits_; }
  const ServerState& state() const { return state_; }
  void set_state(ServerState state);

  CommandTable& table() { return table_; }
  keyspace::Keyspace& keyspace() { return keyspace_; }
  EffectLog& effect_log() { return effect_log_; }
  SlowLog& slow_log() { return slow_log_; }
  SessionRegistry& sessions() { return sessions_; }
  ExecutorStatistics& statistics() { return statistics_; }
  const base::Clock& clock() const { return clock_; }

  // This word of the running command is a secret: it is shown nowhere.
  void redact(std::size_t argument) {
    secrets_ |= std::uint64_t{1} << (argument < 63 ? argument : 63);
  }

  // Called by Context::fail; counts the error by its code.
  void count_error(std::string_view code);

 private:
  struct Prepared {
    Command* command = nullptr;
    std::uint64_t hash = 0;         // of the first key
    std::uint64_t member_hash = 0;  // of the member the row points out
    const keyspace::Record* collection = nullptr;
  };

  void prepare(const Session& session, std::span<const resp::Request> requests);
  void prepare_members(const keyspace::Database& database, std::span<const resp::Request> requests);
  void execute(Session& session, const resp::Request& request, const Prepared& prepared,
               base::OutputBuffer& out);
  Command* resolve(std::span<const std::string_view> arguments) const;
  // Answers why the command cannot be run at all, or now.
  void reject_unknown(Session& session, std::span<const std::string_view> arguments,
                      resp::ReplyWriter& reply);
  bool arity_ok(const CommandSpec& spec, std::size_t words) const;
  void refuse(const Session& session, Command& command, std::span<const std::string_view> arguments,
              resp::ReplyWriter& reply);
  static void silence(Session& session, resp::ReplyWriter::Mark begin, resp::ReplyWriter& reply);
  void settle_effects(const Session& session, std::uint32_t database, const resp::Request& request,
                      std::uint64_t changes_before);
  void log_vanished();
  void close_latency(const Session& session, Command& command, const resp::Request& request);

  CommandTable& table_;
  keyspace::Keyspace& keyspace_;
  const base::Clock& clock_;
  base::Random random_;
  Gate gate_;
  ServerState state_;
  Limits limits_;
  std::string password_;
  Effects effects_;
  EffectLog effect_log_;
  SlowLog slow_log_;
  SessionRegistry sessions_;
  ExecutorStatistics statistics_;
  std::array<Prepared, kMaxBatch> prepared_;
  std::int64_t last_clock_ns_ = 0;
  std::uint64_t secrets_ = 0;  // words of the running command; see SlowLog::add
};

}  // namespace sorrel::exec
