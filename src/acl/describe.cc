// SPDX-License-Identifier: BSD-3-Clause
//
// Users as the rules that make them.
#include <sorrel/acl/rules.h>
#include <sorrel/base/text.h>

namespace sorrel::acl {
namespace {

using exec::Selector;
using exec::User;

void append(std::string& line, std::string_view word) {
  if (!line.empty() && !word.empty()) {
    line += ' ';
  }
  line += word;
}

std::string_view prefix_of(const exec::KeyPattern& pattern) {
  if (pattern.read && pattern.write) {
    return "~";
  }
  return pattern.read ? "%R~" : "%W~";
}

std::vector<std::string> key_rules(const Selector& selector) {
  if (selector.all_keys) {
    return {"~*"};
  }
  std::vector<std::string> rules;
  for (const exec::KeyPattern& pattern : selector.keys) {
    rules.push_back(std::string(prefix_of(pattern)) + pattern.glob);
  }
  return rules;
}

std::vector<std::string> channel_rules(const Selector& selector) {
  if (selector.all_channels) {
    return {"&*"};
  }
  std::vector<std::string> rules;
  for (const std::string& glob : selector.channels) {
    rules.push_back("&" + glob);
  }
  return rules;
}

std::vector<std::string> command_rules(const Selector& selector) {
  std::vector<std::string> rules{selector.commands.all() ? "+@all" : "-@all"};
  rules.insert(rules.end(), selector.command_rules.begin(), selector.command_rules.end());
  return rules;
}

// What makes this selector of one that has nothing, or of a new user.
std::vector<std::string> describe_selector(const Selector& selector) {
  std::vector<std::string> rules = key_rules(selector);
  const auto add = [&](const std::vector<std::string>& others) {
    rules.insert(rules.end(), others.begin(), others.end());
  };
  if (!selector.all_channels) {
    rules.emplace_back("resetchannels");
  }
  add(channel_rules(selector));
  add(command_rules(selector));
  return rules;
}

std::string joined(const std::vector<std::string>& rules) {
  std::string line;
  for (const std::string& rule : rules) {
    append(line, rule);
  }
  return line;
}

}  // namespace

std::vector<std::string_view> describe_flags(const User& user) {
  std::vector<std::string_view> flags{user.enabled ? "on" : "off"};
  if (user.any_password) {
    flags.emplace_back("nopass");
  }
  flags.emplace_back(user.sanitize_payload ? "sanitize-payload" : "skip-sanitize-payload");
  return flags;
}

std::string describe_keys(const Selector& selector) { return joined(key_rules(selector)); }

std::string describe_channels(const Selector& selector) { return joined(channel_rules(selector)); }

std::string describe_commands(const Selector& selector) { return joined(command_rules(selector)); }

std::string describe(const User& user, bool quoted) {
  std::string line = "user";
  const auto add = [&](std::string_view words) {
    const bool split = quoted && words.find_first_of("\"'\\") != std::string_view::npos;
    append(line, split ? base::quote(words) : std::string(words));
  };
  add(user.name);
  for (const std::string_view flag : describe_flags(user)) {
    add(flag);
  }
  for (const std::string& hash : user.password_hashes) {
    add("#" + hash);
  }
  for (const std::string& rule : describe_selector(user.root)) {
    add(rule);
  }
  for (const Selector& selector : user.selectors) {
    add("(" + joined(describe_selector(selector)) + ")");
  }
  return line;
}

}  // namespace sorrel::acl
