// SPDX-License-Identifier: BSD-3-Clause
//
// Who is asking: everything the server knows of a client, without a socket. Connections, the log's
// replay and tests each own one. The registry knows those of clients, for CLIENT LIST and KILL.
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <sorrel/base/output_buffer.h>
#include <sorrel/exec/blocked_keys.h>
#include <sorrel/exec/command_table.h>
#include <sorrel/exec/traits.h>
#include <sorrel/exec/transaction.h>
#include <sorrel/resp/reply_writer.h>

namespace sorrel::exec {

// What only the connection knows; shown by CLIENT LIST.
struct TransportStatistics {
  std::size_t query_buffer_used = 0;
  std::size_t query_buffer_free = 0;
  std::size_t output_pending = 0;
  std::size_t output_capacity = 0;
  std::size_t total_memory = 0;
  std::uint64_t bytes_in = 0;  // since it connected
  std::uint64_t bytes_out = 0;
};

// The way from a session to its connection, for what commands may ask of it. Cold path only.
class Transport {
 public:
  virtual ~Transport() = default;
  // Ends the connection: at the end of this turn at the latest, after what is already written.
  virtual void close() = 0;
  virtual TransportStatistics statistics() const = 0;
  // Where replies go that answer no request of this turn: the session's command had been parked.
  virtual base::OutputBuffer& output() = 0;
  // The session's command was parked until now and is answered in output(): that is to be sent, and
  // what arrived meanwhile is to be run. `logged`: it has effects that the log must have first.
  virtual void resume(bool logged) = 0;
  // Something that answers no request of this turn was written to output(): it is to be sent.
  virtual void send_soon() = 0;
};

// What a feature above keeps for a session.
class Attachment {
 public:
  virtual ~Attachment() = default;
};

struct Subscriptions {
  std::size_t channels = 0;
  std::size_t patterns = 0;
  std::size_t shard_channels = 0;
  std::size_t bytes = 0;                   // that they take, about
  std::unique_ptr<Attachment> attachment;  // of whoever keeps the channels

  bool any() const { return channels + patterns + shard_channels != 0; }
};

// CLIENT TRACKING: what the observer keeps and CLIENT LIST shows.
struct TrackingState {
  bool on = false;
  bool broadcast = false;  // it is told of all keys with its prefixes, whether or not it read them
  bool opt_in = false;     // only what it reads after CLIENT CACHING YES is remembered
  bool opt_out = false;    // all but what it reads after CLIENT CACHING NO
  bool no_loop = false;    // it is not told of its own changes
  bool broken = false;     // the client that is told in its place was looked for in vain
  bool caching = false;    // CLIENT CACHING was said, for the next command or transaction
  std::uint64_t redirect = 0;  // the client that is told in its place; 0: none
  std::size_t prefixes_bytes = 0;
};

// kSkipNext: the reply of the next command is not sent (CLIENT REPLY SKIP). While that command runs
// the mode is kSkipThis, so that it can still choose another one (CLIENT REPLY ON is answered).
enum class ReplyMode : std::uint8_t { kOn, kOff, kSkipNext, kSkipThis };

struct User;

struct Session {
  std::uint64_t id = 0;
  std::uint32_t database = 0;
  resp::Protocol protocol = resp::Protocol::kResp2;
  Gate gate;  // what this client may run now, beside the server's own gate
  ReplyMode reply_mode = ReplyMode::kOn;
  bool authenticated = true;
  bool close_after_reply = false;   // QUIT, a killed client, a protocol error
  bool speaks_http = false;         // and is to be cut off without an answer
  bool protected_commands = false;  // may use DEBUG
  bool no_evict = false;
  bool no_touch = false;
  bool replay = false;     // the log's own session: its effects are not logged again
  bool in_script = false;  // a script runs for it: what it calls is the script's
  resp::Protocol script_protocol = resp::Protocol::kResp2;  // in which that is answered
  bool may_wait = true;  // false where a command that finds nothing is answered with null at once
  // The command that waits for a key; while it does nothing else of this session is run.
  std::unique_ptr<ParkedCommand> parked;
  std::unique_ptr<Transaction> transaction;  // between MULTI and EXEC
  std::unique_ptr<Watch> watch;              // while it watches keys
  Subscriptions subscriptions;
  TrackingState tracking;
  bool tracked = false;          // the observer is told what it reads
  bool monitor = false;          // it is shown what others run (MONITOR)
  bool takes_redirects = false;  // CLIENT CAPA redirect
  bool postponed = false;        // its next command waits for the end of CLIENT PAUSE
  // Who it is, and until it has logged in the default user. Null: nobody, who may do everything.
  std::shared_ptr<User> user;
  std::string name;
  std::string library_name;
  std::string library_version;

  std::string address;  // "127.0.0.1:50000", "path:0" for a Unix socket
  std::string local_address;
  int descriptor = -1;
  Transport* transport = nullptr;

  const Command* last_command = nullptr;
  std::uint64_t log_end = 0;   // where its last effect ends in the log (EffectLog::end)
  std::uint64_t told_end = 0;  // and where that of what it was told does (exec/unsynced_keys.h)
  std::int64_t created_ms = 0;
  std::int64_t last_interaction_ms = 0;
  std::uint64_t commands = 0;  // that were done with

  bool on_unix_socket() const { return address.ends_with(":0"); }
  // What it keeps beside its buffers, about: commands that are queued or wait, keys that it
  // watches, what it listens to. Cost: O(1).
  std::size_t kept_bytes() const;
  // Whether it must log in first. The default user may have come to need no login meanwhile.
  bool needs_login() const { return !authenticated && !user_needs_no_login(); }
  std::string_view user_name() const;

 private:
  bool user_needs_no_login() const;
};

class SessionRegistry {
 public:
  // Gives the session its id, ascending from 1. Lifetime: until remove().
  void add(Session& session);
  void remove(Session& session);
  Session* find(std::uint64_t id) const;
  std::size_t size() const { return sessions_.size(); }

  // By ascending id.
  const std::map<std::uint64_t, Session*>& sessions() const { return sessions_; }

 private:
  std::map<std::uint64_t, Session*> sessions_;
  std::uint64_t next_id_ = 1;
};

// Closes the session's gate to what it may not run, by whether it is logged in, in a transaction,
// or subscribed under RESP2, and to everything if its user may not do everything. To be called when
// one of these changed.
void refresh_gate(Session& session);
// Of all of them: what users may do has changed.
void refresh_gates(const SessionRegistry& sessions);

// Puts the session back to what it was when it connected, but for its authentication (RESET).
void reset(Session& session);

}  // namespace sorrel::exec
