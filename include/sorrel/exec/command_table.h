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
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/exec/command_spec.h>

namespace sorrel::exec {

struct KeySpec;

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
  std::uint32_t number = 0;            // of its row in the table, from 0
  std::optional<std::string> renamed;  // what it is called in place of its name; empty: nothing
  // Parsed when they are first asked for (key_access.h).
  mutable std::shared_ptr<const std::vector<KeySpec>> key_specs = {};

  bool container() const { return !subcommands.empty(); }
  // What clients call it.
  std::string_view called() const { return renamed ? std::string_view(*renamed) : spec->name; }
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
  // Gives a top-level command another name, or with an empty one none: it cannot be called then.
  // Rights are still granted by its own name, and the log still repeats it by that. Returns: an
  // empty text, or what is wrong. Requires: after all add() and before seal().
  std::string rename(std::string_view name, std::string_view to);
  bool has_renames() const { return renames_; }
  // To be called after the last add() and before the first find().
  void seal();

  // A top-level command by what it is called, in any case; null when there is none.
  Command* find(std::string_view name) const;
  // The same by the name in its row, whatever it is called.
  Command* find_row(std::string_view name) const;
  // The command, or of a container the subcommand, that the words name by rows: those of the log.
  Command* resolve_row(std::span<const std::string_view> words) const;
  // A subcommand of a container, its own name in any case.
  Command* find_subcommand(const Command& container, std::string_view name) const;
  // By the full name: "get" or "config|get", in any case.
  Command* find_full(std::string_view full_name) const;

  // All top-level commands that can be called, by the names of their rows in ascending order.
  const std::vector<Command*>& commands() const { return callable_; }
  // The same with those that cannot.
  const std::vector<Command*>& rows() const { return sorted_; }
  void reset_statistics();

 private:
  struct Slot;

  std::vector<std::unique_ptr<Command>> storage_;
  std::vector<Command*> sorted_;
  std::vector<Command*> callable_;
  bool renames_ = false;
  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
};

// Positions of the keys in `arguments` as COMMAND GETKEYS tells them, by the row's positions or,
// for movable keys, by the key specs of its documentation. Empty when there are none.
std::vector<std::size_t> key_positions(const CommandSpec& spec,
                                       std::span<const std::string_view> arguments);

}  // namespace sorrel::exec
