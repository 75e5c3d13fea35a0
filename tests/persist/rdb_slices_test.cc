// SPDX-License-Identifier: BSD-3-Clause
//
// An image that is written in slices, and one whose pieces are finished elsewhere, are to the byte
// what a writer at one go makes; and hints for several databases may stand before their keys.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/persist/rdb_file.h>

#include "support/every_type.h"

namespace sorrel::persist {
namespace {

constexpr std::size_t kWhole = SIZE_MAX;

class RdbSlices : public testing::Test {
 protected:
  RdbSlices() {
    server.fill_small();
    server.fill_large();
    server.must({"SET", "beyond compression", std::string((16U << 20) + 1, 'x')});
  }

  void write(RdbWriter& writer, std::size_t budget) { server.write_all(writer, budget); }

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

  // Returns: the error.
  static std::string load(const std::string& bytes, test::EveryType& into) {
    std::size_t place = 0;
    const auto source = [&](std::span<char> to) {
      const std::size_t count = bytes.copy(to.data(), to.size(), place);
      place += count;
      return count;
    };
    return load_rdb(source, into.keyspace, {}).error;
  }

  test::EveryType server;
};

TEST_F(RdbSlices, AreWhatIsWrittenAtOnce) {
  const std::string whole = direct({.version = 12}, kWhole);
  for (const std::size_t budget : {1U, 2U, 100U, 1000U, 1'000'000U}) {
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
      const auto value = writer.begin_key(const_cast<keyspace::Record&>(record));
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

TEST_F(RdbSlices, ALongStringGoesOutInSmallPieces) {
  std::size_t largest = 0;
  std::size_t marked = 0;
  RdbWriter writer({}, server.keyspace.access(), [&](const RdbPiece& piece) {
    largest = std::max(largest, piece.bytes.size());
    for (const RdbPiece::Mark& mark : piece.marks) marked += mark.size;
  });
  const auto* record = server.keyspace.database(0).find(server.keyspace.key("beyond compression"));
  const auto value = writer.begin_key(*const_cast<keyspace::Record*>(record));
  int slices = 1;
  while (!writer.go_on(*value, 128)) ++slices;
  writer.flush();
  EXPECT_GE(slices, 256);
  EXPECT_LT(largest, 256U << 10);
  EXPECT_EQ(marked, 0U);
}

TEST_F(RdbSlices, LoadsWhatSliceAndPieceMade) {
  test::EveryType other;
  EXPECT_EQ(load(finished({.version = 12}, 10), other), "");
  EXPECT_EQ(other.contents(), server.contents());
}

TEST_F(RdbSlices, WhatIsWalkingIsWrittenAsItWasWhenTheWalkBegan) {
  const std::string before = server.contents();
  std::string bytes;
  RdbWriter writer({}, server.keyspace.access(), [&](std::string_view piece) { bytes += piece; });
  server.write_snapshot(writer, [&] { server.disturb(); });
  writer.end();
  EXPECT_NE(server.contents(), before);
  test::EveryType other;
  EXPECT_EQ(load(bytes, other), "");
  EXPECT_EQ(other.contents(), before);
}

TEST_F(RdbSlices, HintsOfAllDatabasesMayComeFirst) {
  std::string bytes;
  RdbWriter writer({}, server.keyspace.access(), [&](std::string_view piece) { bytes += piece; });
  writer.database(0, 1, 0);
  writer.database(5, 2, 1);
  for (const std::uint32_t number : {0U, 0U, 5U}) writer.select(number);
  writer.flush();
  using namespace std::string_literals;
  EXPECT_EQ(bytes, "REDIS0011\xfe\0\xfb\1\0\xfe\5\xfb\2\1\xfe\0\xfe\5"s);
}

}  // namespace
}  // namespace sorrel::persist
