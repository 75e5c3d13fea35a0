// SPDX-License-Identifier: BSD-3-Clause
//
// Who is told what happens on the road of commands and has no part in it: publish/subscribe with
// its keyspace events, client tracking, MONITOR. The executor knows one observer and tells it only
// what was asked for (Executor::observe), so that a server whom nobody listens to pays nothing.
//
// An observer may send messages to sessions (Executor::send); it runs no command and changes no
// key. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <sorrel/keyspace/events.h>

namespace sorrel::exec {

struct Command;
struct Session;
struct User;

class Observer {
 public:
  virtual ~Observer() = default;

  // Something happened to a key, by a command of `by`; null: on its own, or the server did it.
  // Told right after the command, also in the middle of a transaction or a script.
  virtual void on_change(const keyspace::Event& event, std::uint32_t database, std::string_view key,
                         Session* by) = 0;
  // A command emptied a database, or all of them.
  virtual void on_flush() = 0;

  // A command that only reads ran for a session with Session::tracked, whether or not it failed:
  // what it found is known to the client. Of a script it is told what that ran.
  virtual void on_read(Session& session, const Command& command,
                       std::span<const std::string_view> arguments) = 0;
  // What such a session sent is answered. Null: there is no command of that name.
  virtual void on_answered(Session& session, const Command* command) = 0;
  // A command ran, whether or not it failed, or began to wait. Words that are secret are replaced.
  virtual void on_command(const Session& session, std::span<const std::string_view> arguments) = 0;

  // Whether all channels and patterns that the session listens to are granted to this user.
  virtual bool listens_within(const Session& session, const User& user) const = 0;

  // The session is put back to what it was when it connected (RESET), or it ends.
  virtual void on_reset(Session& session) = 0;
};

// What the observer wants to be told, beside that sessions end and what tracked ones read.
struct Observed {
  bool changes = false;
  bool new_keys = false;  // keyspace::events::kNew before the change that made the key
  bool misses = false;    // keyspace::events::kKeyMiss
  bool commands = false;
};

}  // namespace sorrel::exec
