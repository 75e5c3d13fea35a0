// SPDX-License-Identifier: BSD-3-Clause
//
// Flags of keys by specification, and the rules for those that vary.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include <sorrel/base/text.h>
#include <sorrel/exec/key_access.h>

namespace sorrel::exec {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 2> kReads = {"RO", "access"};
constexpr std::array<std::string_view, 2> kOverwrites = {"OW", "update"};
constexpr std::array<std::string_view, 3> kReadsAndWrites = {"RW", "access", "update"};

bool has(Words words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

Words set_flags(Words arguments) {
  const bool reads = std::ranges::any_of(arguments.subspan(3), [](std::string_view word) {
    return base::equals_ignoring_case(word, "get") || base::equals_ignoring_case(word, "ifeq");
  });
  return reads ? Words(kReadsAndWrites) : Words(kOverwrites);
}

// BITFIELD reads, if all that it is told is GET and OVERFLOW.
Words bitfield_flags(Words arguments) {
  std::size_t i = 2;
  while (i < arguments.size()) {
    const std::size_t left = arguments.size() - i - 1;
    if (base::equals_ignoring_case(arguments[i], "get") && left >= 2) {
      i += 3;
    } else if (base::equals_ignoring_case(arguments[i], "overflow") && left >= 1) {
      i += 2;
    } else {
      return kReadsAndWrites;
    }
  }
  return kReads;
}

Words flags_of(const KeySpec& spec, std::string_view name, Words arguments) {
  if (has(spec.flags, "variable_flags")) {
    if (name == "set") {
      return set_flags(arguments);
    }
    if (name == "bitfield") {
      return bitfield_flags(arguments);
    }
  }
  return spec.flags;
}

// MIGRATE host port key ...: the one key, or if that is empty those behind KEYS. The word may be a
// password, too.
std::vector<KeyUse> migrated_keys(const Command& command, Words arguments) {
  const Words flags = key_specs_of(command).front().flags;
  if (!arguments[3].empty()) {
    return {{3, flags}};
  }
  std::vector<KeyUse> keys;
  for (std::size_t i = 6; i < arguments.size(); ++i) {
    if (base::equals_ignoring_case(arguments[i], "auth")) {
      ++i;
    } else if (base::equals_ignoring_case(arguments[i], "auth2")) {
      i += 2;
    } else if (base::equals_ignoring_case(arguments[i], "keys")) {
      while (++i < arguments.size()) {
        keys.push_back({i, flags});
      }
    }
  }
  return keys;
}

}  // namespace

bool KeyUse::reads() const { return has(flags, "access"); }

bool KeyUse::writes() const {
  return has(flags, "update") || has(flags, "insert") || has(flags, "delete");
}

std::span<const KeySpec> key_specs_of(const Command& command) {
  if (command.key_specs == nullptr) {
    const CommandDoc* doc = find_command_doc(command.spec->name);
    command.key_specs = std::make_shared<const std::vector<KeySpec>>(
        parse_key_specs(doc != nullptr ? doc->key_specs : std::string_view()));
  }
  return *command.key_specs;
}

bool names_keys(const KeySpec& spec) { return !has(spec.flags, "not_key"); }

std::vector<KeyUse> find_key_uses(const Command& command, Words arguments) {
  const std::string_view name = command.spec->name;
  std::span<const KeySpec> specs = key_specs_of(command);
  if (name == "migrate") {
    return migrated_keys(command, arguments);
  }
  if (has_store_option(name)) {
    specs = specs.first(1);
  }
  std::vector<KeyUse> keys;
  for (const KeySpec& spec : specs) {
    if (!names_keys(spec)) {
      continue;
    }
    const auto positions = find_keys(spec, arguments);
    if (!positions) {
      return {};
    }
    const Words flags = flags_of(spec, name, arguments);
    for (const std::size_t position : *positions) {
      keys.push_back({position, flags});
    }
  }
  if (const auto stored = find_stored_key(name, arguments); stored) {
    keys.push_back({*stored, kOverwrites});
  }
  return keys;
}

}  // namespace sorrel::exec
