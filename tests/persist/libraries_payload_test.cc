// SPDX-License-Identifier: BSD-3-Clause
//
// Payloads of libraries, with one that a Redis 8.0 wrote, and all that can be wrong with one.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/persist/libraries_payload.h>

namespace sorrel::persist {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string sealed(std::initializer_list<std::string_view> codes, bool compress = true) {
  return seal_libraries({codes.begin(), codes.size()}, compress);
}

TEST(LibrariesPayload, ComesBack) {
  const std::string code = "#!lua name=x\n" + std::string(1000, 'x');
  for (const bool compress : {false, true}) {
    const auto opened = open_libraries(sealed({code, "12", ""}, compress));
    EXPECT_EQ(opened.error, "");
    EXPECT_THAT(opened.codes, ElementsAre(code, "12", ""));
  }
  EXPECT_LT(sealed({code}).size(), 100U);
  EXPECT_THAT(open_libraries(sealed({})).codes, IsEmpty());
}

TEST(LibrariesPayload, OfRedisIsRead) {
  using namespace std::string_literals;
  EXPECT_THAT(open_libraries("\x0c\x00\x96\xedh\x80\xf5U<\x93"s).codes, IsEmpty());
  const auto opened = open_libraries(
      "\xf5\x35#!lua name=l1\nredis.register_function(\"f1\",redis.log)"
      "\x0c\x00W\x74\x1b\x1b\xaf\x03\x42\xf0"s);
  EXPECT_EQ(opened.error, "");
  EXPECT_THAT(opened.codes,
              ElementsAre("#!lua name=l1\nredis.register_function(\"f1\",redis.log)"));
}

TEST(LibrariesPayload, ThatIsDamagedIsRefused) {
  const std::string good = sealed({"#!lua name=x\n", "second"});
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_EQ(open_libraries(bad).error, "DUMP payload version or checksum are wrong");
    EXPECT_NE(open_libraries(good.substr(0, i)).error, "");
  }
}

TEST(LibrariesPayload, WithoutAChecksumIsReadAsFarAsItGoes) {
  std::string bytes = sealed({"code"});
  bytes[0] = '\xf6';
  EXPECT_EQ(open_libraries(bytes, false).error, "Pre-GA function format not supported");
  bytes[0] = '\0';
  EXPECT_EQ(open_libraries(bytes, false).error, "given type is not a function");
  bytes[0] = '\xf5';
  bytes[1] = 5;
  EXPECT_EQ(open_libraries(bytes, false).error, "Failed loading library payload");
}

}  // namespace
}  // namespace sorrel::persist
