// SPDX-License-Identifier: BSD-3-Clause
//
// Strings of bits against a model of single bits: ranges that begin and end anywhere, lengths
// around the steps of the fast loops (8, 32 and 128 bytes) and of the blocks in which strings are
// combined.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/types/bitmap.h>

namespace sorrel::types {
namespace {

constexpr std::size_t kLengths[] = {0,  1,   2,   7,   8,   9,   31,   32,   33,   63,   64,  95,
                                    96, 127, 128, 129, 255, 256, 1000, 1023, 1024, 1025, 4000};

std::string noise(base::Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

std::uint64_t model_count(std::string_view bytes, std::uint64_t first, std::uint64_t last) {
  std::uint64_t count = 0;
  for (std::uint64_t i = first; i <= last; ++i) count += get_bit(bytes, i) ? 1 : 0;
  return count;
}

std::optional<std::uint64_t> model_find(std::string_view bytes, bool bit, std::uint64_t first,
                                        std::uint64_t last) {
  for (std::uint64_t i = first; i <= last; ++i) {
    if (get_bit(bytes, i) == bit) return i;
  }
  return std::nullopt;
}

TEST(Bitmap, NumbersBitsFromTheMostSignificant) {
  std::string bytes("\x81\x40", 2);
  EXPECT_TRUE(get_bit(bytes, 0));
  EXPECT_FALSE(get_bit(bytes, 1));
  EXPECT_TRUE(get_bit(bytes, 7));
  EXPECT_TRUE(get_bit(bytes, 9));
  EXPECT_FALSE(get_bit(bytes, 16));
  EXPECT_FALSE(get_bit(bytes, UINT64_MAX));
  EXPECT_TRUE(set_bit(bytes, 0, false));
  EXPECT_FALSE(set_bit(bytes, 15, true));
  EXPECT_TRUE(set_bit(bytes, 15, true));
  EXPECT_EQ(bytes, "\x01\x41");
}

TEST(Bitmap, CountsWholeStringsOfEveryLength) {
  base::Random random(1);
  for (const std::size_t length : kLengths) {
    const std::string bytes = noise(random, length);
    ASSERT_EQ(count_bits(bytes), length == 0 ? 0 : model_count(bytes, 0, length * 8 - 1));
    ASSERT_EQ(count_bits(std::string(length, '\xff')), length * 8);
    // Not aligned either.
    if (length > 3) {
      ASSERT_EQ(count_bits(std::string_view(bytes).substr(3)),
                model_count(bytes, 24, length * 8 - 1));
    }
  }
  EXPECT_EQ(count_bits(std::string(1'000'003, '\xff')), 8'000'024U);
}

TEST(Bitmap, CountsAnyRange) {
  base::Random random(2);
  for (int round = 0; round < 3000; ++round) {
    const std::string bytes = noise(random, 1 + random.below(200));
    const std::uint64_t first = random.below(bytes.size() * 8);
    const std::uint64_t last = first + random.below(bytes.size() * 8 - first);
    ASSERT_EQ(count_bits(bytes, first, last), model_count(bytes, first, last))
        << first << " to " << last;
  }
}

TEST(Bitmap, FindsTheFirstBitInAnyRange) {
  base::Random random(3);
  for (int round = 0; round < 4000; ++round) {
    // Long runs of one value, with few exceptions.
    const bool bit = random.below(2) == 0;
    std::string bytes(1 + random.below(150), bit ? '\0' : '\xff');
    for (std::uint64_t i = random.below(3); i > 0; --i) {
      set_bit(bytes, random.below(bytes.size() * 8), bit);
    }
    const std::uint64_t first = random.below(bytes.size() * 8);
    const std::uint64_t last = first + random.below(bytes.size() * 8 - first);
    ASSERT_EQ(find_bit(bytes, bit, first, last), model_find(bytes, bit, first, last));
    ASSERT_EQ(find_bit(bytes, !bit, first, last), model_find(bytes, !bit, first, last));
  }
}

unsigned model_byte(BitOperation operation, const std::vector<std::string>& sources,
                    std::size_t index) {
  unsigned first = 0;
  unsigned others = 0;
  unsigned all = 0xff;
  unsigned odd = 0;
  unsigned once = 0;
  unsigned twice = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const unsigned byte =
        index < sources[i].size() ? static_cast<unsigned char>(sources[i][index]) : 0U;
    (i == 0 ? first : others) |= byte;
    all &= byte;
    odd ^= byte;
    twice |= once & byte;
    once |= byte;
  }
  switch (operation) {
    case BitOperation::kAnd:
      return all;
    case BitOperation::kOr:
      return first | others;
    case BitOperation::kXor:
      return odd;
    case BitOperation::kNot:
      return ~first & 0xff;
    case BitOperation::kDiff:
      return first & ~others;
    case BitOperation::kDiff1:
      return others & ~first;
    case BitOperation::kAndOr:
      return first & others;
    case BitOperation::kOne:
      return once & ~twice;
  }
  return 0;
}

constexpr BitOperation kOperations[] = {
    BitOperation::kAnd,  BitOperation::kOr,    BitOperation::kXor,   BitOperation::kNot,
    BitOperation::kDiff, BitOperation::kDiff1, BitOperation::kAndOr, BitOperation::kOne};

void expect_combined(const std::string& result, BitOperation operation,
                     const std::vector<std::string>& sources) {
  for (std::size_t i = 0; i < result.size(); ++i) {
    ASSERT_EQ(static_cast<unsigned char>(result[i]), model_byte(operation, sources, i))
        << "operation " << static_cast<int>(operation) << " byte " << i;
  }
}

TEST(Bitmap, CombinesSourcesOfAnyLengths) {
  base::Random random(4);
  for (int round = 0; round < 120; ++round) {
    const BitOperation operation = kOperations[static_cast<std::size_t>(round) % 8];
    const std::size_t longest = round < 100 ? 1 + random.below(200) : 4000 + random.below(9000);
    std::vector<std::string> sources;
    const std::uint64_t count = operation == BitOperation::kNot ? 1 : 2 + random.below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      sources.push_back(noise(random, random.below(longest + 1)));
    }
    sources[random.below(count)] = noise(random, longest);
    const std::vector<std::string_view> views(sources.begin(), sources.end());
    std::string result(longest, 'x');
    combine_bits(operation, views, result);
    expect_combined(result, operation, sources);
  }
}

TEST(Bitmap, TheResultMayLieWhereASourceDoes) {
  base::Random random(5);
  for (const BitOperation operation : kOperations) {
    for (std::size_t place = 0; place < (operation == BitOperation::kNot ? 1U : 3U); ++place) {
      std::vector<std::string> sources;
      for (std::size_t i = 0; i < (operation == BitOperation::kNot ? 1U : 3U); ++i) {
        sources.push_back(noise(random, i == place ? 9001 : random.below(9001)));
      }
      std::string result = sources[place];
      std::vector<std::string_view> views(sources.begin(), sources.end());
      views[place] = result;
      combine_bits(operation, views, result);
      expect_combined(result, operation, sources);
    }
  }
}

}  // namespace
}  // namespace sorrel::types
