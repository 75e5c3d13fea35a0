// SPDX-License-Identifier: BSD-3-Clause
//
// Where the keys of a command stand. Most commands say it by three numbers in their row; those with
// movable keys (ZUNIONSTORE dest numkeys key ...) say it by the key specifications of their
// documentation, which are walked here as COMMAND INFO describes them. A few have an option STORE
// that no specification can place; its words are read here. Cold path.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>

#include <sorrel/base/text.h>
#include <sorrel/exec/command_doc.h>
#include <sorrel/exec/command_table.h>

namespace sorrel::exec {
namespace {

using Arguments = std::span<const std::string_view>;

// The index at which the search for keys begins, if the specification applies.
std::optional<std::int64_t> begin_of(const KeySpecBegin& begin, Arguments arguments) {
  const auto count = static_cast<std::int64_t>(arguments.size());
  if (begin.kind == KeySpecBegin::Kind::index) {
    return begin.index < count ? std::optional<std::int64_t>(begin.index) : std::nullopt;
  }
  if (begin.kind == KeySpecBegin::Kind::unknown) {
    return std::nullopt;
  }
  const bool backwards = begin.start_from < 0;
  const std::int64_t step = backwards ? -1 : 1;
  std::int64_t i = backwards ? count + begin.start_from : begin.start_from;
  for (; i > 0 && i < count - 1; i += step) {
    if (base::equals_ignoring_case(arguments[static_cast<std::size_t>(i)], begin.keyword)) {
      return i + 1;
    }
  }
  return std::nullopt;
}

void append_range(std::int64_t first, std::int64_t last, std::int64_t step, Arguments arguments,
                  std::vector<std::size_t>& keys) {
  const auto count = static_cast<std::int64_t>(arguments.size());
  for (std::int64_t i = first; i <= last && i < count && step > 0; i += step) {
    keys.push_back(static_cast<std::size_t>(i));
  }
}

// The last key of a range that begins at `first`.
std::int64_t last_of_range(const KeySpecFind& find, std::int64_t first, std::int64_t count) {
  if (find.last_key >= 0) {
    return first + find.last_key;
  }
  return find.limit > 0 ? first + (count - first) / find.limit + find.last_key
                        : count + find.last_key;
}

// The number that a text begins with, as C reads one into 32 bits; 0 without any. Redis counts keys
// by it, whatever the command itself thinks of the text.
std::int64_t leading_integer(std::string_view text) {
  return static_cast<std::int32_t>(std::strtoll(std::string(text).c_str(), nullptr, 10));
}

// An option with words of its own, which are passed over; the last one of them may be a key.
struct StoringOption {
  std::string_view word;
  std::size_t words;
  bool stores;
};

struct StoringCommand {
  std::string_view name;
  std::size_t options_at;
  std::span<const StoringOption> options;
};

constexpr StoringOption kSortOptions[] = {
    {"limit", 2, false}, {"by", 1, false}, {"get", 1, false}, {"store", 1, true}};
constexpr StoringOption kRadiusOptions[] = {{"store", 1, true}, {"storedist", 1, true}};
constexpr StoringCommand kStoring[] = {{"georadius", 5, kRadiusOptions},
                                       {"georadiusbymember", 5, kRadiusOptions},
                                       {"sort", 2, kSortOptions}};

const StoringCommand* find_storing(std::string_view name) {
  const auto* const found = std::ranges::find(kStoring, name, &StoringCommand::name);
  return found == std::end(kStoring) ? nullptr : found;
}

}  // namespace

std::vector<std::size_t> key_positions(const CommandSpec& spec, Arguments arguments) {
  std::vector<std::size_t> keys;
  if ((spec.traits & traits::kMovableKeys) == 0) {
    if (spec.keys.first > 0) {
      const auto count = static_cast<std::int64_t>(arguments.size());
      const std::int64_t last = spec.keys.last < 0 ? count + spec.keys.last : spec.keys.last;
      append_range(spec.keys.first, last, spec.keys.step, arguments, keys);
    }
    return keys;
  }
  if (const CommandDoc* doc = find_command_doc(spec.name); doc != nullptr) {
    const bool stores = has_store_option(spec.name);
    for (const KeySpec& key_spec : parse_key_specs(doc->key_specs)) {
      const auto found = find_keys(key_spec, arguments);
      if (!found) {
        return {};
      }
      keys.insert(keys.end(), found->begin(), found->end());
      if (stores) {
        break;
      }
    }
    if (const auto stored = find_stored_key(spec.name, arguments); stored) {
      keys.push_back(*stored);
    }
  }
  return keys;
}

bool has_store_option(std::string_view full_name) { return find_storing(full_name) != nullptr; }

std::optional<std::size_t> find_stored_key(std::string_view full_name, Arguments arguments) {
  std::optional<std::size_t> stored;
  const StoringCommand* const command = find_storing(full_name);
  if (command == nullptr) {
    return stored;
  }
  for (std::size_t i = command->options_at; i < arguments.size(); ++i) {
    const auto option = std::ranges::find_if(command->options, [&](const StoringOption& row) {
      return base::equals_ignoring_case(arguments[i], row.word);
    });
    if (option == command->options.end()) {
      continue;
    }
    i += option->words;
    if (option->stores && i < arguments.size()) {
      stored = i;
    }
  }
  return stored;
}

std::optional<std::vector<std::size_t>> find_keys(const KeySpec& spec, Arguments arguments) {
  std::vector<std::size_t> keys;
  const auto begin = begin_of(spec.begin_search, arguments);
  const auto count = static_cast<std::int64_t>(arguments.size());
  const KeySpecFind& find = spec.find_keys;
  if (!begin || find.kind == KeySpecFind::Kind::unknown) {
    return keys;
  }
  std::int64_t first = *begin;
  std::int64_t last = 0;
  if (find.kind == KeySpecFind::Kind::range) {
    last = last_of_range(find, first, count);
  } else {
    const std::int64_t at = first + find.key_num_index;
    const std::int64_t number =
        at < count ? leading_integer(arguments[static_cast<std::size_t>(at)]) : 0;
    // More keys than words: refused before the multiplication could overflow.
    if (number <= 0 || number > count) {
      return std::nullopt;
    }
    first += find.first_key;
    last = first + (number - 1) * find.key_step;
  }
  if (first >= count || last >= count || last < first) {
    return std::nullopt;
  }
  append_range(first, last, find.key_step, arguments, keys);
  return keys;
}

}  // namespace sorrel::exec
