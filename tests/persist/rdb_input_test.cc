// SPDX-License-Identifier: BSD-3-Clause
//
// What Input believes of bytes, whole and in pieces, and that Output writes what Input reads.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/crc.h>

#include "rdb/input.h"
#include "rdb/output.h"

namespace sorrel::persist::rdb {
namespace {

using namespace std::string_literals;

// A source that gives at most `piece` bytes at a time.
Input::Source pieces_of(const std::string& bytes, std::size_t piece) {
  return [&bytes, piece, place = std::size_t{0}](std::span<char> to) mutable {
    const std::size_t count = std::min({piece, to.size(), bytes.size() - place});
    std::copy_n(bytes.data() + place, count, to.data());
    place += count;
    return count;
  };
}

std::vector<std::string> sample_strings() {
  std::vector<std::string> texts = {"",           "a",     "-1",         "127",
                                    "-129",       "32768", "2147483647", "-2147483648",
                                    "2147483648", "007",   "+1",         "9223372036854775807",
                                    "\0\xff"s};
  for (const std::size_t size : {20U, 21U, 63U, 64U, 1000U, 16'383U, 16'384U, 100'000U}) {
    texts.emplace_back(size, 'x');
    std::string mixed;
    for (std::size_t i = 0; i < size; ++i) {
      mixed += static_cast<char>((i * i * 2'654'435'761U) >> 13);
    }
    texts.push_back(mixed);
  }
  return texts;
}

TEST(RdbInput, ReadsWhatOutputWrites) {
  const auto texts = sample_strings();
  const std::vector<std::uint64_t> lengths = {0,      63,         64,         16'383,
                                              16'384, UINT32_MAX, UINT64_MAX, UINT64_C(1) << 32};
  for (const bool compress : {false, true}) {
    Output output({kVersionSetListpack, compress});
    for (const auto& text : texts) output.string(text);
    for (const auto length : lengths) output.length(length);
    output.score(-0.0);
    output.milliseconds(-5);
    const std::uint64_t checksum = output.checksum();
    const std::string bytes = output.take();
    for (const std::size_t piece : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
      Input whole(bytes);
      Input pieces(pieces_of(bytes, piece));
      Input& input = piece == 0 ? whole : pieces;
      input.sum();
      std::string scratch;
      for (const auto& text : texts) EXPECT_EQ(input.string(scratch), text);
      for (const auto length : lengths) EXPECT_EQ(input.length(), length);
      EXPECT_TRUE(std::signbit(input.binary_score()));
      EXPECT_EQ(input.milliseconds(), -5);
      EXPECT_TRUE(input.ok());
      EXPECT_TRUE(input.at_end());
      EXPECT_EQ(input.offset(), bytes.size());
      EXPECT_EQ(input.checksum(), checksum);
      EXPECT_EQ(checksum, base::crc64(bytes));
    }
  }
}

TEST(RdbInput, CompressesOnlyWhatBecomesShorter) {
  Output output({});
  output.string(std::string(20, 'x'));
  EXPECT_EQ(output.take().size(), 21U);
  output.string(std::string(100, 'x'));
  EXPECT_LT(output.take().size(), 20U);
}

TEST(RdbOutput, HandsOnPieceByPieceAndSumsAll) {
  std::string all;
  std::size_t calls = 0;
  Output output({kVersionSetListpack, false}, [&](std::string_view piece) {
    all += piece;
    ++calls;
  });
  for (int i = 0; i < 100; ++i) {
    output.string(std::string(10'000, static_cast<char>('a' + i % 26)));
  }
  output.flush();
  EXPECT_GT(calls, 2U);
  EXPECT_LT(calls, 10U);
  EXPECT_EQ(output.checksum(), base::crc64(all));
}

TEST(RdbInput, EveryCutIsATruncation) {
  Output output({});
  output.string(std::string(300, 'x'));
  output.string("12345");
  output.length(70'000);
  output.score(1.5);
  const std::string bytes = output.take();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Input input(std::string_view(bytes).substr(0, size));
    std::string scratch;
    input.string(scratch);
    input.string(scratch);
    input.length();
    input.binary_score();
    EXPECT_EQ(input.failure(), Failure::kTruncated) << size;
    EXPECT_EQ(input.byte(), 0);
    EXPECT_TRUE(input.take(1).empty());
  }
}

Failure failure_of_string(std::string_view bytes) {
  Input input(bytes);
  std::string scratch;
  input.string(scratch);
  EXPECT_LT(scratch.capacity(), 100'000U);
  return input.failure();
}

TEST(RdbInput, RefusesImpossibleStrings) {
  EXPECT_EQ(failure_of_string("\x82\0\0\0\1a"s), Failure::kMalformed);
  EXPECT_EQ(failure_of_string("\xc4"
                              "a"s),
            Failure::kMalformed);
  EXPECT_EQ(failure_of_string("\x81\xff\xff\xff\xff\xff\xff\xff\xff"
                              "a"s),
            Failure::kTruncated);
  // Compressed: too much promised, a length that is none, bytes that do not unpack.
  EXPECT_EQ(failure_of_string("\xc3\x02\x80\x7f\xff\xff\xff\x01"
                              "a"s),
            Failure::kMalformed);
  EXPECT_EQ(failure_of_string("\xc3\x02\x00\x01"
                              "a"s),
            Failure::kMalformed);
  EXPECT_EQ(failure_of_string("\xc3\x02\x05\x01"
                              "a"s),
            Failure::kMalformed);
  EXPECT_EQ(failure_of_string("\xc3\xc0\x05\x01"
                              "a"s),
            Failure::kMalformed);
}

TEST(RdbInput, ReadsScoresInBothForms) {
  Input input(
      "\x03"
      "1.5\xfe\xff\x02-0");
  EXPECT_EQ(input.text_score(), 1.5);
  EXPECT_EQ(input.text_score(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(input.text_score(), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::signbit(input.text_score()));
  EXPECT_TRUE(input.ok());
  for (const std::string& bytes : {"\xfd"s, "\3abc"s, "\0"s, "\3nan"s}) {
    Input wrong(bytes);
    wrong.text_score();
    EXPECT_EQ(wrong.failure(), Failure::kMalformed);
  }
  const std::string not_a_number = "\0\0\0\0\0\0\xf8\x7f"s;
  Input nan(not_a_number);
  nan.binary_score();
  EXPECT_EQ(nan.failure(), Failure::kMalformed);
}

TEST(RdbInput, KeepsTheFirstFailure) {
  Input input("");
  input.fail(Failure::kEmpty, "set");
  input.fail(Failure::kMalformed, "other");
  EXPECT_EQ(input.failure(), Failure::kEmpty);
  EXPECT_EQ(input.reason(), "set");
  input.forgive_empty();
  EXPECT_TRUE(input.ok());
}

TEST(RdbInput, AStreamsBufferGrowsWithWhatArrives) {
  const std::string bytes =
      "\x81\x00\x00\x00\xff\xff\xff\xff\xff"
      "abc"s;
  Input input(pieces_of(bytes, 4));
  std::string scratch;
  input.string(scratch);
  EXPECT_EQ(input.failure(), Failure::kTruncated);
  EXPECT_LT(scratch.capacity(), 1000U);
}

}  // namespace
}  // namespace sorrel::persist::rdb
