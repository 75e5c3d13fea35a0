// SPDX-License-Identifier: BSD-3-Clause
//
// Users are made aside, by rules that may fail, and then take the place of those that there are.
#include <algorithm>
#include <memory>
#include <utility>

#include <sorrel/acl/acl.h>

namespace sorrel::acl {
namespace {

using exec::Session;
using exec::User;

constexpr std::string_view kDefault = "default";

std::string unmatched(std::string_view rule) {
  return "Unmatched parenthesis in acl selector starting at '" + std::string(rule) + "'.";
}

// A line of the file is parted by blanks; quotes mean nothing there.
std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    if (end != 0) {
      words.push_back(line.substr(0, end));
    }
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

std::vector<std::string_view> views(std::span<const std::string> words) {
  return {words.begin(), words.end()};
}

}  // namespace

// Requires: the rules can be told apart. Returns: an empty text, or the first rule that is wrong,
// behind what is said of `where` it stands.
std::string Acl::apply(User& user, std::span<const std::string_view> words,
                       std::string_view where) const {
  const JoinedRules joined = join_selectors(words);
  if (!joined.unmatched.empty()) {
    return unmatched(joined.unmatched);
  }
  const RuleReader reader(executor_.table(), all_channels_);
  for (const std::string& rule : joined.rules) {
    if (const std::string_view error = reader.apply(user, rule); !error.empty()) {
      return std::string(where) + "'" + rule + "': " + std::string(error);
    }
  }
  return {};
}

// The sessions that loses(session) tells of are nobody's from now on. One of them may be answered
// still: its command is what caused it.
template <class Loses>
void Acl::close_those(Session* asking, Loses&& loses) {
  for (const auto& [id, session] : executor_.sessions().sessions()) {
    if (session->user == nullptr || session->close_after_reply || !loses(*session)) {
      continue;
    }
    session->authenticated = false;
    session->close_after_reply = true;
    if (session != asking && session->transport != nullptr) {
      session->transport->close();
    }
  }
}

void Acl::put(User user, Session* asking) {
  close_those(asking, [&](const Session& session) {
    return session.user->name == user.name && !executor_.may_still_listen(session, user);
  });
  executor_.access().put(std::move(user));
  exec::refresh_gates(executor_.sessions());
}

void Acl::set_password(std::string_view password) {
  executor_.access().set_password(password);
  exec::refresh_gates(executor_.sessions());
}

std::string Acl::set_user(std::string_view name, std::span<const std::string_view> rules,
                          Session* asking) {
  if (!is_user_name(name)) {
    return "Usernames can't contain spaces or null characters";
  }
  const std::shared_ptr<User> known = executor_.access().find(name);
  User user = known != nullptr ? *known : new_user(name, all_channels_);
  std::string error = apply(user, rules, "Error in ACL SETUSER modifier ");
  if (error.empty()) {
    put(std::move(user), asking);
  }
  return error;
}

bool Acl::delete_user(std::string_view name, Session* asking) {
  if (executor_.access().find(name) == nullptr) {
    return false;
  }
  close_those(asking, [&](const Session& session) { return session.user->name == name; });
  executor_.access().remove(name);
  return true;
}

std::string Acl::add_configured(std::span<const Directive> directives) {
  exec::Access::Users users;
  for (const Directive& directive : directives) {
    const std::string_view name =
        directive.words.empty() ? std::string_view() : std::string_view(directive.words[0]);
    const auto fail = [&](std::string_view text) {
      return directive.origin + ": user '" + std::string(name) + "': " + std::string(text);
    };
    if (directive.words.empty() || !is_user_name(name)) {
      return fail("there must be a name without blanks");
    }
    auto user = std::make_shared<User>(new_user(name, all_channels_));
    const auto rules = views(std::span(directive.words).subspan(1));
    if (const std::string error = apply(*user, rules, "error in the rule "); !error.empty()) {
      return fail(error);
    }
    if (!users.emplace(name, std::move(user)).second) {
      return fail("Duplicate user found. A user can only be defined once in config files");
    }
  }
  for (const auto& [name, user] : users) {
    put(*user, nullptr);
  }
  return {};
}

// A line of the file. Returns: an empty text, or what is wrong.
std::string Acl::read_line(std::string_view line, exec::Access::Users& users) const {
  const std::vector<std::string_view> words = split(line);
  if (words.size() < 2 || words[0] != "user") {
    return "it should start with user keyword followed by the username";
  }
  const std::string name(words[1]);
  if (!is_user_name(name)) {
    return "username '" + name + "' contains invalid characters";
  }
  if (users.contains(name)) {
    return "Duplicate user '" + name + "' found";
  }
  auto user = std::make_shared<User>(new_user(name, all_channels_));
  std::string error = apply(*user, std::span(words).subspan(2), "Error in applying operation ");
  users.emplace(name, std::move(user));
  return error;
}

std::string Acl::load_file(Session* asking) {
  std::string text;
  if (std::string failure = shell_.read_file(text); !failure.empty()) {
    return "Error loading ACLs, opening file '" + shell_.file_name + "': " + failure;
  }
  exec::Access::Users users;
  std::string errors;
  std::size_t number = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '#') {
      continue;
    }
    line = line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
    if (const std::string error = read_line(line, users); !error.empty()) {
      errors += shell_.file_name + ":" + std::to_string(number) + ": " + error +
                (error.ends_with('.') ? " " : ". ");
    }
  }
  if (!errors.empty()) {
    return errors +
           "WARNING: ACL errors detected, no change to the previously active ACL rules was "
           "performed";
  }
  replace_all(std::move(users), asking);
  return {};
}

void Acl::replace_all(exec::Access::Users users, Session* asking) {
  if (!users.contains(kDefault)) {
    users.emplace(kDefault, exec::Access().find(kDefault));
  }
  exec::Access& access = executor_.access();
  close_those(asking, [&](const Session& session) {
    const auto place = users.find(session.user->name);
    return place == users.end() || !executor_.may_still_listen(session, *place->second);
  });
  std::vector<std::string> gone;
  for (const auto& [name, user] : access.users()) {
    if (!users.contains(name)) {
      gone.push_back(name);
    }
  }
  for (const std::string& name : gone) {
    access.remove(name);
  }
  for (const auto& [name, user] : users) {
    access.put(*user);
  }
  exec::refresh_gates(executor_.sessions());
}

// None for a default user who is as he was made, but for his password, which has an option.
std::vector<std::string> Acl::directives(std::string_view password) const {
  exec::Access untouched;
  untouched.set_password(password);
  std::vector<std::string> lines;
  for (const auto& [name, user] : executor_.access().users()) {
    std::string line = describe(*user, /*quoted=*/true);
    if (name != kDefault || line != describe(untouched.default_user(), /*quoted=*/true)) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::vector<std::string> Acl::describe_all() const {
  std::vector<std::string> lines;
  for (const auto& [name, user] : executor_.access().users()) {
    lines.push_back(describe(*user));
  }
  return lines;
}

std::string Acl::save_file() const {
  std::string text;
  for (const auto& [name, user] : executor_.access().users()) {
    text += describe(*user) + "\n";
  }
  return shell_.replace_file(text);
}

}  // namespace sorrel::acl
