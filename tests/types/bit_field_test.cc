// SPDX-License-Identifier: BSD-3-Clause
//
// Integers in a string of bits against a model that moves single bits: every width, with and
// without a sign, at every place within a byte, and every kind of overflow against arithmetic in
// 128 bits.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/types/bit_field.h>
#include <sorrel/types/bitmap.h>

namespace sorrel::types {
namespace {

__extension__ using Wide = __int128;

std::vector<BitFieldType> all_types() {
  std::vector<BitFieldType> types;
  for (unsigned bits = 1; bits <= 64; ++bits) {
    types.push_back({true, bits});
    if (bits < 64) types.push_back({false, bits});
  }
  return types;
}

Wide least_of(BitFieldType type) { return type.is_signed ? -(Wide{1} << (type.bits - 1)) : 0; }
Wide range_of(BitFieldType type) { return Wide{1} << type.bits; }

std::int64_t model_read(const std::string& bytes, std::uint64_t offset, BitFieldType type) {
  Wide value = 0;
  for (unsigned i = 0; i < type.bits; ++i) {
    value = value * 2 + (get_bit(bytes, offset + i) ? 1 : 0);
  }
  return static_cast<std::int64_t>(
      value < least_of(type) + range_of(type) ? value : value - range_of(type));
}

std::optional<std::int64_t> model_fit(BitFieldType type, Wide value, BitFieldOverflow overflow) {
  const Wide least = least_of(type);
  const Wide range = range_of(type);
  if (value >= least && value < least + range) return static_cast<std::int64_t>(value);
  if (overflow == BitFieldOverflow::kFail) return std::nullopt;
  if (overflow == BitFieldOverflow::kSaturate) {
    return static_cast<std::int64_t>(value < least ? least : least + range - 1);
  }
  return static_cast<std::int64_t>(((value - least) % range + range) % range + least);
}

// A number of any magnitude, often near a power of two.
std::int64_t draw(base::Random& random) {
  const std::uint64_t near = (std::uint64_t{1} << random.below(64)) + random.below(5) - 2;
  const std::uint64_t word = random.below(2) == 0 ? near : random.next() >> random.below(64);
  return static_cast<std::int64_t>(random.below(2) == 0 ? word : ~word);
}

TEST(BitField, IsReadAtEveryPlaceInEveryWidth) {
  base::Random random(1);
  std::string bytes(20, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  for (const BitFieldType type : all_types()) {
    for (std::uint64_t offset = 0; offset < 200; ++offset) {
      ASSERT_EQ(read_bit_field(bytes, offset, type), model_read(bytes, offset, type))
          << type.bits << " bits at " << offset;
    }
  }
}

TEST(BitField, WritingChangesItsBitsAlone) {
  base::Random random(2);
  for (const BitFieldType type : all_types()) {
    for (int round = 0; round < 20; ++round) {
      std::string bytes(17, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random.below(256));
      const std::string before = bytes;
      const std::uint64_t offset = random.below(bytes.size() * 8 - type.bits + 1);
      const std::int64_t value = *fit_bit_field(type, draw(random), BitFieldOverflow::kWrap);
      write_bit_field(bytes, offset, type, value);
      ASSERT_EQ(read_bit_field(bytes, offset, type), value);
      for (std::uint64_t i = 0; i < bytes.size() * 8; ++i) {
        if (i < offset || i >= offset + type.bits) {
          ASSERT_EQ(get_bit(bytes, i), get_bit(before, i)) << i;
        }
      }
    }
  }
}

TEST(BitField, OverflowsAsToldInEveryWidth) {
  base::Random random(3);
  for (const BitFieldType type : all_types()) {
    for (int round = 0; round < 200; ++round) {
      const std::int64_t given = draw(random);
      const std::int64_t increment = draw(random);
      const std::int64_t value = *fit_bit_field(type, given, BitFieldOverflow::kWrap);
      for (const auto overflow :
           {BitFieldOverflow::kWrap, BitFieldOverflow::kSaturate, BitFieldOverflow::kFail}) {
        const Wide wide = type.is_signed ? Wide{given} : Wide{static_cast<std::uint64_t>(given)};
        ASSERT_EQ(fit_bit_field(type, given, overflow), model_fit(type, wide, overflow));
        ASSERT_EQ(add_to_bit_field(type, value, increment, overflow),
                  model_fit(type, Wide{value} + increment, overflow));
      }
    }
  }
}

TEST(BitField, KnowsTheLimits) {
  const BitFieldType i64{true, 64};
  const BitFieldType u63{false, 63};
  EXPECT_EQ(add_to_bit_field(i64, INT64_MAX, 1, BitFieldOverflow::kWrap), INT64_MIN);
  EXPECT_EQ(add_to_bit_field(i64, INT64_MAX, 1, BitFieldOverflow::kSaturate), INT64_MAX);
  EXPECT_EQ(add_to_bit_field(i64, INT64_MIN, INT64_MIN, BitFieldOverflow::kSaturate), INT64_MIN);
  EXPECT_EQ(add_to_bit_field(i64, INT64_MAX, INT64_MIN, BitFieldOverflow::kFail), -1);
  EXPECT_EQ(fit_bit_field(u63, -1, BitFieldOverflow::kSaturate), INT64_MAX);
  EXPECT_EQ(fit_bit_field(u63, -1, BitFieldOverflow::kFail), std::nullopt);
  EXPECT_EQ(read_bit_field("", 1000, i64), 0);
}

}  // namespace
}  // namespace sorrel::types
