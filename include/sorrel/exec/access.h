// SPDX-License-Identifier: BSD-3-Clause
//
// Who there is, who is asking, and whether he may: the users by name, logins, and the check of a
// command with the note in the log when it is refused. There is always the user "default", whom a
// new session belongs to.
//
// A user who may do everything costs nothing: his sessions' gates stay open. Any other closes the
// gate to all commands (traits::kNever), so that each comes by the cold path, where check() is.
// Sessions share their user; who changes one replaces what he may do for all of them. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <sorrel/exec/access_log.h>
#include <sorrel/exec/executor_state.h>
#include <sorrel/exec/session.h>
#include <sorrel/exec/user.h>

namespace sorrel::exec {

class Access {
 public:
  using Users = std::map<std::string, std::shared_ptr<User>, std::less<>>;

  Access();

  const Users& users() const { return users_; }
  // Null when there is none.
  std::shared_ptr<User> find(std::string_view name) const;
  const User& default_user() const { return *default_; }
  // Adds the user, or gives the one of that name all that this one has. Its sessions' gates are to
  // be refreshed then, and those of sessions that are not logged in if it is the default one.
  void put(User user);
  // Requires: not the default one. Sessions that have it keep it, and are to be closed.
  void remove(std::string_view name);

  // The one password of the default user; an empty one: he needs none (requirepass).
  void set_password(std::string_view password);

  // The session is the default user's, and logged in if he needs no login.
  void begin(Session& session) const;
  // Makes the session the user's if the pair is right; else notes it. `word` is the command's name
  // as it came. Cost: one SHA-256, whether or not there is such a user.
  bool authenticate(Session& session, std::string_view user, std::string_view password,
                    std::string_view word, std::int64_t now_ms);

  // Whether something forbids the session's user this command.
  static Denial check(const Session& session, const Command& command,
                      std::span<const std::string_view> arguments);
  // The same, and a denial is noted.
  Denial judge(const Session& session, const Command& command,
               std::span<const std::string_view> arguments, AccessContext context,
               std::int64_t now_ms);
  // The same as what its client is told.
  Refusal refuse(const Session& session, const Command& command,
                 std::span<const std::string_view> arguments, AccessContext context,
                 std::int64_t now_ms);
  // The text behind NOPERM; `whole`: with the name of the key or the channel.
  static std::string explain(const Denial& denial, const User& user, const Command& command,
                             std::span<const std::string_view> arguments, bool whole);

  AccessLog& log() { return log_; }
  const AccessLog& log() const { return log_; }

 private:
  Users users_;
  std::shared_ptr<User> default_;
  AccessLog log_;
};

}  // namespace sorrel::exec
