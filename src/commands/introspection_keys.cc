// SPDX-License-Identifier: BSD-3-Clause
//
// COMMAND GETKEYS and GETKEYSANDFLAGS: which words of a command are keys, and what it does to each.
// Proxies and cluster clients ask this instead of knowing every command.
//
// Keys are found as users are held to them (exec/key_access.h). One thread.
#include <algorithm>

#include <sorrel/exec/executor.h>
#include <sorrel/exec/key_access.h>

#include "introspection.h"

namespace sorrel::commands {
namespace {

using exec::Command;
using exec::Context;
using exec::Outcome;
using Words = std::span<const std::string_view>;

// The command that the words name; of a container, the subcommand.
const Command* resolve(const exec::CommandTable& table, Words words) {
  const Command* command = table.find(words[0]);
  if (command != nullptr && command->container() && words.size() > 1) {
    return table.find_subcommand(*command, words[1]);
  }
  return command;
}

bool fits_arity(const exec::CommandSpec& spec, std::size_t words) {
  const auto count = static_cast<std::int64_t>(words);
  return spec.arity >= 0 ? count == spec.arity : count >= -spec.arity;
}

template <class Write>
Outcome reply_keys(Context& context, Write write) {
  static constexpr base::Error kInvalidCommand{"ERR", "Invalid command specified"};
  static constexpr base::Error kNoKeys{"ERR", "The command has no key arguments"};
  static constexpr base::Error kInvalidCount{"ERR",
                                             "Invalid number of arguments specified for command"};
  static constexpr base::Error kInvalidArguments{"ERR", "Invalid arguments specified for command"};
  const Words words = context.arguments.subspan(2);
  const Command* command = resolve(context.executor.table(), words);
  if (command == nullptr) {
    return context.fail(kInvalidCommand);
  }
  const exec::CommandSpec& spec = *command->spec;
  if (std::ranges::none_of(exec::key_specs_of(*command), exec::names_keys)) {
    return context.fail(kNoKeys);
  }
  if (!fits_arity(spec, words.size())) {
    return context.fail(kInvalidCount);
  }
  const auto keys = exec::find_key_uses(*command, words);
  if (keys.empty() && (spec.traits & exec::traits::kNoMandatoryKeys) == 0) {
    return context.fail(kInvalidArguments);
  }
  context.reply.array(keys.size());
  for (const exec::KeyUse& key : keys) {
    write(words[key.position], key.flags);
  }
  return Outcome::kOk;
}

}  // namespace

Outcome command_getkeys(Context& context) {
  return reply_keys(context, [&](std::string_view key, Words) { context.reply.bulk(key); });
}

Outcome command_getkeysandflags(Context& context) {
  return reply_keys(context, [&](std::string_view key, Words flags) {
    context.reply.array(2);
    context.reply.bulk(key);
    reply_words(context.reply, flags);
  });
}

}  // namespace sorrel::commands
