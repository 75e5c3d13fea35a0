// SPDX-License-Identifier: BSD-3-Clause
//
// The histories of the latency monitor: what is kept, how far they reach back, what is forgotten.
#include <gtest/gtest.h>

#include <sorrel/exec/latency_monitor.h>

namespace sorrel::exec {
namespace {

TEST(LatencyMonitor, KeepsNothingWhileItIsOff) {
  LatencyMonitor monitor;
  monitor.note("command", 1, 1'000'000);
  EXPECT_TRUE(monitor.histories().empty());
}

TEST(LatencyMonitor, KeepsWhatIsAsLongAsTheThreshold) {
  LatencyMonitor monitor;
  monitor.set_threshold_ms(10);
  monitor.note("command", 1, 9);
  EXPECT_EQ(monitor.find("command"), nullptr);
  monitor.note("command", 1, 10);
  ASSERT_NE(monitor.find("command"), nullptr);
  EXPECT_EQ(monitor.find("command")->latest().latency_ms, 10);
}

TEST(LatencyMonitor, KeepsTheLongestOfASecond) {
  LatencyMonitor monitor;
  monitor.set_threshold_ms(1);
  for (const std::int64_t latency_ms : {5, 8, 3}) {
    monitor.note("command", 7, latency_ms);
  }
  monitor.note("command", 8, 2);
  const LatencyMonitor::History& history = *monitor.find("command");
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].latency_ms, 8);
  EXPECT_EQ(history[1].latency_ms, 2);
  EXPECT_EQ(history.longest_ms(), 8);
}

TEST(LatencyMonitor, AHistoryIsBoundedAndForgetsTheOldest) {
  LatencyMonitor monitor;
  monitor.set_threshold_ms(1);
  monitor.note("cron", 0, 99);
  constexpr std::int64_t kSamples = LatencyMonitor::History::kMaxSamples;
  for (std::int64_t i = 1; i <= kSamples + 10; ++i) {
    monitor.note("cron", i, i % 50 + 1);
  }
  const LatencyMonitor::History& history = *monitor.find("cron");
  ASSERT_EQ(history.size(), LatencyMonitor::History::kMaxSamples);
  EXPECT_EQ(history[0].time_s, 11);
  EXPECT_EQ(history.latest().time_s, kSamples + 10);
  EXPECT_EQ(history.longest_ms(), 99);
}

TEST(LatencyMonitor, ForgetsOneOrAll) {
  LatencyMonitor monitor;
  monitor.set_threshold_ms(1);
  for (const char* event : {"a", "b", "c"}) {
    monitor.note(event, 1, 1);
  }
  EXPECT_EQ(monitor.forget("b"), 1U);
  EXPECT_EQ(monitor.forget("b"), 0U);
  EXPECT_EQ(monitor.forget_all(), 2U);
  EXPECT_EQ(monitor.forget_all(), 0U);
}

}  // namespace
}  // namespace sorrel::exec
