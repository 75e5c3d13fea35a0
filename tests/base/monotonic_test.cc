// SPDX-License-Identifier: BSD-3-Clause
//
// The fast clock beside the system's: before, while and after it takes its rate from that.
#include <chrono>
#include <cstdint>
#include <thread>

#include <gtest/gtest.h>

#include <sorrel/base/monotonic.h>

namespace sorrel::base {
namespace {

using namespace std::chrono_literals;

std::int64_t system_ns() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A read lies between two of the system's clock, but for what the rate is off by.
void expect_agreement() {
  constexpr std::int64_t kOff = 1'000'000;
  const std::int64_t before = system_ns();
  const std::int64_t read = monotonic_ns();
  const std::int64_t after = system_ns();
  EXPECT_GE(read, before - kOff);
  EXPECT_LE(read, after + kOff);
}

void expect_agreement_for(std::chrono::nanoseconds time) {
  const std::int64_t end = system_ns() + time.count();
  while (system_ns() < end) expect_agreement();
}

TEST(Monotonic, AgreesWithTheSystemsClock) {
  expect_agreement_for(300ms);
  std::this_thread::sleep_for(150ms);  // longer than a rate is good for
  expect_agreement_for(150ms);
}

TEST(Monotonic, EveryThreadHasItsOwnRate) {
  std::thread other([] { expect_agreement_for(150ms); });
  expect_agreement_for(150ms);
  other.join();
}

}  // namespace
}  // namespace sorrel::base
