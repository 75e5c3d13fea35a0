// SPDX-License-Identifier: BSD-3-Clause
//
// The language of users' rights, as Redis has it. A rule is one word; it is applied to a user as he
// is, so order matters. Words of rules are read in any case.
//
//   on off               may log in, or not; who is logged in stays so
//   >word <word          a password more, or less     #hash !hash  the same as its SHA-256
//   nopass resetpass     any password is right; none is
//   +command -command    with its subcommands         +command|sub -command|sub  one of these
//   +command|word        only with this word first    +@category -@category      all of a category
//   allcommands nocommands      +@all -@all
//   ~glob %R~glob %W~glob       keys: both, to read, to change       allkeys resetkeys      ~*
//   &glob                       channels                       allchannels resetchannels    &*
//   (rules of commands, keys and channels)    one selector more      clearselectors
//   sanitize-payload skip-sanitize-payload    kept and shown; every payload is checked
//   reset                as a new user is
//
// Pure. Source: redis.io/docs, "ACL" and "ACL SETUSER"; the errors as Redis 8.0 words them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/exec/command_table.h>
#include <sorrel/exec/user.h>

namespace sorrel::acl {

// A user of this name without rights. `all_channels`: but to all channels (acl-pubsub-default).
exec::User new_user(std::string_view name, bool all_channels);

// Whether it may be the name of a user: it must not hold a blank or a zero byte.
bool is_user_name(std::string_view name);

class RuleReader {
 public:
  // `all_channels`: what a user or a selector has that was given no channels.
  RuleReader(const exec::CommandTable& table, bool all_channels)
      : table_(table), all_channels_(all_channels) {}

  // Returns: an empty text, or what is wrong; the user may have been changed in part then.
  std::string_view apply(exec::User& user, std::string_view rule) const;

 private:
  std::string_view add_selector(exec::User& user, std::string_view rule) const;
  std::string_view apply_to_selector(exec::Selector& selector, std::string_view rule) const;
  std::string_view apply_to_commands(exec::Selector& selector, std::string_view rule) const;
  std::string_view apply_category(exec::Selector& selector, std::string_view rule) const;
  std::string_view apply_subcommand(exec::Selector& selector, std::string_view rule,
                                    std::size_t bar) const;

  const exec::CommandTable& table_;
  bool all_channels_;
};

// Rules with the words of each selector, which a line parts by blanks, in one.
struct JoinedRules {
  std::vector<std::string> rules;
  std::string unmatched;  // not empty: the word with a parenthesis that nothing closes
};
JoinedRules join_selectors(std::span<const std::string_view> words);

// Whether he may log in, by any password, and how payloads are treated: "on", "nopass" ...
std::vector<std::string_view> describe_flags(const exec::User& user);
// "~a %R~b", "&a", "-@all +get"; each empty when nothing is granted, but for the commands.
std::string describe_keys(const exec::Selector& selector);
std::string describe_channels(const exec::Selector& selector);
std::string describe_commands(const exec::Selector& selector);
// The whole as a line, "user name rules", without its end. `quoted`: so that it can be split into
// words again whatever they hold.
std::string describe(const exec::User& user, bool quoted = false);

}  // namespace sorrel::acl
