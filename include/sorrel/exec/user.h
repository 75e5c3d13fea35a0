// SPDX-License-Identifier: BSD-3-Clause
//
// A user and what he may do. The rules that grant it are texts of the layer above (acl); here they
// are sets and patterns, and the question whether a command with these words is within them.
//
// A user has a first selector and may have more. A command may be run if one of them grants it
// whole: the command, each of its keys and each of its channels. What two of them grant in part
// does not add up. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/exec/command_table.h>
#include <sorrel/exec/key_access.h>

namespace sorrel::exec {

// Which commands may be run: all or none of them, but for exceptions. So a command that a later
// version brings is within "all". A subcommand has a place of its own beside its container.
class CommandSet {
 public:
  bool everything() const { return all_ && exceptions_.empty(); }
  // Whether what is named by no rule may be run.
  bool all() const { return all_; }

  void set_all(bool allowed);
  // The command with its subcommands. What was said of its first arguments is forgotten.
  void set(const Command& command, bool allowed);
  // A command that is not allowed may be run with this word behind its name, in any case.
  void allow_with(const Command& command, std::string_view first_argument);

  bool contains(const Command& command) const;
  bool contains(const Command& command, std::span<const std::string_view> arguments) const;

 private:
  void put(const Command& command, bool allowed);

  bool all_ = false;
  std::vector<bool> exceptions_;  // by Command::number; empty without any
  std::map<std::uint32_t, std::vector<std::string>> first_arguments_;
};

struct KeyPattern {
  std::string glob;
  bool read = true;
  bool write = true;
};

struct Selector {
  CommandSet commands;
  // The rules that made `commands` of all or none, as they are shown ("+@read -get").
  std::vector<std::string> command_rules;
  bool all_keys = false;
  std::vector<KeyPattern> keys;
  bool all_channels = false;
  std::vector<std::string> channels;  // globs

  bool everything() const { return commands.everything() && all_keys && all_channels; }
};

// Why a command may not be run, and which of its words is in the way.
struct Denial {
  // By how near the user came to it.
  enum class Reason : std::uint8_t { kNone, kCommand, kKey, kChannel };
  Reason reason = Reason::kNone;
  std::size_t position = 0;

  explicit operator bool() const { return reason != Reason::kNone; }
};

struct User {
  std::string name;
  bool enabled = false;
  bool any_password = false;                 // nopass
  bool sanitize_payload = true;              // shown only
  std::vector<std::string> password_hashes;  // SHA-256, as 64 hexadecimal digits
  Selector root;
  std::vector<Selector> selectors;

  // Whether there is nothing that he may not do.
  bool unrestricted() const;
  // Whether one is him without saying anything.
  bool needs_no_login() const { return enabled && any_password; }
  bool accepts(std::string_view password) const;

  // Cost: for commands with keys some allocations.
  Denial check(const Command& command, std::span<const std::string_view> arguments) const;
  // Whether he may run the command and read whatever key: SORT finds some by the values of others.
  bool reads_all_keys(const Command& command, std::span<const std::string_view> arguments) const;
  // Whether he may listen to this channel; of a pattern, whether he was given that very pattern.
  bool may_listen(std::string_view channel, bool pattern) const;
};

// SHA-256 as 64 hexadecimal digits.
std::string hash_password(std::string_view password);

}  // namespace sorrel::exec
