// SPDX-License-Identifier: BSD-3-Clause
//
// One rule after the other, each told by how it begins.
#include <algorithm>
#include <array>
#include <utility>

#include <sorrel/acl/rules.h>
#include <sorrel/base/text.h>
#include <sorrel/exec/categories.h>

namespace sorrel::acl {
namespace {

using exec::Command;
using exec::KeyPattern;
using exec::Selector;
using exec::User;

constexpr std::string_view kDone;
constexpr std::string_view kSyntax = "Syntax error";
constexpr std::string_view kUnknownCommand = "Unknown command or category name in ACL";
constexpr std::string_view kFirstOfSubcommand =
    "Allowing first-arg of a subcommand is not supported";
constexpr std::string_view kKeysAlready =
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have "
    "any effect. Try 'resetkeys' to start with an empty list of patterns";
constexpr std::string_view kChannelsAlready =
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not "
    "have any effect. Try 'resetchannels' to start with an empty list of channels";
constexpr std::string_view kNoSuchPassword =
    "The password you are trying to remove from the user does not exist";
constexpr std::string_view kBadHash =
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal "
    "characters";

constexpr std::string_view kBlanks{" \t\n\v\f\r\0", 7};

bool is(std::string_view rule, std::string_view word) {
  return base::equals_ignoring_case(rule, word);
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view add_password(User& user, std::string hash) {
  if (std::ranges::find(user.password_hashes, hash) == user.password_hashes.end()) {
    user.password_hashes.push_back(std::move(hash));
  }
  user.any_password = false;
  return kDone;
}

std::string_view remove_password(User& user, std::string_view hash) {
  return std::erase(user.password_hashes, hash) == 0 ? kNoSuchPassword : kDone;
}

std::string_view apply_password(User& user, std::string_view rule) {
  const std::string_view text = rule.substr(1);
  const bool hashed = rule[0] == '#' || rule[0] == '!';
  if (hashed && !is_hash(text)) {
    return kBadHash;
  }
  std::string hash = hashed ? std::string(text) : exec::hash_password(text);
  return rule[0] == '>' || rule[0] == '#' ? add_password(user, std::move(hash))
                                          : remove_password(user, hash);
}

// The rules that are one word and concern the whole user. Returns: whether it is one of them.
bool apply_word(User& user, std::string_view rule) {
  const auto change = [](auto& target, auto value) {
    target = value;
    return true;
  };
  if (is(rule, "on") || is(rule, "off")) {
    return change(user.enabled, is(rule, "on"));
  }
  if (is(rule, "nopass") || is(rule, "resetpass")) {
    user.password_hashes.clear();
    return change(user.any_password, is(rule, "nopass"));
  }
  if (is(rule, "sanitize-payload") || is(rule, "skip-sanitize-payload")) {
    return change(user.sanitize_payload, is(rule, "sanitize-payload"));
  }
  if (is(rule, "clearselectors")) {
    user.selectors.clear();
    return true;
  }
  return false;
}

// "~glob", or '%', what is granted, and that. Returns: nothing said of a pattern that is not one.
std::pair<KeyPattern, bool> read_key_pattern(std::string_view rule) {
  KeyPattern pattern;
  std::size_t at = 0;
  if (rule[0] == '%') {
    pattern.read = pattern.write = false;
    for (at = 1; at < rule.size() && rule[at] != '~'; ++at) {
      const char letter = base::to_lower(rule[at]);
      if (letter != 'r' && letter != 'w') {
        return {pattern, false};
      }
      (letter == 'r' ? pattern.read : pattern.write) = true;
    }
  }
  if (at >= rule.size() || !(pattern.read || pattern.write)) {
    return {pattern, false};
  }
  pattern.glob = rule.substr(at + 1);
  return {pattern, pattern.glob.find_first_of(kBlanks) == std::string::npos};
}

std::string_view add_keys(Selector& selector, std::string_view rule) {
  auto [pattern, valid] = read_key_pattern(rule);
  if (selector.all_keys) {
    return kKeysAlready;
  }
  if (!valid) {
    return kSyntax;
  }
  const auto known = std::ranges::find(selector.keys, pattern.glob, &KeyPattern::glob);
  if (known == selector.keys.end()) {
    selector.keys.push_back(std::move(pattern));
  } else {
    known->read = known->read || pattern.read;
    known->write = known->write || pattern.write;
  }
  return kDone;
}

std::string_view add_channels(Selector& selector, std::string_view rule) {
  if (selector.all_channels) {
    return kChannelsAlready;
  }
  const std::string_view glob = rule.substr(1);
  if (glob.find_first_of(kBlanks) != std::string_view::npos) {
    return kSyntax;
  }
  if (std::ranges::find(selector.channels, glob) == selector.channels.end()) {
    selector.channels.emplace_back(glob);
  }
  return kDone;
}

void set_keys(Selector& selector, bool all) {
  selector.all_keys = all;
  selector.keys.clear();
}

void set_channels(Selector& selector, bool all) {
  selector.all_channels = all;
  selector.channels.clear();
}

void set_commands(Selector& selector, bool all) {
  selector.commands.set_all(all);
  selector.command_rules.clear();
}

// Keeps the rule for those who are shown it, in place of those that it makes void: one of the same
// name, and of a command those of its subcommands.
std::string_view keep_rule(Selector& selector, std::string_view rule) {
  std::string kept = base::lower(rule);
  const std::string_view name = std::string_view(kept).substr(1);
  std::erase_if(selector.command_rules, [&](const std::string& other) {
    const std::string_view of = std::string_view(other).substr(1);
    return of.starts_with(name) && (of.size() == name.size() || of[name.size()] == '|');
  });
  selector.command_rules.push_back(std::move(kept));
  return kDone;
}

bool allows(std::string_view rule) { return rule[0] == '+'; }

}  // namespace

exec::User new_user(std::string_view name, bool all_channels) {
  User user;
  user.name = name;
  user.root.all_channels = all_channels;
  return user;
}

bool is_user_name(std::string_view name) {
  return name.find_first_of(kBlanks) == std::string_view::npos;
}

std::string_view RuleReader::apply(User& user, std::string_view rule) const {
  if (rule.empty()) {
    return kDone;
  }
  if (apply_word(user, rule)) {
    return kDone;
  }
  if (is(rule, "reset")) {
    user = new_user(user.name, all_channels_);
    return kDone;
  }
  switch (rule[0]) {
    case '>':
    case '<':
    case '#':
    case '!':
      return apply_password(user, rule);
    case '(':
      return add_selector(user, rule);
    default:
      return apply_to_selector(user.root, rule);
  }
}

std::string_view RuleReader::add_selector(User& user, std::string_view rule) const {
  if (rule.back() != ')') {
    return kSyntax;
  }
  Selector selector;
  selector.all_channels = all_channels_;
  std::string_view rest = rule.substr(1, rule.size() - 2);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (end != 0) {
      if (const auto error = apply_to_selector(selector, rest.substr(0, end)); !error.empty()) {
        return error;
      }
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  user.selectors.push_back(std::move(selector));
  return kDone;
}

std::string_view RuleReader::apply_to_selector(Selector& selector, std::string_view rule) const {
  struct Word {
    std::string_view name;
    std::string_view also;
    void (*set)(Selector&, bool);
    bool all;
  };
  static constexpr std::array kWords = std::to_array<Word>({
      {"allkeys", "~*", &set_keys, true},
      {"resetkeys", "", &set_keys, false},
      {"allchannels", "&*", &set_channels, true},
      {"resetchannels", "", &set_channels, false},
      {"allcommands", "+@all", &set_commands, true},
      {"nocommands", "-@all", &set_commands, false},
  });
  for (const Word& word : kWords) {
    if (is(rule, word.name) || is(rule, word.also)) {
      word.set(selector, word.all);
      return kDone;
    }
  }
  switch (rule[0]) {
    case '~':
    case '%':
      return add_keys(selector, rule);
    case '&':
      return add_channels(selector, rule);
    case '+':
    case '-':
      return apply_to_commands(selector, rule);
    default:
      return kSyntax;
  }
}

std::string_view RuleReader::apply_to_commands(Selector& selector, std::string_view rule) const {
  const std::string_view name = rule.substr(1);
  if (name.starts_with('@')) {
    return apply_category(selector, rule);
  }
  if (const std::size_t bar = name.rfind('|'); bar != std::string_view::npos) {
    return apply_subcommand(selector, rule, bar);
  }
  const Command* const command = table_.find_row(name);
  if (command == nullptr) {
    return kUnknownCommand;
  }
  selector.commands.set(*command, allows(rule));
  return keep_rule(selector, rule);
}

std::string_view RuleReader::apply_category(Selector& selector, std::string_view rule) const {
  const exec::AclCategories category = exec::category_named(rule.substr(2));
  if (category == 0) {
    return kUnknownCommand;
  }
  for (const Command* command : table_.rows()) {
    if ((command->spec->categories & category) != 0) {
      selector.commands.set(*command, allows(rule));
    }
    for (const Command* subcommand : command->subcommands) {
      if ((subcommand->spec->categories & category) != 0) {
        selector.commands.set(*subcommand, allows(rule));
      }
    }
  }
  return keep_rule(selector, rule);
}

// A subcommand, or a first word that a command without any may have.
std::string_view RuleReader::apply_subcommand(Selector& selector, std::string_view rule,
                                              std::size_t bar) const {
  const std::string_view name = rule.substr(1);
  const std::string_view words[] = {name.substr(0, name.find('|')), name.substr(bar + 1)};
  const Command* const command = table_.find_row(words[0]);
  const bool deeper = words[0].size() != bar;
  if (command == nullptr || (deeper && !command->container())) {
    return kUnknownCommand;
  }
  if (deeper) {
    const std::string_view middle = name.substr(words[0].size() + 1, bar - words[0].size() - 1);
    const bool known = table_.find_subcommand(*command, middle) != nullptr;
    return known && allows(rule) ? kFirstOfSubcommand : kUnknownCommand;
  }
  if (command->container()) {
    const Command* const subcommand = table_.find_subcommand(*command, words[1]);
    if (subcommand == nullptr) {
      return kUnknownCommand;
    }
    selector.commands.set(*subcommand, allows(rule));
    return keep_rule(selector, rule);
  }
  if (!allows(rule)) {
    return kUnknownCommand;
  }
  if (words[1].empty() || words[1].find_first_of(kBlanks) != std::string_view::npos) {
    return kSyntax;
  }
  if (!selector.commands.contains(*command)) {
    selector.commands.allow_with(*command, words[1]);
  }
  return keep_rule(selector, rule);
}

JoinedRules join_selectors(std::span<const std::string_view> words) {
  JoinedRules joined;
  std::string open;
  std::string_view opened_by;
  for (const std::string_view word : words) {
    if (!open.empty()) {
      open += " ";
      open += word;
    } else if (word.starts_with('(')) {
      open = opened_by = word;
    } else {
      joined.rules.emplace_back(word);
      continue;
    }
    if (word.ends_with(')')) {
      joined.rules.push_back(std::exchange(open, {}));
    }
  }
  if (!open.empty()) {
    joined.unmatched = opened_by;
  }
  return joined;
}

}  // namespace sorrel::acl
