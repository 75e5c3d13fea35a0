// SPDX-License-Identifier: BSD-3-Clause
//
// Look-up of commands by name. Two words in lower case are all of a name of up to sixteen bytes:
// they are hashed, and compared with those in the slot.
#include <algorithm>
#include <cassert>
#include <iterator>
#include <string>

#include <sorrel/base/text.h>
#include <sorrel/exec/command_table.h>

namespace sorrel::exec {
namespace {

std::uint64_t hash_name(const base::ShortText& text, std::size_t size) {
  std::uint64_t hash = (text.first * 0x9e3779b97f4a7c15ULL) ^ (text.last + size);
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 32);
}

// Of a longer name its two ends; the comparison decides.
base::ShortText ends_of(std::string_view name) {
  constexpr std::size_t kHalf = base::ShortText::kMaxBytes / 2;
  if (name.size() <= base::ShortText::kMaxBytes) {
    return base::short_text(name);
  }
  return {base::short_text(name.substr(0, kHalf)).first,
          base::short_text(name.substr(name.size() - kHalf)).last};
}

}  // namespace

struct CommandTable::Slot {
  base::ShortText name;
  std::size_t size = 0;
  Command* command = nullptr;
};

CommandTable::CommandTable() = default;
CommandTable::~CommandTable() = default;

std::string_view Command::short_name() const {
  const std::size_t bar = spec->name.find('|');
  return bar == std::string_view::npos ? spec->name : spec->name.substr(bar + 1);
}

void CommandTable::add(std::span<const CommandSpec> rows, void* state) {
  for (const CommandSpec& row : rows) {
    assert(find_full(row.name) == nullptr && "a command is there twice");
    auto command = std::make_unique<Command>();
    command->spec = &row;
    command->state = state;
    command->number = static_cast<std::uint32_t>(storage_.size());
    const std::size_t bar = row.name.find('|');
    if (bar == std::string_view::npos) {
      sorted_.push_back(command.get());
    } else {
      const std::string_view parent = row.name.substr(0, bar);
      const auto place = std::find_if(sorted_.begin(), sorted_.end(), [&](const Command* other) {
        return other->spec->name == parent;
      });
      assert(place != sorted_.end() && "a subcommand before its container");
      command->parent = *place;
      (*place)->subcommands.push_back(command.get());
    }
    storage_.push_back(std::move(command));
  }
}

std::string CommandTable::rename(std::string_view name, std::string_view to) {
  const auto known = [&](std::string_view word) {
    return std::find_if(sorted_.begin(), sorted_.end(), [&](const Command* command) {
      return !word.empty() && base::equals_ignoring_case(word, command->called());
    });
  };
  const auto place = known(name);
  if (place == sorted_.end()) {
    return "there is no command '" + std::string(name) + "'";
  }
  if (known(to) != sorted_.end()) {
    return "there is a command '" + std::string(to) + "' already";
  }
  (*place)->renamed = to;
  renames_ = true;
  return {};
}

void CommandTable::seal() {
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Command* a, const Command* b) { return a->spec->name < b->spec->name; });
  std::copy_if(sorted_.begin(), sorted_.end(), std::back_inserter(callable_),
               [](const Command* command) { return !command->called().empty(); });
  std::size_t size = 64;
  while (size < sorted_.size() * 4) {
    size *= 2;
  }
  slots_.assign(size, Slot{});
  mask_ = size - 1;
  for (Command* command : callable_) {
    const std::string_view name = command->called();
    const base::ShortText ends = ends_of(name);
    std::size_t index = hash_name(ends, name.size()) & mask_;
    while (slots_[index].command != nullptr) {
      index = (index + 1) & mask_;
    }
    slots_[index] = {ends, name.size(), command};
  }
}

Command* CommandTable::find(std::string_view name) const {
  if (slots_.empty()) {
    return nullptr;
  }
  const base::ShortText ends = ends_of(name);
  for (std::size_t index = hash_name(ends, name.size()) & mask_; slots_[index].command != nullptr;
       index = (index + 1) & mask_) {
    const Slot& slot = slots_[index];
    if (slot.name == ends && slot.size == name.size() &&
        (name.size() <= base::ShortText::kMaxBytes ||
         base::equals_ignoring_case(name, slot.command->called()))) {
      return slot.command;
    }
  }
  return nullptr;
}

Command* CommandTable::find_row(std::string_view name) const {
  const std::string lower = base::lower(name);
  const auto place = std::lower_bound(
      sorted_.begin(), sorted_.end(), std::string_view(lower),
      [](const Command* command, std::string_view wanted) { return command->spec->name < wanted; });
  return place != sorted_.end() && (*place)->spec->name == lower ? *place : nullptr;
}

Command* CommandTable::resolve_row(std::span<const std::string_view> words) const {
  Command* command = find_row(words[0]);
  if (command != nullptr && command->container() && words.size() > 1) {
    return find_subcommand(*command, words[1]);
  }
  return command;
}

Command* CommandTable::find_subcommand(const Command& container, std::string_view name) const {
  for (Command* command : container.subcommands) {
    if (base::equals_ignoring_case(name, command->short_name())) {
      return command;
    }
  }
  return nullptr;
}

Command* CommandTable::find_full(std::string_view full_name) const {
  const std::size_t bar = full_name.find('|');
  Command* command = find(full_name.substr(0, bar));
  if (command == nullptr || bar == std::string_view::npos) {
    return command;
  }
  return find_subcommand(*command, full_name.substr(bar + 1));
}

void CommandTable::reset_statistics() {
  for (const auto& command : storage_) {
    command->statistics = {};
  }
}

}  // namespace sorrel::exec
