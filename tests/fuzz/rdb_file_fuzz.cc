// SPDX-License-Identifier: BSD-3-Clause
//
// Fuzzes the loader of RDB files. The first byte chooses the version, the limits of the compact
// forms, and whether the file comes in small pieces; the rest is the file behind its header, whose
// checksum is not looked at. Whether it is refused or loaded, what is there then must be a keyspace
// like any other: written again, in slices, it loads with the same number of keys, and the commands
// that it is written as all succeed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sorrel/commands/families.h>
#include <sorrel/persist/commands_writer.h>
#include <sorrel/persist/log_reader.h>
#include <sorrel/persist/rdb_file.h>

#include "support/command_fixture.h"
#include "support/simulated_disk.h"

namespace {

using namespace sorrel;

void require(bool condition, int line = __builtin_LINE()) {
  if (!condition) {
    std::fprintf(stderr, "not so: line %d\n", line);
    std::abort();
  }
}

test::CommandFixture& replayed() {
  static test::CommandFixture fixture(
      {&commands::add_connection_commands, &commands::add_string_commands,
       &commands::add_key_commands, &commands::add_list_commands, &commands::add_set_commands,
       &commands::add_sorted_set_commands, &commands::add_hash_commands,
       &commands::add_stream_commands});
  return fixture;
}

keyspace::Keyspace& target() {
  static keyspace::Keyspace keyspace(16, 1);
  return keyspace;
}

keyspace::Keyspace& second() {
  static keyspace::Keyspace keyspace(16, 2);
  return keyspace;
}

void empty(keyspace::Keyspace& keyspace) {
  for (std::size_t i = 0; i < keyspace.database_count(); ++i) {
    if (keyspace.database(i).size() != 0) {
      keyspace.database(i).clear();
    }
  }
  while (!keyspace.release_some(1 << 20)) {
  }
}

persist::RdbLoadResult load(std::string_view bytes, keyspace::Keyspace& keyspace,
                            std::size_t piece) {
  persist::RdbLoadOptions options;
  options.check_sum = false;
  options.drop_expired = false;
  options.bytes = bytes.size();
  options.library = [](std::string_view) { return std::string(); };
  const auto source = [&](std::span<char> to) {
    const std::size_t count = bytes.copy(to.data(), std::min(piece, to.size()));
    bytes.remove_prefix(count);
    return count;
  };
  return persist::load_rdb(source, keyspace, options);
}

// Calls visit(record) for every key, after select(number).
template <class Select, class Visit>
void for_each_key(Select&& select, Visit&& visit) {
  for (std::size_t i = 0; i < target().database_count(); ++i) {
    if (target().database(i).size() == 0) {
      continue;
    }
    select(static_cast<std::uint32_t>(i));
    std::uint64_t cursor = 0;
    do {
      cursor = target().database(i).scan(cursor, [&](const keyspace::Record& record) {
        visit(const_cast<keyspace::Record&>(record));
      });
    } while (cursor != 0);
  }
}

void check_image() {
  std::string bytes;
  persist::RdbFinisher finisher;
  persist::RdbWriter writer({.version = 12}, target().access(), [&](persist::RdbPiece piece) {
    bytes += finisher.finish(std::move(piece));
  });
  for_each_key([&](std::uint32_t number) { writer.select(number); },
               [&](keyspace::Record& record) {
                 const auto value = writer.begin_key(record);
                 while (!writer.go_on(*value, 3)) {
                 }
               });
  writer.end();
  empty(second());
  const persist::RdbLoadResult result = load(bytes, second(), SIZE_MAX);
  require(result.error.empty());
  require(result.keys == target().size());
}

void check_commands() {
  std::string bytes;
  persist::CommandsWriter writer([&](const std::string& piece) { bytes += piece; });
  for_each_key([&](std::uint32_t number) { writer.select(number); },
               [&](keyspace::Record& record) { writer.key(record); });
  writer.end();
  static test::SimulatedDisk disk(1);
  disk.put("log", bytes);
  empty(replayed().keyspace);
  const persist::ReplayResult result =
      replay_log(disk, "log", replayed().executor, {.read_bytes = 4096});
  require(result.status == persist::ReplayResult::Status::kComplete);
  if (result.errors != 0) {
    std::fprintf(stderr, "%s\n", result.first_error.c_str());
  }
  require(result.errors == 0);
}

void choose_limits(unsigned choice) {
  types::Settings& settings = target().settings();
  const std::uint64_t entries = choice == 0 ? 128 : choice == 1 ? 4 : choice == 2 ? 0 : 100000;
  settings.zset_max_listpack_entries = entries;
  settings.hash_max_listpack_entries = entries;
  settings.set_max_listpack_entries = entries;
  settings.set_max_intset_entries = entries;
  settings.stream_node_max_entries = entries;
  settings.list_max_listpack_size = choice == 1 ? 4 : choice == 2 ? 1 : -2;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  constexpr std::string_view kHeaders[] = {"REDIS0012", "REDIS0011", "REDIS0010", "REDIS0009",
                                           "REDIS0006", "REDIS0003", "VALKEY080", "REDIS0001"};
  choose_limits(data[0] >> 3 & 3);
  std::string bytes(kHeaders[data[0] & 7]);
  bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  target().set_expiry_enabled(false);
  second().set_expiry_enabled(false);
  target().set_now_ms(1'700'000'000'000);
  second().set_now_ms(1'700'000'000'000);
  empty(target());
  load(bytes, target(), (data[0] & 0x80) != 0 ? 5 : SIZE_MAX);
  check_image();
  check_commands();
  return 0;
}
