// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers are printed with printf, whose output does not depend on a locale that nobody sets.
#include "load_report.h"

#include <cctype>
#include <cinttypes>
#include <cstdio>

namespace sorrel::load {
namespace {

constexpr double kSecondNs = 1e9;

void print_latencies(const char* name, const LatencyHistogram& latencies) {
  const auto us = [&](double part) {
    return static_cast<double>(latencies.quantile_ns(part)) / 1000;
  };
  std::printf("\"%s\":{\"count\":%" PRIu64
              ",\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,"
              "\"p99.9_us\":%.1f,\"p99.99_us\":%.1f,\"max_us\":%.1f}",
              name, latencies.count(), us(0.5), us(0.9), us(0.99), us(0.999), us(0.9999), us(1));
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?';
  }
  return out + '"';
}

void print_tally(const Tally& tally, std::int64_t took_ns, double cpu) {
  const double seconds = static_cast<double>(took_ns) / kSecondNs;
  std::printf("\"answered\":%" PRIu64
              ",\"seconds\":%.3f,\"per_second\":%.0f,\"cpu\":%.3f,"
              "\"missing\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"first_refusal\":%s",
              tally.answered, seconds, static_cast<double>(tally.answered) / seconds, cpu / seconds,
              tally.missing, tally.refused, quoted(tally.first_refusal).c_str());
}

void print_stretches(const Stretches& stretches) {
  std::printf(",\"stretches\":[");
  const char* comma = "";
  for (const Figures& figures : stretches.figures()) {
    std::printf("%s{\"name\":%s,\"seconds\":%.3f,", comma, quoted(figures.name).c_str(),
                static_cast<double>(figures.lasted_ns) / kSecondNs);
    print_latencies("get", figures.get);
    std::putchar(',');
    print_latencies("set", figures.set);
    std::putchar(',');
    print_latencies("sent_late", figures.sent_late);
    std::putchar('}');
    comma = ",";
  }
  std::printf("],\"timeline\":[");
  comma = "";
  double at = 0;
  for (const Tenth& tenth : stretches.time_line()) {
    const LatencyHistogram& latencies = tenth.latencies;
    std::printf("%s{\"at\":%.1f,\"count\":%" PRIu64
                ",\"p99_us\":%.1f,\"max_us\":%.1f,\"sent_late_us\":%.1f}",
                comma, at, latencies.count(),
                static_cast<double>(latencies.quantile_ns(0.99)) / 1000,
                static_cast<double>(latencies.longest_ns()) / 1000,
                static_cast<double>(tenth.latest_sent_ns) / 1000);
    comma = ",";
    at += static_cast<double>(Stretches::kTenthNs) / kSecondNs;
  }
  std::printf("]");
}

// As seconds since the start and milliseconds: [from, span, longest wait]; [core, from, span], core
// -1 for the generator itself.
void print_pauses(const Stretches& stretches, const LoadFleet& fleet, CoreWatches& watches,
                  std::int64_t start_ns) {
  const auto since_start = [&](std::int64_t at_ns) {
    return static_cast<double>(at_ns - start_ns) / kSecondNs;
  };
  const auto ms = [](std::int64_t ns) { return static_cast<double>(ns) / 1e6; };
  std::printf(",\"pauses\":[");
  const char* comma = "";
  for (const Pause& pause : stretches.pauses()) {
    std::printf("%s[%.6f,%.3f,%.3f]", comma, since_start(pause.from_ns),
                ms(pause.to_ns - pause.from_ns), ms(pause.longest_ns));
    comma = ",";
  }
  bool ahead = !watches.empty();
  std::printf("],\"lates\":[");
  comma = "";
  for (const LoadFleet::Busy& busy : fleet.busy()) {
    std::printf("%s[-1,%.6f,%.3f]", comma, since_start(busy.from_ns),
                ms(busy.to_ns - busy.from_ns));
    comma = ",";
  }
  for (const auto& watch : watches) {
    watch->stop();
    ahead = ahead && watch->ahead();
    for (const CoreWatch::Late& late : watch->lates()) {
      std::printf("%s[%u,%.6f,%.3f]", comma, watch->core(), since_start(late.due_ns),
                  ms(late.woke_ns - late.due_ns));
      comma = ",";
    }
  }
  std::printf("],\"watched\":%s", ahead ? "true" : "false");
}

}  // namespace sorrel::load
