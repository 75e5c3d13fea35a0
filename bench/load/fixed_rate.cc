// SPDX-License-Identifier: BSD-3-Clause
//
// A load generator that asks at a fixed rate, whatever the server does: GET and SET of keys chosen
// at random, over many connections, each request at its own time. A latency counts from the moment
// at which the request was due. A client that waits for one reply before it asks again would be
// stopped by a stall, too, and count one long wait where thousands of requests would have met it.
//
// Ways of asking:
//   --fill       stores every key once, pipelined
//   --capacity   asks anew as soon as a reply is there; says how many a second that makes
//   --rate R     R requests a second, in equal steps, for --seconds after --warmup. Sleeping and
//                waking up for each of them costs more than the request where a wake-up leaves a
//                virtual machine; --tick-us N makes all that falls into N microseconds due at once.
//
// With --stretches the rate goes on until standard input ends, and each line read there begins a
// stretch of that name ("rest", "save"), whose latencies are told apart; a line with its name and
// time answers it. Names are letters, digits, '-', '_' and blanks; an empty line belongs to none.
//
// With --watch-cores the result says, too, when those cores were the machine's (core_watch.h), and
// the pauses beside which that can be held (load_stretches.h).
//
// Standard output has one JSON object a line, the last one is the result. Times are seconds of
// CLOCK_MONOTONIC or microseconds, as their names say. Exit status: 0; 1 when the run failed or
// replies were missing at the end; 2 for a mistake in the arguments.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core_watch.h"
#include "load_fleet.h"
#include "load_report.h"
#include "load_stretches.h"

namespace sorrel::load {
namespace {

constexpr double kSecondNs = 1e9;
constexpr std::int64_t kPatienceNs = 30'000'000'000;  // for the last replies
constexpr std::int64_t kLongestSleepNs = 50'000'000;
constexpr std::size_t kMostAtOnce = 256;

struct Options {
  std::string host = "127.0.0.1";
  std::uint64_t port = 0;
  std::uint64_t connections = 50;
  std::uint64_t keys = 1'000'000;
  std::uint64_t set_percent = 50;
  std::uint64_t seed = 1;
  std::uint64_t depth = 0;  // requests under way of a connection; 0: 64 to fill, else 1
  std::uint64_t rate = 0;
  std::uint64_t seconds = 10;
  std::uint64_t warmup = 2;
  std::uint64_t tick_us = 0;
  bool fill = false;
  bool capacity = false;
  bool stretches = false;
  bool time_line = false;
  std::vector<unsigned> watch_cores;
};

constexpr char kUsage[] =
    "usage: bench_fixed_rate --port N (--fill | --capacity | --rate N) [--host ADDRESS]\n"
    "  [--connections 50] [--keys 1000000] [--set-percent 50] [--seed 1] [--depth N]\n"
    "  [--seconds 10] [--warmup 2] [--tick-us 0] [--stretches] [--timeline]\n"
    "  [--watch-cores N[,N...]]\n";

bool read_number(const char* text, std::uint64_t& value) {
  const char* end = text + std::strlen(text);
  const auto [stop, problem] = std::from_chars(text, end, value);
  return problem == std::errc{} && stop == end;
}

// Returns: false when the arguments make no sense.
bool parse(int argc, char** argv, Options& options) {
  struct Number {
    std::string_view name;
    std::uint64_t* value;
  };
  struct Flag {
    std::string_view name;
    bool* value;
  };
  const std::array numbers{
      Number{"--port", &options.port},     Number{"--connections", &options.connections},
      Number{"--keys", &options.keys},     Number{"--set-percent", &options.set_percent},
      Number{"--seed", &options.seed},     Number{"--depth", &options.depth},
      Number{"--rate", &options.rate},     Number{"--seconds", &options.seconds},
      Number{"--warmup", &options.warmup}, Number{"--tick-us", &options.tick_us}};
  const std::array flags{Flag{"--fill", &options.fill}, Flag{"--capacity", &options.capacity},
                         Flag{"--stretches", &options.stretches},
                         Flag{"--timeline", &options.time_line}};
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto named = [&](const auto& row) { return row.name == word; };
    const auto flag = std::find_if(flags.begin(), flags.end(), named);
    const auto number = std::find_if(numbers.begin(), numbers.end(), named);
    if (flag != flags.end()) {
      *flag->value = true;
    } else if (i + 1 == argc) {
      return false;
    } else if (word == "--host") {
      options.host = argv[++i];
    } else if (word == "--watch-cores") {
      options.watch_cores = parse_cores(argv[++i]);
      if (options.watch_cores.empty()) {
        return false;
      }
    } else if (number == numbers.end() || !read_number(argv[++i], *number->value)) {
      return false;
    }
  }
  const int ways = int{options.fill} + int{options.capacity} + int{options.rate > 0};
  return ways == 1 && options.port > 0 && options.port < 65536 && options.connections > 0 &&
         options.connections <= 10'000 && options.keys > 0 && options.set_percent <= 100;
}

std::int64_t whole_ns(std::uint64_t seconds) {
  return static_cast<std::int64_t>(seconds) * 1'000'000'000;
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / kSecondNs;
}

CoreWatches watch_cores(const Options& options) {
  CoreWatches watches;
  for (const unsigned core : options.watch_cores) {
    watches.push_back(std::make_unique<CoreWatch>(core));
  }
  return watches;
}

// Waits for the replies that are still to come. Returns: how many did not.
std::size_t drain(LoadFleet& fleet) {
  const std::int64_t end_ns = now_ns() + kPatienceNs;
  std::size_t left = fleet.under_way();
  while (left > 0 && now_ns() < end_ns) {
    fleet.wait(kLongestSleepNs);
    left = fleet.under_way();
  }
  return left;
}

// Every client has `depth` requests under way until `ask` has no more. Returns: missing replies.
std::size_t run_closed(LoadFleet& fleet, std::size_t depth,
                       const std::function<bool(LoadConnection&)>& ask) {
  for (bool more = true; more;) {
    for (std::size_t i = 0; i < fleet.size() && more; ++i) {
      LoadConnection& client = fleet.client(i);
      // A deep pipeline is refilled when half of it is answered: fewer, larger writes.
      if (client.under_way() > depth / 2) {
        continue;
      }
      while (more && client.under_way() < depth) {
        more = ask(client);
      }
      fleet.flush(i);
    }
    fleet.wait(more ? kLongestSleepNs : 0);
  }
  return drain(fleet);
}

int report_closed(const Tally& tally, std::int64_t start_ns, std::size_t left) {
  std::printf("{");
  print_tally(tally, now_ns() - start_ns, cpu_seconds());
  std::printf(",\"unanswered\":%zu}\n", left);
  return left == 0 ? 0 : 1;
}

int fill(const Options& options) {
  Tally tally;
  LoadFleet fleet(options.host, static_cast<std::uint16_t>(options.port), options.connections,
                  [&](const Reply& reply, std::int64_t) { tally.add(reply); });
  Chooser chooser(options.keys, 100, options.seed);
  std::uint64_t next = 0;
  const std::int64_t start_ns = now_ns();
  const std::size_t left =
      run_closed(fleet, options.depth > 0 ? options.depth : 64, [&](LoadConnection& client) {
        chooser.store(client, next, start_ns);
        return ++next < options.keys;
      });
  return report_closed(tally, start_ns, left);
}

int measure_capacity(const Options& options) {
  Tally tally;
  LoadFleet fleet(options.host, static_cast<std::uint16_t>(options.port), options.connections,
                  [&](const Reply& reply, std::int64_t) { tally.add(reply); });
  Chooser chooser(options.keys, static_cast<unsigned>(options.set_percent), options.seed);
  const std::int64_t start_ns = now_ns();
  const std::int64_t end_ns = start_ns + whole_ns(options.seconds);
  const std::size_t left =
      run_closed(fleet, std::max<std::size_t>(options.depth, 1), [&](LoadConnection& client) {
        const std::int64_t now = now_ns();
        chooser.ask(client, now);
        return now < end_ns;
      });
  return report_closed(tally, start_ns, left);
}

// The stretches of a run: by a clock, or as standard input says.
class Schedule {
 public:
  Schedule(const Options& options, std::int64_t start_ns)
      : by_input_(options.stretches),
        begin_ns_(start_ns + whole_ns(options.warmup)),
        end_ns_(begin_ns_ + whole_ns(options.seconds)) {}

  // Without input: begins and ends the one stretch when it is time. Returns: false at the end.
  bool by_clock(Stretches& stretches, std::int64_t now) {
    if (by_input_ || now < begin_ns_) {
      return true;
    }
    if (!begun_) {
      stretches.begin("all", begin_ns_);
      begun_ = true;
    }
    return now < end_ns_;
  }

  // Takes what standard input has. Returns: false when it ended.
  bool by_input(Stretches& stretches) {
    std::array<char, 256> buffer;
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) {
      return false;
    }
    line_.append(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t end; (end = line_.find('\n')) != std::string::npos; line_.erase(0, end + 1)) {
      const std::string name = line_.substr(0, end);
      const std::int64_t now = now_ns();
      if (name.empty()) {
        stretches.end(now);
      } else {
        stretches.begin(name, now);
      }
      std::printf("{\"begins\":%s,\"monotonic\":%.6f}\n", quoted(name).c_str(),
                  static_cast<double>(now) / kSecondNs);
      std::fflush(stdout);
    }
    return true;
  }

 private:
  bool by_input_;
  bool begun_ = false;
  std::int64_t begin_ns_;
  std::int64_t end_ns_;
  std::string line_;
};

// Requests due at start, start + 1 / rate, ..., each put off to the next whole tick; given to the
// clients in turns.
class Pace {
 public:
  Pace(std::int64_t start_ns, const Options& options)
      : start_ns_(start_ns),
        step_ns_(kSecondNs / static_cast<double>(options.rate)),
        tick_ns_(std::max<std::int64_t>(1, static_cast<std::int64_t>(options.tick_us) * 1000)) {}

  [[nodiscard]] std::int64_t next_due_ns() const {
    const auto exact_ns = static_cast<std::int64_t>(static_cast<double>(count_) * step_ns_);
    return start_ns_ + (exact_ns + tick_ns_ - 1) / tick_ns_ * tick_ns_;
  }

  // Sends what is due by now, but not more than leaves time to read replies.
  void send_due(LoadFleet& fleet, Chooser& chooser, Stretches& stretches) {
    std::int64_t now = now_ns();
    for (std::size_t n = 0; n < kMostAtOnce && next_due_ns() <= now; ++n, ++count_) {
      const std::int64_t due_ns = next_due_ns();
      const auto i = static_cast<std::size_t>(count_ % fleet.size());
      chooser.ask(fleet.client(i), due_ns);
      fleet.flush(i);
      now = now_ns();
      stretches.sent(due_ns, now);
    }
  }

 private:
  std::int64_t start_ns_;
  double step_ns_;
  std::int64_t tick_ns_;
  std::uint64_t count_ = 0;
};

int ask_at_rate(const Options& options) {
  Tally tally;
  const std::int64_t start_ns = now_ns() + 10'000'000;
  Stretches stretches(start_ns, options.time_line);
  LoadFleet fleet(options.host, static_cast<std::uint16_t>(options.port), options.connections,
                  [&](const Reply& reply, std::int64_t at_ns) {
                    tally.add(reply);
                    stretches.answered(reply.request, at_ns);
                  });
  Chooser chooser(options.keys, static_cast<unsigned>(options.set_percent), options.seed);
  Schedule schedule(options, start_ns);
  Pace pace(start_ns, options);
  CoreWatches watches = watch_cores(options);
  if (options.stretches) {
    fleet.watch_also(STDIN_FILENO);
  }
  for (bool more = true; more;) {
    pace.send_due(fleet, chooser, stretches);
    const std::int64_t sleep_ns = pace.next_due_ns() - now_ns();
    if (fleet.wait(std::clamp<std::int64_t>(sleep_ns, 0, kLongestSleepNs))) {
      more = schedule.by_input(stretches);
    }
    more = more && schedule.by_clock(stretches, now_ns());
  }
  const std::int64_t end_ns = now_ns();
  stretches.end(end_ns);
  if (options.stretches) {
    fleet.ignore(STDIN_FILENO);
  }
  const double cpu = cpu_seconds();
  const std::size_t left = drain(fleet);
  std::printf("{\"monotonic\":%.6f,\"rate\":%" PRIu64 ",",
              static_cast<double>(start_ns) / kSecondNs, options.rate);
  print_tally(tally, end_ns - start_ns, cpu);
  std::printf(",\"unanswered\":%zu", left);
  print_stretches(stretches);
  print_pauses(stretches, fleet, watches, start_ns);
  std::printf("}\n");
  return left == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sorrel::load

int main(int argc, char** argv) {
  using namespace sorrel::load;
  Options options;
  if (!parse(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  try {
    if (options.fill) {
      return fill(options);
    }
    return options.capacity ? measure_capacity(options) : ask_at_rate(options);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bench_fixed_rate: %s\n", problem.what());
    return 1;
  }
}
