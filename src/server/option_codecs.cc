// SPDX-License-Identifier: BSD-3-Clause
//
// Reading and showing the options whose values have rules of their own. The texts of refusals are
// those that Redis gives.
#include "option_codecs.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <sorrel/base/numbers.h>
#include <sorrel/base/text.h>

#include "machine_memory.h"
#include "process_title.h"

namespace sorrel::server {
namespace {

// By OutputClass.
constexpr std::string_view kClasses[net::kOutputClasses] = {"normal", "slave", "pubsub"};

std::string parse_output_limits(const std::vector<std::string>& words,
                                net::EventLoop::OutputLimits& limits) {
  if (words.size() % 4 != 0) {
    return "Wrong number of arguments in buffer limit configuration.";
  }
  net::EventLoop::OutputLimits parsed = limits;
  for (std::size_t i = 0; i < words.size(); i += 4) {
    const bool replica = base::equals_ignoring_case(words[i], "replica");
    const auto place = std::find_if(std::begin(kClasses), std::end(kClasses), [&](auto name) {
      return base::equals_ignoring_case(words[i], name);
    });
    if (!replica && place == std::end(kClasses)) {
      return "Invalid client class specified in buffer limit configuration.";
    }
    const auto hard = base::parse_memory_size(words[i + 1]);
    const auto soft = base::parse_memory_size(words[i + 2]);
    const auto seconds = base::parse_integer(words[i + 3]);
    if (!hard || !soft || !seconds || *seconds < 0) {
      return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
    }
    const auto index = replica ? 1U : static_cast<unsigned>(place - std::begin(kClasses));
    parsed[index] = {*hard, *soft, *seconds};
  }
  limits = parsed;
  return {};
}

// The classes of keyspace events and their channels, in the order in which they are shown. A stands
// for all of kEventsOfA; where it is shown, n is not.
constexpr std::string_view kEventsOfA = "g$lshzxetd";
constexpr std::string_view kAllEvents = "g$lshzxetdnKEm";

// The words of a shutdown mode beside "default", in the order in which they are shown.
constexpr std::pair<std::string_view, bool ShutdownMode::*> kShutdownWords[] = {
    {"save", &ShutdownMode::save},
    {"nosave", &ShutdownMode::nosave},
    {"now", &ShutdownMode::now},
    {"force", &ShutdownMode::force}};

}  // namespace

config::Codec output_limits(net::EventLoop::OutputLimits& target) {
  return {[&target](const std::vector<std::string>& words) {
            return parse_output_limits(words, target);
          },
          [&target] {
            std::string text;
            for (std::size_t i = 0; i < target.size(); ++i) {
              const net::Connection::OutputLimit& limit = target[i];
              text += (i == 0 ? "" : " ") + std::string(kClasses[i]) + " " +
                      std::to_string(limit.hard) + " " + std::to_string(limit.soft) + " " +
                      std::to_string(limit.soft_seconds);
            }
            return text;
          }};
}

config::Codec event_classes(std::string& target) {
  return {[&target](const std::vector<std::string>& words) -> std::string {
            if (words[0].find_first_not_of("Ag$lshzxeKEtmdn") != std::string::npos) {
              return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
            }
            const bool all = words[0].find('A') != std::string::npos;
            target.clear();
            std::copy_if(kAllEvents.begin(), kAllEvents.end(), std::back_inserter(target),
                         [&](char c) {
                           return words[0].find(c) != std::string::npos ||
                                  (all && kEventsOfA.find(c) != std::string_view::npos);
                         });
            return {};
          },
          [&target] {
            std::string shown = target;
            if (shown.starts_with(kEventsOfA)) {
              shown.replace(0, kEventsOfA.size() + (target.find('n') != std::string::npos), "A");
            }
            return shown;
          }};
}

config::Codec shutdown_mode(ShutdownMode& target) {
  return {[&target](const std::vector<std::string>& words) -> std::string {
            ShutdownMode mode;
            for (const std::string& word : words) {
              const auto known = std::find_if(
                  std::begin(kShutdownWords), std::end(kShutdownWords),
                  [&](const auto& entry) { return base::equals_ignoring_case(word, entry.first); });
              if (known != std::end(kShutdownWords)) {
                mode.*(known->second) = true;
              } else if (!base::equals_ignoring_case(word, "default")) {
                return "argument(s) must be one of the following: "
                       "default, save, nosave, now, force";
              }
            }
            if (mode.save && mode.nosave) {
              return "shutdown options SAVE and NOSAVE can't be used simultaneously";
            }
            target = mode;
            return {};
          },
          [&target] {
            std::string shown;
            for (const auto& [word, member] : kShutdownWords) {
              if (target.*member) {
                shown += (shown.empty() ? "" : " ") + std::string(word);
              }
            }
            return shown.empty() ? std::string("default") : shown;
          }};
}

config::Codec save_points(std::vector<SavePoint>& target) {
  return {[&target](const std::vector<std::string>& words) -> std::string {
            std::vector<SavePoint> points;
            for (std::size_t i = 0; i < words.size(); ++i) {
              if (words[i].empty()) {
                points.clear();
                continue;
              }
              const auto seconds = base::parse_integer(words[i]);
              const auto changes =
                  i + 1 < words.size() ? base::parse_integer(words[i + 1]) : std::nullopt;
              if (!seconds || !changes || *seconds < 1 || *changes < 0) {
                return "Invalid save parameters";
              }
              points.push_back({*seconds, *changes});
              ++i;
            }
            target = std::move(points);
            return {};
          },
          [&target] {
            std::string shown;
            for (const SavePoint& point : target) {
              shown +=
                  fmt::format("{}{} {}", shown.empty() ? "" : " ", point.seconds, point.changes);
            }
            return shown;
          }};
}

config::Codec file_name(std::string& target, std::string_view complaint) {
  config::Codec codec = config::text(target);
  codec.parse = [parse = std::move(codec.parse),
                 complaint](const std::vector<std::string>& words) -> std::string {
    const std::string& name = words[0];
    const bool bare = !name.empty() && name != "." && name != ".." &&
                      name.find_first_of("/\\") == std::string::npos;
    return bare ? parse(words) : std::string(complaint);
  };
  return codec;
}

config::Codec addresses(std::vector<std::string>& target) {
  constexpr std::size_t kMost = 16;
  config::Codec codec = config::words(target);
  codec.parse = [parse = std::move(codec.parse)](const std::vector<std::string>& words) {
    return words.size() > kMost ? std::string("Too many bind addresses specified.") : parse(words);
  };
  return codec;
}

config::Codec memory_or_percent(ClientMemoryLimit& target) {
  return {[&target](const std::vector<std::string>& words) -> std::string {
            const std::string& text = words[0];
            if (text.ends_with('%')) {
              const auto percent =
                  base::parse_integer(std::string_view(text).substr(0, text.size() - 1));
              if (!percent || *percent < 0) {
                return "argument must be a memory or percent value";
              }
              if (*percent > 100) {
                return "percentage argument must be less or equal to 100";
              }
              target = {0, static_cast<unsigned>(*percent)};
              return {};
            }
            const auto bytes = base::parse_memory_size(text);
            if (!bytes || *bytes > INT64_MAX) {
              return "argument must be a memory or percent value";
            }
            target = {*bytes, 0};
            return {};
          },
          [&target] {
            return target.percent == 0 ? std::to_string(target.bytes)
                                       : std::to_string(target.percent) + "%";
          }};
}

config::Codec oom_scores(OomScores& target) {
  return {[&target](const std::vector<std::string>& words) -> std::string {
            OomScores scores{};
            if (words.size() != scores.size()) {
              return "wrong number of arguments";
            }
            for (std::size_t i = 0; i < scores.size(); ++i) {
              const auto score = base::parse_integer(words[i]);
              if (!score || *score < -2000 || *score > 2000) {
                return "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
              }
              scores[i] = *score;
            }
            target = scores;
            return {};
          },
          [&target] { return fmt::format("{} {} {}", target[0], target[1], target[2]); }};
}

config::Codec percentiles(std::vector<double>& target) {
  return {[&target](const std::vector<std::string>& words) -> std::string {
            const bool none = words.size() == 1 && words[0].empty();
            std::vector<double> parsed;
            for (const std::string& word : none ? std::vector<std::string>() : words) {
              const std::optional<double> value = base::parse_double(word);
              if (!value) {
                return "Invalid latency-tracking-info-percentiles parameters";
              }
              if (*value < 0 || *value > 100) {
                return "latency-tracking-info-percentiles parameters should sit between "
                       "[0.0,100.0]";
              }
              parsed.push_back(*value);
            }
            target = std::move(parsed);
            return {};
          },
          [&target] {
            std::string shown;
            for (const double value : target) {
              shown += fmt::format("{}{}", shown.empty() ? "" : " ", value);
            }
            return shown;
          }};
}

config::Codec title_template(std::string& target) {
  return {[&target](const std::vector<std::string>& words) -> std::string {
            if (!expand_title(words[0], {.title = "sorrel"})) {
              return "template format is invalid or contains unknown variables";
            }
            target = words[0];
            return {};
          },
          [&target] { return target; }};
}

config::Codec memory_or_share(std::uint64_t& target, std::uint64_t most) {
  config::Codec bytes = config::memory(target, 0, most);
  bytes.parse = [&target, parse_bytes = std::move(bytes.parse)](
                    const std::vector<std::string>& words) -> std::string {
    if (!words[0].ends_with('%')) {
      return parse_bytes(words);
    }
    const auto share =
        base::parse_integer(std::string_view(words[0]).substr(0, words[0].size() - 1));
    if (!share || *share < 1 || *share > 100) {
      return "argument must be a memory value, or from 1% to 100% of what there is";
    }
    target = memory_for_process() / 100 * static_cast<std::uint64_t>(*share);
    return {};
  };
  return bytes;
}

}  // namespace sorrel::server
