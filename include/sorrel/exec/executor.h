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
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/base/clock.h>
#include <sorrel/base/output_buffer.h>
#include <sorrel/base/random.h>
#include <sorrel/exec/blocked_keys.h>
#include <sorrel/exec/command_table.h>
#include <sorrel/exec/context.h>
#include <sorrel/exec/effects.h>
#include <sorrel/exec/limits.h>
#include <sorrel/exec/session.h>
#include <sorrel/exec/slow_log.h>
#include <sorrel/exec/transaction.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/resp/request_parser.h>

namespace sorrel::exec {

// Why the whole server refuses commands now. Whoever causes or ends a reason says so.
struct ServerState {
  bool loading = false;
  bool out_of_memory = false;
  std::string disk_error;  // not empty: writes are refused with MISCONF and this reason
};

// Why a command is refused now: an error with a text that may be made of what is known of it.
struct Refusal {
  base::Error error;
  std::string text;  // empty: nothing refuses it
  explicit operator bool() const { return !text.empty(); }
};

inline constexpr std::string_view kDiscardedBecause = "Transaction discarded because of: ";

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
  // the session or parks it (that one is answered later, by Transport::output). Returns: how many
  // requests were run. Requires: the session is not parked.
  std::size_t run(Session& session, std::span<const resp::Request> requests,
                  base::OutputBuffer& out);

  // The same for one command that is not a request of a socket.
  void run_one(Session& session, std::span<const std::string_view> arguments,
               base::OutputBuffer& out);

  // Answers, with null, the parked commands whose time is over.
  void time_out_due();
  // When the next of them is over, Unix milliseconds; INT64_MAX without any.
  std::int64_t next_timeout_ms() const { return blocked_.next_deadline_ms(); }
  // Answers a parked command before its time: with null, or with an error.
  enum class Unblock : std::uint8_t { kTimeout, kError };
  void unblock(Session& session, Unblock how);
  const BlockedKeys& blocked() const { return blocked_; }
  // What refuses a command of these traits, by the gates of the server and of the session.
  Refusal refusal(const Session& session, Traits traits) const;

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

  // For Context::park.
  void wait_for(Wait wait) { wait_ = std::move(wait); }

  // Moves the keyspace's time on, and makes due expirations an effect. `limit` bounds the work.
  // Returns: whether more is due.
  bool expire_due(std::size_t limit);

  // The password of the default user, empty when there is none (requirepass).
  void set_password(std::string password) { password_ = std::move(password); }
  const std::string& password() const { return password_; }
  void open_session(Session& session);   // sets gate and authentication of a new session
  void close_session(Session& session);  // the session goes: nobody waits or is listed any more
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
  // Runs the handler and settles what it did.
  Outcome call(Session& session, Command& command, const resp::Request& request,
               std::uint64_t first_key_hash, resp::ReplyWriter& reply);
  void park(Session& session, Command& command, const resp::Request& request);
  void settle_changes();
  void tell_changes();
  void listen();
  void serve(const BlockedKeys::Key& key);
  void resume(Session& session);
  void release(Session& session, bool logged);
  Command* resolve(std::span<const std::string_view> arguments) const;
  // Answers why the command cannot be run at all, or now.
  void reject_unknown(Session& session, std::span<const std::string_view> arguments,
                      resp::ReplyWriter& reply);
  bool arity_ok(const CommandSpec& spec, std::size_t words) const;
  // The gate was closed: answers why, or queues the command of a transaction.
  void refuse(Session& session, Command& command, std::span<const std::string_view> arguments,
              resp::ReplyWriter& reply);
  void queue(Session& session, Command& command, std::span<const std::string_view> arguments);
  void begin_unit();
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
  BlockedKeys blocked_;
  WatchTable watches_;
  // Whether the effects of what runs now belong together, and whether the log has their beginning.
  enum class Unit : std::uint8_t { kNone, kWanted, kOpen };
  Unit unit_ = Unit::kNone;
  std::optional<Wait> wait_;  // of the command that was just parked
  bool serving_ = false;      // those who waited are being served
  ExecutorStatistics statistics_;
  std::array<Prepared, kMaxBatch> prepared_;
  std::int64_t last_clock_ns_ = 0;
  std::uint64_t secrets_ = 0;  // words of the running command; see SlowLog::add
};

}  // namespace sorrel::exec
