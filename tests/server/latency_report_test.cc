// SPDX-License-Identifier: BSD-3-Clause
//
// What LATENCY GRAPH draws and LATENCY DOCTOR says, to the letter where it matters.
#include "latency_report.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sorrel::server {
namespace {

using exec::LatencyMonitor;
using ::testing::HasSubstr;

TEST(LatencyGraph, DrawsAColumnForEachSampleWithItsAge) {
  LatencyMonitor monitor;
  monitor.set_threshold_ms(1);
  monitor.note("command", 1000, 100);
  monitor.note("command", 4500, 150);
  monitor.note("command", 4595, 800);
  EXPECT_EQ(latency_graph_text("command", *monitor.find("command"), 4600),
            "command - high 800 ms, low 100 ms (all time high 800 ms)\n" + std::string(80, '-') +
                "\n"
                "  :\n"
                "  :\n"
                "  :\n"
                "..:\n"
                "\n"
                "115\n"
                "hms\n");
}

TEST(LatencyGraph, EqualSamplesAreAFlatLine) {
  LatencyMonitor monitor;
  monitor.set_threshold_ms(1);
  for (std::int64_t i = 0; i < 200; ++i) {
    monitor.note("cron", i, 5);
  }
  const std::string text = latency_graph_text("cron", *monitor.find("cron"), 200);
  EXPECT_THAT(text, HasSubstr("\n\n\n\n" + std::string(80, '.') + "\n"));
}

TEST(LatencyDoctor, SaysWhyThereIsNothing) {
  LatencyMonitor monitor;
  EXPECT_THAT(latency_doctor_text(monitor, 0), HasSubstr("latency-monitor-threshold"));
  monitor.set_threshold_ms(50);
  EXPECT_THAT(latency_doctor_text(monitor, 0), HasSubstr("50 ms"));
}

TEST(LatencyDoctor, NamesEachCauseWithFiguresAndAdvice) {
  LatencyMonitor monitor;
  monitor.set_threshold_ms(1);
  monitor.note("aof-fsync-always", 10, 30);
  monitor.note("command", 10, 100);
  monitor.note("command", 20, 300);
  const std::string text = latency_doctor_text(monitor, 25);
  EXPECT_THAT(text, HasSubstr("1. aof-fsync-always: 1 spike,"));
  EXPECT_THAT(text, HasSubstr("2. command: 2 spikes, mean 200 ms (mean deviation 100 ms), one "
                              "every 10.0 s, longest 300 ms, the last one 5s ago."));
  EXPECT_THAT(text, HasSubstr("SLOWLOG GET"));
}

}  // namespace
}  // namespace sorrel::server
