// SPDX-License-Identifier: BSD-3-Clause
//
// Look-up of commands by name. A name is folded to lower case while it is hashed: two overlapping
// eight-byte (or four-byte) loads cover every name of up to sixteen bytes, and setting bit 5 of
// each byte lowers letters. Different names may so collide; the comparison decides.
#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>

#include <sorrel/base/text.h>
#include <sorrel/exec/command_table.h>

namespace sorrel::exec {
namespace {

template <class Word>
std::uint64_t load(const char* bytes) {
  Word word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

std::uint64_t hash_name(std::string_view name) {
  constexpr std::uint64_t kLower = 0x2020202020202020ULL;
  const std::size_t size = name.size();
  const char* data = name.data();
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (size >= 8) {
    a = load<std::uint64_t>(data);
    b = load<std::uint64_t>(data + size - 8);
  } else if (size >= 4) {
    a = load<std::uint32_t>(data);
    b = load<std::uint32_t>(data + size - 4);
  } else if (size > 0) {
    a = load<std::uint8_t>(data);
    b = load<std::uint8_t>(data + size / 2) << 8 | load<std::uint8_t>(data + size - 1);
  }
  std::uint64_t hash = ((a | kLower) * 0x9e3779b97f4a7c15ULL) ^ ((b | kLower) + size);
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 32);
}

}  // namespace

struct CommandTable::Slot {
  std::uint64_t hash = 0;
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

void CommandTable::seal() {
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Command* a, const Command* b) { return a->spec->name < b->spec->name; });
  std::size_t size = 64;
  while (size < sorted_.size() * 4) {
    size *= 2;
  }
  slots_.assign(size, Slot{});
  mask_ = size - 1;
  for (Command* command : sorted_) {
    const std::uint64_t hash = hash_name(command->spec->name);
    std::size_t index = hash & mask_;
    while (slots_[index].command != nullptr) {
      index = (index + 1) & mask_;
    }
    slots_[index] = {hash, command};
  }
}

Command* CommandTable::find(std::string_view name) const {
  if (slots_.empty()) {
    return nullptr;
  }
  const std::uint64_t hash = hash_name(name);
  for (std::size_t index = hash & mask_; slots_[index].command != nullptr;
       index = (index + 1) & mask_) {
    if (slots_[index].hash == hash &&
        base::equals_ignoring_case(name, slots_[index].command->spec->name)) {
      return slots_[index].command;
    }
  }
  return nullptr;
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
