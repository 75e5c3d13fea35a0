// SPDX-License-Identifier: BSD-3-Clause
//
// The table of all commands there are, by name. Built once at start from the families' rows; the
// hot look-up is one hash of a short lower-cased name and one comparison.
// Lifetime: rows are static; commands live as long as the table, at stable addresses. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <sorrel/exec/command_spec.h>

namespace sorrel::exec {

// Since the start or CONFIG RESETSTAT, as INFO commandstats shows them.
struct CommandStatistics {
  std::uint64_t calls = 0;
  std::uint64_t nanoseconds = 0;
  std::uint64_t rejected = 0;  // refused before they ran
  std::uint64_t failed = 0;    // answered with an error
  // Histogram of durations: bucket i counts calls below 2^i microseconds; the last one the rest.
  std::array<std::uint32_t, 24> histogram{};
};

struct Command {
  const CommandSpec* spec = nullptr;
  void* state = nullptr;  // of the feature that brought the row, for its own handlers
  Command* parent = nullptr;
  std::vector<Command*> subcommands;  // of a container, in the order of their rows
  CommandStatistics statistics;

  bool container() const { return !subcommands.empty(); }
  // "get" of "config|get".
  std::string_view short_name() const;
  // What it is with these words.
  Traits traits(std::span<const std::string_view> arguments) const {
    return spec->traits_of == nullptr ? spec->traits : spec->traits_of(*this, arguments);
  }
};

class CommandTable {
 public:
  CommandTable();
  ~CommandTable();
  CommandTable(const CommandTable&) = delete;
  CommandTable& operator=(const CommandTable&) = delete;

  // Adds a family's rows; a container's row must come before its subcommands'. `state` is handed
  // to the handlers as Context::state<T>(). Requires: no name is there already.
  void add(std::span<const CommandSpec> rows, void* state = nullptr);
  // To be called after the last add() and before the first find().
  void seal();

  // A top-level command, its name in any case; null when there is none.
  Command* find(std::string_view name) const;
  // A subcommand of a container, its own name in any case.
  Command* find_subcommand(const Command& container, std::string_view name) const;
  // By the full name: "get" or "config|get", in any case.
  Command* find_full(std::string_view full_name) const;

  // All top-level commands, by name in ascending order.
  const std::vector<Command*>& commands() const { return sorted_; }
  void reset_statistics();

 private:
  struct Slot;

  std::vector<std::unique_ptr<Command>> storage_;
  std::vector<Command*> sorted_;
  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
};

// Positions of the keys in `arguments` as COMMAND GETKEYS tells them, by the row's positions or,
// for movable keys, by the key specs of its documentation. Empty when there are none.
std::vector<std::size_t> key_positions(const CommandSpec& spec,
                                       std::span<const std::string_view> arguments);

}  // namespace sorrel::exec
