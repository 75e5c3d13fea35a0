// SPDX-License-Identifier: BSD-3-Clause
//
// The one road. Every command, whether it comes from a socket, from the log's replay or from a
// test, goes through run(): admit -> run -> settle. No check and no epilogue exists twice.
//
// For a batch: the commands are looked up and their keys hashed, then index buckets and then
// records are prefetched, and only then the commands run, in order. admit is one test of masks;
// when it fails, refuse() walks the reasons in Redis' order. settle encodes the effect, counts, and
// closes the command's latency by the clock read that opens the next.
//
// The executor reads time by the clock it was given and is deterministic otherwise. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sorrel/base/clock.h>
#include <sorrel/base/output_buffer.h>
#include <sorrel/base/random.h>
#include <sorrel/exec/access.h>
#include <sorrel/exec/blocked_keys.h>
#include <sorrel/exec/command_table.h>
#include <sorrel/exec/context.h>
#include <sorrel/exec/delays.h>
#include <sorrel/exec/effects.h>
#include <sorrel/exec/executor_state.h>
#include <sorrel/exec/limits.h>
#include <sorrel/exec/memory_limit.h>
#include <sorrel/exec/observer.h>
#include <sorrel/exec/session.h>
#include <sorrel/exec/transaction.h>
#include <sorrel/exec/unsynced_keys.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/resp/request_parser.h>

namespace sorrel::exec {

class Executor {
 public:
  static constexpr std::size_t kMaxBatch = 64;

  Executor(CommandTable& table, keyspace::Keyspace& keyspace, const base::Clock& clock,
           std::uint64_t seed);

  // Runs the requests in order, with one reply each into `out`. Stops after a command that closes
  // the session or parks it (that one is answered later, by Transport::output), and before one that
  // is postponed (Transport::resume tells when to bring it again). Returns: how many requests were
  // run. Requires: the session is neither parked nor postponed. May be called while a script runs
  // too long, for another session.
  std::size_t run(Session& session, std::span<const resp::Request> requests,
                  base::OutputBuffer& out);

  // The same for one command that is not a request of a socket.
  void run_one(Session& session, std::span<const std::string_view> arguments,
               base::OutputBuffer& out);

  // Answers the parked commands whose time is over, and ends the pause whose time is over.
  void time_out_due();
  // When the next of them is over, or the pause, Unix milliseconds; INT64_MAX without any.
  std::int64_t next_timeout_ms() const;
  // Answers a parked command before its time: with null, or with an error.
  enum class Unblock : std::uint8_t { kTimeout, kError };
  void unblock(Session& session, Unblock how);
  const BlockedKeys& blocked() const { return blocked_; }
  // Runs a parked command again, whatever it waits for.
  void retry(Session& session) { resume(session); }
  // What in the state of the server refuses a command of these traits.
  Refusal refusal(const Session& session, std::string_view name, Traits traits) const;

  // Postpones commands until then, Unix milliseconds, or until pause(kNone, 0).
  void pause(Pause what, std::int64_t until_ms);
  Pause paused() const { return pausing_.what; }
  std::int64_t paused_until_ms() const { return pausing_.until_ms; }
  std::size_t postponed() const { return pausing_.postponed.size(); }
  // Postpones commands that write, until it is called with false: while memory that they would need
  // is not there yet. Unlike a pause it stops nothing else.
  void hold_writes(bool on);
  bool writes_held() const { return pausing_.writes_held; }

  // Runs a command within the running one, its reply into `out`. Whether it may run is the caller's
  // to decide. Requires: a Within lives.
  Outcome run_within(Session& session, Command& command,
                     std::span<const std::string_view> arguments, base::OutputBuffer& out);
  // By its first words, null when there is none.
  Command* resolve(std::span<const std::string_view> arguments) const;

  // Tells the observer all that `what` names. Lifetime: until another takes its place.
  void observe(Observer* observer, Observed what);
  // A message that answers no request; of the running command's own session, behind its reply.
  void send(Session& session, std::string_view bytes);
  // Tells the observer of the running command before what it runs itself (EVAL).
  void tell_command(const Session& session, std::span<const std::string_view> arguments);

  // MULTI, and its end by EXEC or DISCARD, which ends the watches, too.
  void begin_transaction(Session& session);
  std::unique_ptr<Transaction> end_transaction(Session& session);
  // EXEC: replies with an array of what the queued commands answer. Nothing else comes between
  // them.
  void run_transaction(Context& context, const Transaction& transaction);
  void watch(Session& session, WatchedKey key);
  void unwatch(Session& session);
  bool watch_touched(Session& session);
  const WatchTable& watches() const { return watches_; }

  void wait_for(Wait wait) { wait_ = std::move(wait); }  // for Context::park

  // Moves the keyspace's time on, and makes due expirations an effect. `limit` bounds the work.
  // Returns: whether more is due.
  bool expire_due(std::size_t limit);

  // Before a command of these traits runs: makes room where memory is nearly full, and notes when
  // none could be made (ServerState::out_of_memory).
  void seek_room(Traits traits);
  // The same for what is over the limit anyway. Returns: whether more of it can go.
  bool evict_due(std::int64_t most_ns);
  MemoryLimit& memory_limit() { return memory_limit_; }
  void set_memory_limit(const MemoryLimit::Settings& settings);
  void look_at_memory();

  Access& access() { return access_; }
  void open_session(Session& session);   // sets gate and authentication of a new session
  void close_session(Session& session);  // the session goes: nobody waits or is listed any more
  void reset_session(Session& session);  // back to what it was when it was opened (RESET)
  bool may_still_listen(const Session& session, const User& user) const;

  Limits& limits() { return limits_; }
  const ServerState& state() const { return state_; }
  void set_state(ServerState state);

  CommandTable& table() { return table_; }
  keyspace::Keyspace& keyspace() { return keyspace_; }
  EffectLog& effect_log() { return effect_log_; }
  UnsyncedKeys& unsynced_keys() { return unsynced_keys_; }
  SlowLog& slow_log() { return delays_.slow_log; }
  LatencyMonitor& latency() { return delays_.latency; }
  SessionRegistry& sessions() { return sessions_; }
  ExecutorStatistics& statistics() { return statistics_; }
  // Since the process began. Of a transaction or a script those count that it ran.
  std::uint64_t commands_that_changed() const { return commands_that_changed_; }
  const base::Clock& clock() const { return clock_; }
  // Unix microseconds. Time stands still within a transaction or a script.
  std::int64_t time_us();

  // This word of the running command is a secret: it is shown nowhere.
  void redact(std::size_t argument) {
    secrets_ |= std::uint64_t{1} << (argument < 63 ? argument : 63);
  }

  // Called by Context::fail; counts the error by its code.
  void count_error(std::string_view code);
  void count_foreign_error(std::string_view code);  // of a script's making: any text

 private:
  friend class Within;
  using Batch = std::array<Prepared, kMaxBatch>;

  void prepare(const Session& session, std::span<const resp::Request> requests, Batch& batch);
  static void prepare_members(const keyspace::Keyspace& keyspace,
                              const keyspace::Database& database,
                              std::span<const resp::Request> requests, Batch& batch);
  static void look_ahead(std::span<const resp::Request> requests, Batch& batch);
  std::size_t run_all(Session& session, std::span<const resp::Request> requests, Batch& batch,
                      base::OutputBuffer& out);
  // For another session while a command runs. Leaves no trace in the state of that one.
  std::size_t run_aside(Session& session, std::span<const resp::Request> requests,
                        base::OutputBuffer& out);
  bool execute(Session& session, const resp::Request& request, const Prepared& prepared,
               base::OutputBuffer& out);
  bool postpones(Session& session, const Command& command,
                 std::span<const std::string_view> arguments);
  bool pause_concerns(Traits traits) const;
  void offer_postponed();
  Outcome call(Session& session, Command& command, const resp::Request& request,
               std::uint64_t first_key_hash, resp::ReplyWriter& reply);
  void park(Session& session, Command& command, const resp::Request& request);
  void settle_changes();
  void tell_changes();
  void tell_changes_of(Session& session);
  void tell_database_change(std::uint32_t number);
  void listen();
  void serve(const BlockedKeys::Key& key);
  void resume(Session& session);
  bool resume_denied(Session& session, resp::ReplyWriter& reply);
  void release(Session& session, bool logged);
  void reject_unknown(Session& session, std::span<const std::string_view> arguments,
                      resp::ReplyWriter& reply);
  void reject(Session& session, const Command* command, std::string_view code, std::string text,
              resp::ReplyWriter& reply);
  Refusal forbidden(const Session& session, const Command& command) const;
  // The gate was closed: answers why, or queues the command of a transaction. Returns: whether
  // there was a reason; if not, it is to be run.
  bool refuse(Session& session, Command& command, std::span<const std::string_view> arguments,
              resp::ReplyWriter& reply);
  void queue(Session& session, Command& command, std::span<const std::string_view> arguments);
  void begin_unit();
  static void silence(Session& session, resp::ReplyWriter::Mark begin, resp::ReplyWriter& reply);
  void settle_effects(Session& session, const Command& command, std::uint32_t database,
                      const resp::Request& request, bool changed);
  void append_effects(std::uint32_t database, const Command& by, const resp::Request& request);
  void log_vanished();
  void settle_vanished();
  void close_latency(const Session& session, Command& command, const resp::Request& request,
                     std::int64_t began_ns);
  void tell_observer(Session& session, const Command& command,
                     std::span<const std::string_view> arguments);
  void set_gate();

  CommandTable& table_;
  keyspace::Keyspace& keyspace_;
  const base::Clock& clock_;
  base::Random random_;
  Gate gate_;
  ServerState state_;
  Limits limits_;
  Access access_;
  Effects effects_;
  EffectLog effect_log_;
  UnsyncedKeys unsynced_keys_{keyspace_};
  Delays delays_;
  MemoryLimit memory_limit_;
  SessionRegistry sessions_;
  BlockedKeys blocked_;
  WatchTable watches_;
  EffectUnit unit_ = EffectUnit::kNone;
  std::optional<Wait> wait_;   // of the command that was just parked
  bool serving_ = false;       // those who waited are being served
  unsigned within_ = 0;        // how many commands that run others are running
  std::int64_t asked_us_ = 0;  // the time that was told there; 0: nobody has asked
  bool unsettled_ = false;     // changes were told and those who wait are not served yet
  Observer* observer_ = nullptr;
  Observed observed_;
  Session* running_ = nullptr;     // whose command runs
  Session* changed_by_ = nullptr;  // whose command made the changes that are told
  std::string deferred_;           // messages to it, to follow its reply
  Pausing pausing_;
  ExecutorStatistics statistics_;
  std::uint64_t commands_that_changed_ = 0;
  Batch prepared_;
  std::int64_t last_clock_ns_ = 0;
  std::uint64_t secrets_ = 0;  // words of the running command; see SlowLog::add
};

}  // namespace sorrel::exec
