// SPDX-License-Identifier: BSD-3-Clause
//
// Wake-ups have absolute times, so that one that is late does not move those after it; what fell
// into the lateness is left out.
#include "core_watch.h"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>

#include <cerrno>
#include <charconv>
#include <ctime>
#include <system_error>

#include "load_fleet.h"

namespace sorrel::load {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kStepNs = 250'000;
constexpr std::int64_t kLateNs = 250'000;
constexpr int kPriority = 3;  // those of servers and load are 1 and 2

bool go_ahead_of_others(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  sched_param level{};
  level.sched_priority = kPriority;
  return ::pthread_setaffinity_np(::pthread_self(), sizeof cores, &cores) == 0 &&
         ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &level) == 0;
}

void sleep_until(std::int64_t at_ns) {
  const timespec at{static_cast<std::time_t>(at_ns / kSecondNs),
                    static_cast<long>(at_ns % kSecondNs)};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
}

}  // namespace

CoreWatch::CoreWatch(unsigned core) : core_(core), thread_([this] { run(); }) {}

void CoreWatch::stop() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
}

void CoreWatch::run() {
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  ahead_ = go_ahead_of_others(core_);
  lates_.reserve(4096);
  std::int64_t due_ns = now_ns() + kStepNs;
  while (!stopping_) {
    sleep_until(due_ns);
    const std::int64_t now = now_ns();
    if (now - due_ns > kLateNs) {
      lates_.push_back({due_ns, now});
    }
    due_ns += (1 + (now - due_ns) / kStepNs) * kStepNs;
  }
}

std::vector<unsigned> parse_cores(std::string_view text) {
  std::vector<unsigned> cores;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    unsigned core = 0;
    const auto [stop, problem] = std::from_chars(at, end, core);
    if (problem != std::errc{} || (stop != end && *stop != ',') || core >= CPU_SETSIZE) {
      return {};
    }
    cores.push_back(core);
    if (stop == end) {
      return cores;
    }
    at = stop + 1;
  }
}

}  // namespace sorrel::load
