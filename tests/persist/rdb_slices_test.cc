// SPDX-License-Identifier: BSD-3-Clause
//
// An image that is written in slices, and one whose pieces are finished elsewhere, are to the byte
// what a writer at one go makes; and hints for several databases may stand before their keys.
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>
#include <sorrel/persist/rdb_file.h>

#include "support/command_fixture.h"

namespace sorrel::persist {
namespace {

constexpr std::size_t kWhole = SIZE_MAX;

// Text that LZF can shorten, a little.
std::string text_of(std::size_t size, unsigned seed) {
  std::string text;
  while (text.size() < size) {
    seed = seed * 1664525U + 1013904223U;
    text += "some words " + std::to_string(seed >> 8);
  }
  text.resize(size);
  return text;
}

class RdbSlices : public testing::Test {
 protected:
  RdbSlices() {
    add_strings();
    add_collections();
    add_stream();
  }

  void add_strings() {
    run({"SET", "integer", "12345"});
    run({"SET", "small", "hello", "PX", "50000"});
    for (const std::size_t size : {20, 21, 1024, 1025, 16 << 10, (16 << 10) + 1, 1 << 20}) {
      run({"SET", "string" + std::to_string(size), text_of(size, 7)});
    }
    run({"SET", "beyond compression", std::string((16U << 20) + 1, 'x')});
  }

  void add_collections() {
    for (unsigned i = 0; i < 3000; ++i) {
      const std::string text = text_of(i % 90, i);
      const std::string number = std::to_string(i * 77);
      run({"RPUSH", "list", text});
      run({"SADD", "set", number, text});
      run({"SADD", "intset", std::to_string(i % 400)});
      run({"ZADD", "zset", number, text});
      run({"HSET", "hash", number, text});
      run({"HSET", "deadlines", number, text});
      const std::string deadline = std::to_string(4'102'444'800'000 + i);
      if (i % 3 == 0) run({"HPEXPIREAT", "deadlines", deadline, "FIELDS", "1", number});
    }
    run({"RPUSH", "list", text_of(400'000, 1), "short", text_of(20'000, 2)});
    run({"HSET", "small hash", "f", "v", "g", text_of(60, 3)});
    run({"SADD", "small set", "f", "v", text_of(60, 3)});
    run({"ZADD", "small zset", "1.5", "v", "2", text_of(60, 3)});
    run({"SELECT", "5"});
    run({"RPUSH", "small list", "a", "1", "b"});
    run({"HSET", "small deadlines", "f", "v", "g", "w"});
    run({"HPEXPIREAT", "small deadlines", "4102444800000", "FIELDS", "1", "f"});
  }

  void add_stream() {
    for (unsigned i = 1; i < 2000; ++i) {
      run({"XADD", "stream", std::to_string(i) + "-1", "name", text_of(i % 50, i)});
    }
    run({"XADD", "stream", "18446744073709551615-18446744073709551615", "the", "last"});
    for (const std::string_view group : {"first", "second", "third"}) {
      run({"XGROUP", "CREATE", "stream", group, "0"});
      for (const std::string_view consumer : {"anna", "bert"}) {
        run({"XREADGROUP", "GROUP", group, consumer, "COUNT", "300", "STREAMS", "stream", ">"});
      }
    }
    run({"XGROUP", "CREATECONSUMER", "stream", "third", "idle"});
    run({"XGROUP", "CREATE", "stream", "empty", "$"});
  }

  void run(std::initializer_list<std::string_view> words) {
    ASSERT_FALSE(server.run(words).starts_with("-")) << *words.begin();
  }

  // Everything, in an order that depends on the keyspace alone.
  void write(RdbWriter& writer, std::size_t budget) {
    for (std::size_t i = 0; i < server.keyspace.database_count(); ++i) {
      const keyspace::Database& database = server.keyspace.database(i);
      if (database.size() == 0) continue;
      writer.select(database.number());
      std::uint64_t cursor = 0;
      do {
        cursor = database.scan(cursor, [&](const keyspace::Record& record) {
          if (budget == kWhole) {
            writer.key(record);
            return;
          }
          const auto value = writer.begin_key(record);
          while (!writer.go_on(*value, budget)) value->rebind(record);
        });
      } while (cursor != 0);
    }
    writer.end();
  }

  std::string direct(const RdbWriteOptions& options, std::size_t budget) {
    std::string bytes;
    RdbWriter writer(options, server.keyspace.access(),
                     [&](std::string_view piece) { bytes += piece; });
    write(writer, budget);
    return bytes;
  }

  std::string finished(const RdbWriteOptions& options, std::size_t budget) {
    std::vector<RdbPiece> pieces;
    RdbWriter writer(options, server.keyspace.access(),
                     [&](RdbPiece piece) { pieces.push_back(std::move(piece)); });
    write(writer, budget);
    RdbFinisher finisher(options.check_sum);
    std::string bytes;
    for (RdbPiece& piece : pieces) bytes += finisher.finish(std::move(piece));
    return bytes;
  }

  test::CommandFixture server{{&commands::add_connection_commands, &commands::add_string_commands,
                               &commands::add_key_commands, &commands::add_list_commands,
                               &commands::add_set_commands, &commands::add_sorted_set_commands,
                               &commands::add_hash_commands, &commands::add_stream_commands}};
};

TEST_F(RdbSlices, AreWhatIsWrittenAtOnce) {
  const std::string whole = direct({.version = 12}, kWhole);
  for (const std::size_t budget : {1, 2, 100, 1000, 1'000'000}) {
    EXPECT_TRUE(direct({.version = 12}, budget) == whole) << budget;
  }
}

TEST_F(RdbSlices, PiecesFinishedElsewhereAreTheSameBytes) {
  for (const bool compress : {true, false}) {
    for (const bool check_sum : {true, false}) {
      const RdbWriteOptions options = {.version = 12, .compress = compress, .check_sum = check_sum};
      const std::string whole = direct(options, kWhole);
      EXPECT_TRUE(finished(options, kWhole) == whole) << compress << check_sum;
      EXPECT_TRUE(finished(options, 1) == whole) << compress << check_sum;
      EXPECT_TRUE(finished(options, 100) == whole) << compress << check_sum;
    }
  }
}

TEST_F(RdbSlices, ASliceIsAboutAsLargeAsItsBudget) {
  std::size_t written = 0;
  std::size_t most = 0;
  RdbWriter writer({}, server.keyspace.access(),
                   [&](const RdbPiece& piece) { written += piece.bytes.size(); });
  std::uint64_t cursor = 0;
  do {
    cursor = server.keyspace.database(0).scan(cursor, [&](const keyspace::Record& record) {
      const auto value = writer.begin_key(record);
      for (bool whole = false; !whole;) {
        writer.flush();
        const std::size_t before = written;
        whole = writer.go_on(*value, 10);
        writer.flush();
        most = std::max(most, written - before);
      }
    });
  } while (cursor != 0);
  // A node of a list or a stream, or a bucket of an index, is written as one.
  EXPECT_LT(most, 20'000U);
}

TEST_F(RdbSlices, LoadsWhatSliceAndPieceMade) {
  const std::string bytes = finished({.version = 12}, 10);
  test::CommandFixture other{{&commands::add_connection_commands}};
  std::size_t place = 0;
  const RdbLoadResult result = load_rdb(
      [&](std::span<char> to) {
        const std::size_t count = bytes.copy(to.data(), to.size(), place);
        place += count;
        return count;
      },
      other.keyspace, {});
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.keys, server.keyspace.database(0).size() + server.keyspace.database(5).size());
}

TEST_F(RdbSlices, HintsOfAllDatabasesMayComeFirst) {
  std::string bytes;
  RdbWriter writer({}, server.keyspace.access(), [&](std::string_view piece) { bytes += piece; });
  writer.database(0, 1, 0);
  writer.database(5, 2, 1);
  for (const std::uint32_t number : {0, 0, 5}) writer.select(number);
  writer.flush();
  using namespace std::string_literals;
  EXPECT_EQ(bytes, "REDIS0011\xfe\0\xfb\1\0\xfe\5\xfb\2\1\xfe\0\xfe\5"s);
}

}  // namespace
}  // namespace sorrel::persist
