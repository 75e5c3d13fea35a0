// SPDX-License-Identifier: BSD-3-Clause
//
// The image of a keyspace: written and read again, piece by piece; images of old versions made by
// hand; and every way in which one can be damaged.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/crc.h>
#include <sorrel/persist/rdb_file.h>

#include "support/every_type.h"

namespace sorrel::persist {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

RdbSource source_of(const std::string& bytes, std::size_t piece = SIZE_MAX) {
  return [&bytes, piece, place = std::size_t{0}](std::span<char> to) mutable {
    const std::size_t count = bytes.copy(to.data(), std::min(piece, to.size()), place);
    place += count;
    return count;
  };
}

std::string with_checksum(std::string image) {
  const std::uint64_t checksum = base::crc64(image);
  for (int i = 0; i < 8; ++i) image += static_cast<char>(checksum >> (8 * i) & 0xff);
  return image;
}

class RdbFile : public testing::Test {
 protected:
  test::EveryType server;

  std::string image(const RdbWriteOptions& options = {}) {
    std::string bytes;
    RdbWriter writer(options, server.keyspace.access(),
                     [&](std::string_view piece) { bytes += piece; });
    writer.auxiliary("redis-ver", "8.0.0");
    writer.keyspace(server.keyspace);
    writer.end();
    return bytes;
  }
  RdbLoadResult load(const std::string& bytes, std::size_t piece = SIZE_MAX,
                     RdbLoadOptions options = {}) {
    options.notice = [this](std::string_view text) { notices.emplace_back(text); };
    return load_rdb(source_of(bytes, piece), server.keyspace, options);
  }
  void empty() {
    for (std::size_t i = 0; i < server.keyspace.database_count(); ++i) {
      server.keyspace.database(i).clear();
    }
  }
  std::string get(std::string_view key) { return server.run({"GET", key}); }

  std::vector<std::string> notices;
};

TEST_F(RdbFile, BringsAKeyspaceBack) {
  server.run({"SET", "a", "hello"});
  server.run({"SET", "b", "17", "PX", "50000"});
  server.run({"SELECT", "3"});
  server.run({"SET", "long", std::string(100'000, 'x')});
  server.run({"ZADD", "z", "1.5", "m", "-inf", "n"});
  for (int i = 0; i < 2000; ++i) server.run({"SET", "key" + std::to_string(i), std::to_string(i)});
  for (const bool compress : {true, false}) {
    const std::string bytes = image({.compress = compress});
    EXPECT_TRUE(
        bytes.starts_with("REDIS0011\xfa\x09redis-ver\x05"
                          "8.0.0\xfe\0\xfb\2\1"s));
    for (const std::size_t piece : {SIZE_MAX, std::size_t{1000}}) {
      empty();
      const RdbLoadResult result = load(bytes + "behind", piece);
      EXPECT_EQ(result.error, "");
      EXPECT_EQ(result.keys, 2004U);
      EXPECT_EQ(result.bytes, bytes.size());
      EXPECT_EQ(result.version, 11U);
      EXPECT_THAT(result.auxiliary, ElementsAre(Pair("redis-ver", "8.0.0")));
      server.run({"SELECT", "0"});
      EXPECT_EQ(get("a"), "$5\r\nhello\r\n");
      EXPECT_EQ(get("b"), "$2\r\n17\r\n");
      EXPECT_EQ(server.run({"PTTL", "b"}), ":50000\r\n");
      server.run({"SELECT", "3"});
      EXPECT_EQ(get("key1999"), "$4\r\n1999\r\n");
      EXPECT_EQ(server.run({"STRLEN", "long"}), ":100000\r\n");
      EXPECT_EQ(server.run({"ZSCORE", "z", "m"}), "$3\r\n1.5\r\n");
      EXPECT_THAT(notices, IsEmpty());
    }
  }
}

TEST_F(RdbFile, KeepsIdleTimeAndFrequency) {
  server.run({"SET", "a", "x"});
  server.advance(std::chrono::seconds(100));
  server.run({"SET", "b", "x"});
  const std::string idle = image({.access = RdbAccess::kIdleSeconds});
  empty();
  EXPECT_EQ(load(idle).error, "");
  EXPECT_EQ(server.run({"OBJECT", "IDLETIME", "a"}), ":100\r\n");
  EXPECT_EQ(server.run({"OBJECT", "IDLETIME", "b"}), ":0\r\n");
  empty();
  server.keyspace.access().settings().lfu = true;
  server.run({"SET", "c", "x"});
  const std::string frequency = image({.access = RdbAccess::kFrequency});
  EXPECT_THAT(frequency, HasSubstr("\xf9\5\0\1c\1x"s));
  empty();
  EXPECT_EQ(load(frequency).error, "");
  EXPECT_EQ(server.run({"OBJECT", "FREQ", "c"}), ":5\r\n");
}

TEST_F(RdbFile, LeavesOutWhatHasExpired) {
  server.run({"SET", "a", "x", "PX", "1000"});
  server.run({"SET", "b", "x", "PX", "3000"});
  const std::string bytes = image();
  server.advance(std::chrono::seconds(2));
  server.run({"PING"});
  empty();
  const RdbLoadResult dropped = load(bytes);
  EXPECT_EQ(dropped.keys, 1U);
  EXPECT_EQ(dropped.expired, 1U);
  empty();
  const RdbLoadResult kept = load(bytes, SIZE_MAX, {.drop_expired = false});
  EXPECT_EQ(kept.keys, 2U);
  EXPECT_EQ(kept.expired, 0U);
  EXPECT_EQ(server.run({"EXISTS", "a", "b"}), ":1\r\n");
}

TEST_F(RdbFile, EveryCutIsFound) {
  server.run({"SET", "a", "hello", "PX", "1000"});
  server.run({"ZADD", "z", "1.5", "m"});
  const std::string bytes = image();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    empty();
    EXPECT_NE(load(bytes.substr(0, size)).error, "") << size;
  }
}

TEST_F(RdbFile, EveryChangedByteIsFound) {
  server.run({"SET", "a", "hello", "PX", "1000"});
  const std::string bytes = image();
  // But for the version, of which the oldest have no checksum.
  for (std::size_t place = 9; place < bytes.size(); ++place) {
    empty();
    std::string changed = bytes;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    EXPECT_NE(load(changed).error, "") << place;
  }
  empty();
  std::string unsummed = bytes.substr(0, bytes.size() - 8) + std::string(8, '\0');
  EXPECT_EQ(load(unsummed).error, "");
  empty();
  unsummed.back() = 'x';
  EXPECT_THAT(load(unsummed).error, HasSubstr("CRC error"));
  empty();
  EXPECT_EQ(load(unsummed, SIZE_MAX, {.check_sum = false}).error, "");
}

TEST_F(RdbFile, ReadsOldVersions) {
  // Version 3 has no checksum; deadlines in seconds, 0x70000000 is in the year 2029.
  const std::string old = "REDIS0003\xfe\0\xfd\0\0\0\x70\0\1a\1x\0\1b\xc0\5\xff"s;
  EXPECT_EQ(load(old).error, "");
  EXPECT_EQ(server.run({"PEXPIRETIME", "a"}), ":1879048192000\r\n");
  EXPECT_EQ(get("b"), "$1\r\n5\r\n");
  empty();
  EXPECT_EQ(load(with_checksum("VALKEY080\xfe\0\0\1a\1x\xff"s)).error, "");
  EXPECT_EQ(get("a"), "$1\r\nx\r\n");
}

// A value of each kind that no server writes any more, as those did that wrote it.
TEST_F(RdbFile, ReadsEveryOldEncodingInEveryVersion) {
  const std::string ziplist = "\x10\x10\0\0\0\x0d\0\0\0\2\0\0\1a\3\xf6\xff"s;  // "a", 5
  const std::string keys = "\1\4list\2\1a\xc0\5"s + "\2\3set\2\1a\xc0\5"s + "\3\4zset\2\1a\3"s +
                           "1.5\1b\xff"s + "\4\4hash\1\1a\1x"s +
                           "\5\5zset2\1\1a\0\0\0\0\0\0\xf8\x3f"s + "\x09\6zipmap\7\1\1a\1\0x\xff"s +
                           "\x0a\5list2"s + ziplist + "\x0b\6intset\x0a\2\0\0\0\1\0\0\0\7\0"s +
                           "\x0c\5zset3"s + ziplist + "\x0d\5hash2"s + ziplist + "\x0e\5list3\1"s +
                           ziplist + "\x0f\6stream\0\0\5\1\0"s;
  for (const std::string& version :
       {"0001"s, "0006"s, "0007"s, "0008"s, "0009"s, "0010"s, "0011"s, "0012"s, "0080"s}) {
    empty();
    const std::string image = "REDIS" + version + keys + "\xff";
    const RdbLoadResult result = load(version < "0005" ? image : with_checksum(image));
    EXPECT_EQ(result.error, "") << version;
    EXPECT_EQ(result.keys, 12U);
    for (const std::string_view list : {"list", "list2", "list3"}) {
      EXPECT_EQ(server.run({"LRANGE", list, "0", "-1"}), "*2\r\n$1\r\na\r\n$1\r\n5\r\n") << list;
    }
    EXPECT_EQ(server.run({"SMISMEMBER", "set", "a", "5", "x"}), "*3\r\n:1\r\n:1\r\n:0\r\n");
    EXPECT_EQ(server.run({"SMEMBERS", "intset"}), "*1\r\n$1\r\n7\r\n");
    EXPECT_EQ(server.run({"ZSCORE", "zset", "a"}), "$3\r\n1.5\r\n");
    EXPECT_EQ(server.run({"ZSCORE", "zset", "b"}), "$4\r\n-inf\r\n");
    EXPECT_EQ(server.run({"ZSCORE", "zset2", "a"}), "$3\r\n1.5\r\n");
    EXPECT_EQ(server.run({"ZSCORE", "zset3", "a"}), "$1\r\n5\r\n");
    EXPECT_EQ(server.run({"HGET", "hash", "a"}), "$1\r\nx\r\n");
    EXPECT_EQ(server.run({"HGET", "zipmap", "a"}), "$1\r\nx\r\n");
    EXPECT_EQ(server.run({"HGET", "hash2", "a"}), "$1\r\n5\r\n");
    EXPECT_EQ(server.run({"XLEN", "stream"}), ":0\r\n");
  }
}

TEST_F(RdbFile, ReadsFieldDeadlinesOfEveryoneWhoWritesThem) {
  const std::string far = "\x00\xd8\xc3\x2c\xbb\3\0\0"s;  // 4102444800000
  // Valkey: behind each pair, or -1. Redis before its release: before each pair, as a length.
  const std::string valkey =
      "VALKEY080\x16\1h\2\1f\1v"s + far + "\1g\1w" + std::string(8, '\xff') + "\xff";
  const std::string before = "REDIS0012\x16\1h\2\x81\0\0\3\xbb\x2c\xc3\xd8\0\1f\1v\0\1g\1w\xff"s;
  for (const std::string& bytes : {valkey, before}) {
    empty();
    EXPECT_EQ(load(with_checksum(bytes)).error, "");
    EXPECT_EQ(server.run({"HPEXPIRETIME", "h", "FIELDS", "2", "f", "g"}),
              "*2\r\n:4102444800000\r\n:-1\r\n");
  }
}

TEST_F(RdbFile, RefusesWhatItCannotRead) {
  const auto error = [&](const std::string& bytes) {
    empty();
    return load(bytes).error;
  };
  EXPECT_THAT(error(""), HasSubstr("no RDB image"));
  EXPECT_THAT(error("*1\r\n$4\r\nPING\r\n"), HasSubstr("no RDB image"));
  EXPECT_THAT(error("REDIS00x1"), HasSubstr("no RDB image"));
  EXPECT_THAT(error("REDIS0013"), HasSubstr("version 13"));
  EXPECT_THAT(error("REDIS0079"), HasSubstr("version 79"));
  EXPECT_THAT(error("REDIS0000"), HasSubstr("version 0"));
  EXPECT_THAT(error("REDIS0011\xfe\x10"), HasSubstr("database 16"));
  EXPECT_THAT(
      error("REDIS0011\x06\1a\1x"),
      HasSubstr("module AAAAAAAAA (version 1), which this server does not have (at byte 13"));
  EXPECT_THAT(error("REDIS0011\x40\1a\1x"), HasSubstr("unknown kind"));
  EXPECT_THAT(error("REDIS0011\xf6\1x"), HasSubstr("function format"));
  EXPECT_THAT(error("REDIS0011\xf5\1x"), HasSubstr("functions"));
  EXPECT_THAT(error("REDIS0003\0\1a\1x\0\1a\1x\xff"s), HasSubstr("there already"));
}

// The number of a module: nine characters of six bits, ten bits of a version.
std::string module_id(std::string_view name, unsigned version) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::uint64_t id = 0;
  for (const char letter : name) id = id << 6 | kLetters.find(letter);
  id = id << 10 | version;
  std::string bytes = "\x81";
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(id >> shift & 0xff);
  return bytes;
}

TEST_F(RdbFile, NamesTheModuleThatAValueIsOf) {
  const std::string bytes = "REDIS0011\x07\5a key"s + module_id("ReJSON-RL", 3) + "anything";
  EXPECT_EQ(load(bytes).error,
            "A value of the module ReJSON-RL (version 3), which this server does not have (at byte "
            "25, in the key \"a key\")");
  EXPECT_EQ(load("REDIS0003\xf7"s + module_id("bf_filter", 1023) + "\2\2\0\0\1a\1x\xff"s).error,
            "");
  EXPECT_THAT(notices, ElementsAre("Data of the module bf_filter (version 1023) was passed over"));
  EXPECT_EQ(get("a"), "$1\r\nx\r\n");
}

TEST_F(RdbFile, SaysInWhichKeyTheDamageIs) {
  EXPECT_THAT(load("REDIS0003\x05\4zset\2\1a12345678\1a87654321"s).error,
              HasSubstr("in the key \"zset\""));
  const RdbLoadResult twice = load("REDIS0003\0\1a\1x\0\1b\1x\0\1a\1y\xff"s);
  EXPECT_THAT(twice.error, HasSubstr("there already: \"a\""));
  EXPECT_EQ(twice.keys, 2U) << "what came before is there";
  EXPECT_EQ(get("a"), "$1\r\nx\r\n");
}

TEST_F(RdbFile, TellsHowFarItIsWithinLargeValues) {
  for (int i = 0; i < 20'000; ++i) {
    server.run({"ZADD", "z", std::to_string(i), "member " + std::to_string(i)});
  }
  const std::string bytes = image({.compress = false});
  empty();
  std::vector<std::uint64_t> told;
  RdbLoadOptions options;
  options.progress = [&](std::uint64_t read) { told.push_back(read); };
  options.bytes = bytes.size();
  EXPECT_EQ(load(bytes, SIZE_MAX, options).error, "");
  ASSERT_GE(told.size(), bytes.size() / 70'000);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  std::uint64_t before = 0;
  for (const std::uint64_t read : told) {
    EXPECT_LE(read - before, 65'536U);
    before = read;
  }
}

TEST_F(RdbFile, DoesNotBelieveHints) {
  // A thousand million million keys are announced, one comes.
  EXPECT_EQ(load("REDIS0003\xfb\x81\0\3\x8d\x7e\xa4\xc6\x80\0\0\0\1a\1x\xff"s).error, "");
  EXPECT_LT(server.keyspace.database(0).overhead_bytes(), 20U << 20);
  empty();
  RdbLoadOptions options;
  options.bytes = 40;
  EXPECT_EQ(
      load("REDIS0003\xfb\x81\0\3\x8d\x7e\xa4\xc6\x80\0\0\0\1a\1x\xff"s, SIZE_MAX, options).error,
      "");
  EXPECT_LT(server.keyspace.database(0).overhead_bytes(), 1000U);
}

TEST_F(RdbFile, ReplacesWhenToldTo) {
  server.run({"SET", "a", "old"});
  EXPECT_EQ(load("REDIS0003\0\1a\1x\xff"s, SIZE_MAX, {.replace = true}).error, "");
  EXPECT_EQ(get("a"), "$1\r\nx\r\n");
}

TEST_F(RdbFile, PassesOverWhatIsNoKey) {
  // Module data: a number, its time, then values of each kind; slots of a cluster.
  const std::string bytes =
      "REDIS0003\xf7\1\2\2\2\x05\1\x05\3\1\2\3\4\4\1\2\3\4\5\6\7\x08\5\3abc\0\xf4\1\2\3\0\1a\1x\xff"s;
  EXPECT_EQ(load(bytes).error, "");
  EXPECT_EQ(get("a"), "$1\r\nx\r\n");
  EXPECT_THAT(notices, ElementsAre(HasSubstr("module")));
  empty();
  notices.clear();
  const RdbLoadResult result = load("REDIS0003\5\1e\0\0\1a\1x\xff"s);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.empty, 1U);
  EXPECT_EQ(result.keys, 1U);
  EXPECT_THAT(notices, ElementsAre("skipping empty key: e"));
}

TEST_F(RdbFile, HandsLibrariesOn) {
  std::string bytes;
  RdbWriter writer({}, server.keyspace.access(), [&](std::string_view piece) { bytes += piece; });
  writer.library("#!lua name=l\n");
  writer.end();
  std::string code;
  RdbLoadOptions options;
  options.library = [&](std::string_view given) {
    code = given;
    return std::string();
  };
  EXPECT_EQ(load(bytes, SIZE_MAX, options).error, "");
  EXPECT_EQ(code, "#!lua name=l\n");
  options.library = [](std::string_view) { return std::string("no such engine"); };
  EXPECT_THAT(load(bytes, SIZE_MAX, options).error, StartsWith("no such engine"));
}

}  // namespace
}  // namespace sorrel::persist
