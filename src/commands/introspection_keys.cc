// SPDX-License-Identifier: BSD-3-Clause
//
// COMMAND GETKEYS and GETKEYSANDFLAGS: which words of a command are keys, and what it does to each.
// Proxies and cluster clients ask this instead of knowing every command.
//
// Keys are found by the command's key specifications. Where one of them says that its flags vary
// with the other words (SET reads the key only with GET), a rule below tells which hold. One
// thread.
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <sorrel/exec/command_doc.h>
#include <sorrel/exec/executor.h>

#include "introspection.h"

namespace sorrel::commands {
namespace {

using exec::Command;
using exec::Context;
using exec::KeySpec;
using exec::Outcome;
using Words = std::span<const std::string_view>;

struct FoundKey {
  std::size_t position;
  Words flags;
};

constexpr std::array<std::string_view, 2> kReads = {"RO", "access"};
constexpr std::array<std::string_view, 2> kOverwrites = {"OW", "update"};
constexpr std::array<std::string_view, 3> kReadsAndWrites = {"RW", "access", "update"};

Words set_flags(Words words) {
  const bool reads = std::ranges::any_of(words.subspan(3), [](std::string_view word) {
    return base::equals_ignoring_case(word, "get") || base::equals_ignoring_case(word, "ifeq");
  });
  return reads ? Words(kReadsAndWrites) : Words(kOverwrites);
}

// BITFIELD reads, if all that it is told is GET and OVERFLOW.
Words bitfield_flags(Words words) {
  std::size_t i = 2;
  while (i < words.size()) {
    const std::size_t left = words.size() - i - 1;
    if (base::equals_ignoring_case(words[i], "get") && left >= 2) {
      i += 3;
    } else if (base::equals_ignoring_case(words[i], "overflow") && left >= 1) {
      i += 2;
    } else {
      return kReadsAndWrites;
    }
  }
  return kReads;
}

Words flags_of(const KeySpec& spec, std::string_view name, Words words) {
  if (std::ranges::find(spec.flags, "variable_flags") != spec.flags.end()) {
    if (name == "set") {
      return set_flags(words);
    }
    if (name == "bitfield") {
      return bitfield_flags(words);
    }
  }
  return spec.flags;
}

bool names_keys(const KeySpec& spec) {
  return std::ranges::find(spec.flags, "not_key") == spec.flags.end();
}

// Returns: the keys in the order of the specifications; none when the words contradict one.
std::vector<FoundKey> find_all(std::span<const KeySpec> specs, std::string_view name, Words words) {
  std::vector<FoundKey> keys;
  if (exec::has_store_option(name)) specs = specs.first(1);
  for (const KeySpec& spec : specs) {
    if (!names_keys(spec)) {
      continue;
    }
    const auto positions = exec::find_keys(spec, words);
    if (!positions) {
      return {};
    }
    const Words flags = flags_of(spec, name, words);
    for (const std::size_t position : *positions) {
      keys.push_back({position, flags});
    }
  }
  if (const auto stored = exec::find_stored_key(name, words); stored) {
    keys.push_back({*stored, kOverwrites});
  }
  return keys;
}

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
  const exec::CommandDoc* doc = exec::find_command_doc(spec.name);
  const auto specs = exec::parse_key_specs(doc != nullptr ? doc->key_specs : std::string_view());
  if (std::ranges::none_of(specs, names_keys)) {
    return context.fail(kNoKeys);
  }
  if (!fits_arity(spec, words.size())) {
    return context.fail(kInvalidCount);
  }
  const auto keys = find_all(specs, spec.name, words);
  if (keys.empty() && (spec.traits & exec::traits::kNoMandatoryKeys) == 0) {
    return context.fail(kInvalidArguments);
  }
  context.reply.array(keys.size());
  for (const FoundKey& key : keys) {
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
