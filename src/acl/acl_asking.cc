// SPDX-License-Identifier: BSD-3-Clause
//
// ACL CAT, DRYRUN, GENPASS, GETUSER, HELP, LIST, USERS and WHOAMI.
#include "acl_asking.h"

#include <array>
#include <string>
#include <vector>

#include <sorrel/acl/acl.h>
#include <sorrel/exec/categories.h>

namespace sorrel::acl {
namespace {

using exec::Command;
using exec::Context;
using exec::Outcome;

constexpr std::int64_t kMostBits = 4096;

void reply_selector(resp::ReplyWriter& reply, const exec::Selector& selector) {
  reply.bulk("commands");
  reply.bulk(describe_commands(selector));
  reply.bulk("keys");
  reply.bulk(describe_keys(selector));
  reply.bulk("channels");
  reply.bulk(describe_channels(selector));
}

void collect(const std::vector<Command*>& commands, exec::AclCategories category,
             std::vector<std::string_view>& names) {
  for (const Command* command : commands) {
    if ((command->spec->categories & category) != 0) {
      names.push_back(command->spec->name);
    }
    collect(command->subcommands, category, names);
  }
}

void reply_names(resp::ReplyWriter& reply, const std::vector<std::string_view>& names) {
  reply.array(names.size());
  for (const std::string_view name : names) {
    reply.bulk(name);
  }
}

}  // namespace

Outcome acl_cat(Context& context) {
  if (context.argument_count() > 3) {
    return context.fail_subcommand();
  }
  std::vector<std::string_view> names;
  if (context.argument_count() == 2) {
    for (const exec::CategoryName& category : exec::category_names()) {
      names.push_back(category.name.substr(1));
    }
    reply_names(context.reply, names);
    return Outcome::kOk;
  }
  const exec::AclCategories category = exec::category_named(context.argument(2));
  if (category == 0) {
    return context.fail_with("ERR",
                             "Unknown category '" + exec::errors::shown(context.argument(2)) + "'");
  }
  collect(context.executor.table().rows(), category, names);
  reply_names(context.reply, names);
  return Outcome::kOk;
}

Outcome acl_dryrun(Context& context) {
  exec::Executor& executor = context.executor;
  const auto user = executor.access().find(context.argument(2));
  if (user == nullptr) {
    return context.fail_with("ERR",
                             "User '" + exec::errors::shown(context.argument(2)) + "' not found");
  }
  const auto words = context.arguments.subspan(3);
  const Command* const command = executor.resolve(words);
  if (command == nullptr) {
    return context.fail_with("ERR", "Command '" + exec::errors::shown(words[0]) + "' not found");
  }
  if (!command->spec->takes(words.size())) {
    return context.fail_with(
        "ERR", "wrong number of arguments for '" + std::string(command->spec->name) + "' command");
  }
  const exec::Denial denial = user->check(*command, words);
  if (!denial) {
    return exec::reply_ok(context);
  }
  return exec::reply_bulk(context,
                          exec::Access::explain(denial, *user, *command, words, /*whole=*/true));
}

Outcome acl_genpass(Context& context) {
  if (context.argument_count() > 3) {
    return context.fail_subcommand();
  }
  std::int64_t bits = 256;
  if (context.argument_count() == 3) {
    const auto number = base::parse_integer(context.argument(2));
    if (!number) {
      return context.fail(exec::errors::kNotInteger);
    }
    bits = *number;
  }
  if (bits <= 0 || bits > kMostBits) {
    return context.fail_with("ERR",
                             "ACL GENPASS argument must be the number of bits for the output "
                             "password, a positive number up to " +
                                 std::to_string(kMostBits));
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<unsigned char, kMostBits / 4> bytes{};
  const auto digits = std::span(bytes).first(static_cast<std::size_t>((bits + 3) / 4));
  context.state<Acl>().shell().draw(digits);
  std::string password;
  for (const unsigned char byte : digits) {
    password.push_back(kDigits[byte & 15]);
  }
  return exec::reply_bulk(context, password);
}

Outcome acl_getuser(Context& context) {
  context.executor.redact(2);
  const auto user = context.executor.access().find(context.argument(2));
  if (user == nullptr) {
    return exec::reply_null(context);
  }
  resp::ReplyWriter& reply = context.reply;
  reply.map(6);
  reply.bulk("flags");
  const auto flags = describe_flags(*user);
  reply.set(flags.size());
  for (const std::string_view flag : flags) {
    reply.bulk(flag);
  }
  reply.bulk("passwords");
  reply.array(user->password_hashes.size());
  for (const std::string& hash : user->password_hashes) {
    reply.bulk(hash);
  }
  reply_selector(reply, user->root);
  reply.bulk("selectors");
  reply.array(user->selectors.size());
  for (const exec::Selector& selector : user->selectors) {
    reply.map(3);
    reply_selector(reply, selector);
  }
  return Outcome::kOk;
}

Outcome acl_list(Context& context) {
  const std::vector<std::string> lines = context.state<Acl>().describe_all();
  reply_names(context.reply, {lines.begin(), lines.end()});
  return Outcome::kOk;
}

Outcome acl_users(Context& context) {
  std::vector<std::string_view> names;
  for (const auto& [name, user] : context.executor.access().users()) {
    names.push_back(name);
  }
  reply_names(context.reply, names);
  return Outcome::kOk;
}

Outcome acl_whoami(Context& context) {
  return exec::reply_bulk(context, context.session.user_name());
}

Outcome acl_help(Context& context) {
  static constexpr std::array kLines = std::to_array<std::string_view>({
      "CAT [<category>]",
      "    The categories of commands, or the commands of one of them.",
      "DELUSER <username> [<username> ...]",
      "    Remove users and close their connections.",
      "DRYRUN <username> <command> [<arg> ...]",
      "    Whether the user could run the command; it is not run.",
      "GENPASS [<bits>]",
      "    A password of so many random bits, 256 if none are named.",
      "GETUSER <username>",
      "    What a user may do.",
      "LIST",
      "    All users as lines of rules.",
      "LOAD",
      "    Read all users anew from the file of users.",
      "LOG [<count>|RESET]",
      "    What was refused last, or forget it.",
      "SAVE",
      "    Write all users into the file of users.",
      "SETUSER <username> <rule> [<rule> ...]",
      "    Make a user, or change what one may do.",
      "USERS",
      "    The names of all users.",
      "WHOAMI",
      "    The user of this connection.",
  });
  return exec::reply_help(context, kLines);
}

}  // namespace sorrel::acl
