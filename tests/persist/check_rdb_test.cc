// SPDX-License-Identifier: BSD-3-Clause
//
// What is told of a whole file, of one with values of modules, and of a damaged one; and that a
// repaired file is whole, holds what stood before the damage, and leaves the old one beside it.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/persist/check_rdb.h>
#include <sorrel/persist/rdb_file.h>

#include "support/every_type.h"
#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

using namespace std::string_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kPath = "dump.rdb";

class CheckRdb : public testing::Test {
 protected:
  std::string image(const RdbWriteOptions& options = {.version = 12}) {
    std::string bytes;
    RdbWriter writer(options, server.keyspace.access(),
                     [&](std::string_view piece) { bytes += piece; });
    writer.auxiliary("redis-ver", "8.0.0");
    writer.library("#!lua name=l\ncode");
    writer.keyspace(server.keyspace);
    writer.end();
    return bytes;
  }
  CheckRdbResult check(bool fix = false) {
    lines.clear();
    CheckRdbOptions options;
    options.fix = fix;
    options.now_ms = 4'102'444'800'001;
    options.print = [this](std::string_view line) { lines.emplace_back(line); };
    return check_rdb(disk, kPath, options);
  }
  // What a server holds after it has loaded the file.
  std::string loaded() {
    test::EveryType other;
    const std::string bytes = disk.content(kPath);
    std::size_t place = 0;
    RdbLoadOptions options;
    options.library = [](std::string_view) { return std::string(); };
    const auto source = [&](std::span<char> to) {
      const std::size_t count = bytes.copy(to.data(), to.size(), place);
      place += count;
      return count;
    };
    EXPECT_EQ(load_rdb(source, other.keyspace, options).error, "");
    return other.contents();
  }

  test::EveryType server;
  test::SimulatedDisk disk{1};
  std::vector<std::string> lines;
};

TEST_F(CheckRdb, TellsWhatIsInAWholeFile) {
  server.fill_small();
  const std::string bytes = image();
  const std::string size = std::to_string(bytes.size());
  disk.put(kPath, bytes);
  const CheckRdbResult result = check();
  EXPECT_TRUE(result.whole) << result.error;
  EXPECT_EQ(result.keys, 11U);
  EXPECT_THAT(
      lines,
      ElementsAre("[byte 0] dump.rdb: version 12, " + size + " bytes", "[byte 9] redis-ver = 8.0.0",
                  "[byte 26] a library of functions: #!lua name=l",
                  HasSubstr("database 0: 9 keys, 1 of them with a deadline"),
                  HasSubstr("database 5: 2 keys, 1 of them with a deadline"),
                  "[byte " + std::to_string(bytes.size() - 8) + "] the end; the checksum is right",
                  "keys: 11; with a deadline: 2; past it: 2",
                  "strings: 3; lists: 1; sets: 2; sorted sets: 1; hashes: 2; "
                  "streams: 2"));
  disk.put(kPath, bytes + "behind");
  EXPECT_TRUE(check().whole);
  EXPECT_THAT(lines, Contains("[byte " + size + "] 6 bytes more, of no meaning"));
  EXPECT_TRUE(check(/*fix=*/true).whole);
  EXPECT_EQ(disk.content(kPath), bytes + "behind") << "nothing is wrong with it";
  disk.put(kPath, image({.version = 12, .check_sum = false}));
  EXPECT_TRUE(check().whole);
  EXPECT_THAT(lines, Contains(HasSubstr("there is no checksum")));
}

TEST_F(CheckRdb, TellsWhereTheDamageIsAndKeepsWhatStandsBefore) {
  for (int i = 0; i < 5; ++i) server.must({"RPUSH", "list" + std::to_string(i), "a", "b"});
  server.must({"SELECT", "5"});
  server.must({"SET", "last", "damaged"});
  std::string bytes = image();
  server.must({"DEL", "last"});
  const std::string before = server.contents();
  const std::size_t place = bytes.find("damaged");
  bytes[place - 1] = '\xc7';  // an encoding of strings that there is none
  disk.put(kPath, bytes);
  EXPECT_FALSE(check().whole);
  EXPECT_THAT(lines, Contains(AllOf(StartsWith("[byte " + std::to_string(place) + "] damage: "),
                                    HasSubstr("in the key \"last\""))));
  EXPECT_THAT(lines, Contains(HasSubstr("what can be read ends here")));
  EXPECT_THAT(lines, Contains("keys: 5; with a deadline: 0; past it: 0"));
  EXPECT_EQ(disk.content(kPath), bytes) << "only looked at";

  const CheckRdbResult result = check(/*fix=*/true);
  EXPECT_TRUE(result.fixed);
  EXPECT_EQ(disk.content("dump.rdb.bak"), bytes);
  EXPECT_EQ(loaded(), before);
  EXPECT_TRUE(check().whole);
  EXPECT_EQ(disk.durable(kPath), disk.content(kPath));

  disk.put(kPath, bytes);
  EXPECT_FALSE(check(/*fix=*/true).fixed) << "a backup is never written over";
  EXPECT_EQ(disk.content(kPath), bytes);
}

TEST_F(CheckRdb, RepairsEveryCut) {
  server.fill_small();
  const std::string bytes = image();
  for (std::size_t size = 9; size < bytes.size(); ++size) {
    disk.put(kPath, bytes.substr(0, size));
    disk.remove("dump.rdb.bak");
    const CheckRdbResult result = check(/*fix=*/true);
    ASSERT_FALSE(result.whole) << size;
    ASSERT_TRUE(result.fixed) << size << " " << result.error;
    const CheckRdbResult again = check();
    ASSERT_TRUE(again.whole) << size << " " << again.error;
    ASSERT_EQ(again.keys, result.keys) << size;
  }
  EXPECT_EQ(loaded(), server.contents()) << "only the checksum was missing";
}

TEST_F(CheckRdb, PassesOverValuesOfModules) {
  const std::string old = "REDIS0003\x07\1m\1\2\5\5\3abc\0\0\1a\1x\xff"s;
  disk.put(kPath, old);
  EXPECT_TRUE(check().whole);
  EXPECT_THAT(lines, Contains(HasSubstr("the key \"m\" holds a value of the module AAAAAAAAA")));
  EXPECT_THAT(lines, Contains(HasSubstr("streams: 0; of modules: 1")));
}

TEST_F(CheckRdb, SaysWhyItCannot) {
  EXPECT_THAT(check().error, HasSubstr("Can't open dump.rdb"));
  disk.put(kPath, "*1\r\n$4\r\nPING\r\n");
  EXPECT_THAT(check(/*fix=*/true).error, HasSubstr("no RDB image"));
  EXPECT_EQ(disk.content(kPath), "*1\r\n$4\r\nPING\r\n") << "there is nothing to repair";
  server.fill_small();
  disk.put(kPath, image().substr(0, 100));
  disk.set_space(50);
  const CheckRdbResult full = check(/*fix=*/true);
  EXPECT_FALSE(full.fixed);
  EXPECT_THAT(full.error, HasSubstr("Can't write dump.rdb.fixing"));
  EXPECT_FALSE(disk.exists("dump.rdb.fixing"));
  EXPECT_EQ(disk.size(kPath), 100);
}

}  // namespace
}  // namespace sorrel::persist
