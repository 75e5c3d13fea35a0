// SPDX-License-Identifier: BSD-3-Clause
//
// Users, logins and checks.
#include <utility>

#include <sorrel/exec/access.h>
#include <sorrel/exec/client_line.h>

namespace sorrel::exec {
namespace {

constexpr std::string_view kDefault = "default";

AccessReason reason_of(const Denial& denial) {
  switch (denial.reason) {
    case Denial::Reason::kKey:
      return AccessReason::kKey;
    case Denial::Reason::kChannel:
      return AccessReason::kChannel;
    default:
      return AccessReason::kCommand;
  }
}

AccessLog::Entry entry_of(const Session& session, std::int64_t now_ms) {
  AccessLog::Entry entry;
  append_client_line(entry.client, session, {now_ms, &session, 0});
  entry.created_ms = entry.updated_ms = now_ms;
  return entry;
}

}  // namespace

Access::Access() : default_(std::make_shared<User>()) {
  default_->name = kDefault;
  default_->enabled = default_->any_password = true;
  default_->root.commands.set_all(true);
  default_->root.all_keys = default_->root.all_channels = true;
  users_.emplace(kDefault, default_);
}

std::shared_ptr<User> Access::find(std::string_view name) const {
  const auto place = users_.find(name);
  return place == users_.end() ? nullptr : place->second;
}

void Access::put(User user) {
  if (const auto known = find(user.name)) {
    *known = std::move(user);
    return;
  }
  auto added = std::make_shared<User>(std::move(user));
  users_.emplace(added->name, added);
}

void Access::remove(std::string_view name) {
  if (const auto place = users_.find(name); place != users_.end()) {
    users_.erase(place);
  }
}

void Access::set_password(std::string_view password) {
  default_->password_hashes.clear();
  default_->any_password = password.empty();
  if (!password.empty()) {
    default_->password_hashes.push_back(hash_password(password));
  }
}

void Access::begin(Session& session) const {
  session.user = default_;
  session.authenticated = default_->needs_no_login();
  refresh_gate(session);
}

bool Access::authenticate(Session& session, std::string_view user, std::string_view password,
                          std::string_view word, std::int64_t now_ms) {
  static const User kNobody;
  const std::shared_ptr<User> found = find(user);
  const bool right = (found != nullptr ? *found : kNobody).accepts(password);
  if (right && found->enabled) {
    session.user = found;
    session.authenticated = true;
    refresh_gate(session);
    return true;
  }
  AccessLog::Entry entry = entry_of(session, now_ms);
  entry.reason = AccessReason::kLogin;
  entry.context = session.transaction != nullptr ? AccessContext::kMulti : AccessContext::kTopLevel;
  entry.object = word;
  entry.user = user;
  log_.add(std::move(entry));
  return false;
}

Denial Access::check(const Session& session, const Command& command,
                     std::span<const std::string_view> arguments) {
  return session.user == nullptr || session.replay ? Denial{}
                                                   : session.user->check(command, arguments);
}

Denial Access::judge(const Session& session, const Command& command,
                     std::span<const std::string_view> arguments, AccessContext context,
                     std::int64_t now_ms) {
  const Denial denial = check(session, command, arguments);
  if (denial) {
    AccessLog::Entry entry = entry_of(session, now_ms);
    entry.reason = reason_of(denial);
    entry.context = context;
    entry.object =
        denial.reason == Denial::Reason::kCommand ? command.spec->name : arguments[denial.position];
    entry.user = session.user->name;
    log_.add(std::move(entry));
  }
  return denial;
}

Refusal Access::refuse(const Session& session, const Command& command,
                       std::span<const std::string_view> arguments, AccessContext context,
                       std::int64_t now_ms) {
  const Denial denial = judge(session, command, arguments, context, now_ms);
  if (!denial) {
    return {};
  }
  return {{"NOPERM", ""}, explain(denial, *session.user, command, arguments, /*whole=*/false)};
}

std::string Access::explain(const Denial& denial, const User& user, const Command& command,
                            std::span<const std::string_view> arguments, bool whole) {
  if (denial.reason == Denial::Reason::kCommand) {
    return "User " + user.name + " has no permissions to run the '" +
           std::string(command.spec->name) + "' command";
  }
  const std::string_view kind = denial.reason == Denial::Reason::kKey ? "key" : "channel";
  if (whole) {
    return "User " + user.name + " has no permissions to access the '" +
           std::string(arguments[denial.position]) + "' " + std::string(kind);
  }
  return "No permissions to access a " + std::string(kind);
}

}  // namespace sorrel::exec
