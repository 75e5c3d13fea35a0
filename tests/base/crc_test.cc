// SPDX-License-Identifier: BSD-3-Clause
//
// The published check values, and the sums of many bytes a step against the bit-by-bit definition.
#include <string>

#include <gtest/gtest.h>

#include <sorrel/base/crc.h>
#include <sorrel/base/random.h>

namespace sorrel::base {
namespace {

std::uint64_t crc64_by_bits(std::string_view bytes) {
  std::uint64_t crc = 0;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x95ac9329ac4bc9b5ULL : 0);
    }
  }
  return crc;
}

TEST(Crc16, GivesTheCheckValue) {
  EXPECT_EQ(crc16("123456789"), 0x31c3);
  EXPECT_EQ(crc16(""), 0);
  EXPECT_EQ(crc16("foo") % 16384, 12182);  // CLUSTER KEYSLOT foo
}

TEST(Crc64, GivesTheCheckValue) {
  EXPECT_EQ(crc64("123456789"), 0xe9c6d914c4b8d9caULL);
  EXPECT_EQ(crc64(""), 0U);
}

TEST(Crc64, AgreesWithItsDefinitionInOneAndInManyPieces) {
  Random random(4);
  for (std::size_t size = 0; size < 600; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) {
      c = static_cast<char>(random.below(256));
    }
    const std::uint64_t expected = crc64_by_bits(bytes);
    ASSERT_EQ(crc64(bytes), expected);
    const std::size_t cut = random.below(size + 1);
    const std::string_view view = bytes;
    ASSERT_EQ(crc64(view.substr(cut), crc64(view.substr(0, cut))), expected);
  }
}

}  // namespace
}  // namespace sorrel::base
