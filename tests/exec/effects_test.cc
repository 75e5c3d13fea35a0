// SPDX-License-Identifier: BSD-3-Clause
//
// The stream of effects by itself: the bytes are those of an append-only file.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <sorrel/exec/effects.h>

namespace sorrel::exec {
namespace {

constexpr std::string_view kSelect0 = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
constexpr std::string_view kSelect15 = "*2\r\n$6\r\nSELECT\r\n$2\r\n15\r\n";

TEST(EffectLog, EncodesAnyBytes) {
  EffectLog log;
  const std::string_view words[] = {"SET", "", std::string_view("a\0\r\n", 4)};
  log.append(0, words);
  EXPECT_EQ(log.bytes(), std::string(kSelect0) + "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\n" +
                             std::string("a\0\r\n", 4) + "\r\n");
}

TEST(EffectLog, SelectsOnlyWhenTheDatabaseChanges) {
  EffectLog log;
  log.append_frame(0, "a");
  log.append_frame(0, "b");
  log.append_frame(15, "c");
  log.append_frame(15, "d");
  EXPECT_EQ(log.bytes(), std::string(kSelect0) + "ab" + std::string(kSelect15) + "cd");
}

TEST(EffectLog, RemembersTheDatabaseAcrossTurnsUntilToldToForget) {
  EffectLog log;
  log.append_frame(15, "a");
  log.clear();
  log.append_frame(15, "b");
  EXPECT_EQ(log.bytes(), "b");
  std::string taken;
  taken.swap(log.hand_on());
  log.append_frame(15, "c");
  EXPECT_EQ(log.bytes(), "c");
  log.clear();
  log.forget_database();
  log.append_frame(15, "d");
  EXPECT_EQ(log.bytes(), std::string(kSelect15) + "d");
}

TEST(EffectLog, EndCountsWhatWasHandedOn) {
  EffectLog log;
  log.append_frame(0, "abc");
  const std::uint64_t end = std::string(kSelect0).size() + 3;
  EXPECT_EQ(log.end(), end);
  std::string taken;
  taken.swap(log.hand_on());
  EXPECT_EQ(log.end(), end);
  log.append_frame(0, "de");
  EXPECT_EQ(log.end(), end + 2);
  log.clear();
  EXPECT_EQ(log.end(), end + 2);
}

TEST(EffectLog, SelectStandsWithinTheUnit) {
  EffectLog log;
  log.begin_unit();
  log.append_frame(0, "a");
  log.end_unit();
  EXPECT_EQ(log.bytes(), "*1\r\n$5\r\nMULTI\r\n" + std::string(kSelect0) + "a*1\r\n$4\r\nEXEC\r\n");
}

}  // namespace
}  // namespace sorrel::exec
