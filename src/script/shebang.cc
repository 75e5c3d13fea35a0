// SPDX-License-Identifier: BSD-3-Clause
//
// Reading first lines.
#include "shebang.h"

#include <optional>
#include <utility>
#include <vector>

#include <sorrel/base/text.h>

namespace sorrel::script {
namespace {

struct FlagName {
  std::string_view name;
  std::uint32_t flag;
};
constexpr FlagName kFlagNames[] = {{"no-writes", flags::kNoWrites},
                                   {"allow-oom", flags::kAllowOom},
                                   {"allow-stale", flags::kAllowStale},
                                   {"no-cluster", flags::kNoCluster},
                                   {"allow-cross-slot-keys", flags::kAllowCrossSlotKeys}};

struct Shebang {
  std::string engine;                // what stands behind "#!"
  std::vector<std::string> options;  // the further words
};

constexpr std::string_view kMark = "#!";
constexpr std::string_view kFlagsOption = "flags=";

std::optional<std::uint32_t> flag_of(std::string_view name) {
  for (const FlagName& known : kFlagNames) {
    if (known.name == name) {
      return known.flag;
    }
  }
  return std::nullopt;
}

// Adds the flags of a list with commas. Returns: an empty text, or what is wrong.
std::string add_flags(std::string_view list, std::uint32_t& flags) {
  while (!list.empty()) {
    const std::size_t end = list.find(',');
    const std::string_view name = list.substr(0, end);
    const auto flag = flag_of(name);
    if (!flag) {
      return "Unexpected flag in script shebang: " + std::string(name);
    }
    flags |= *flag;
    if (end == std::string_view::npos) {
      break;
    }
    list.remove_prefix(end + 1);
    if (list.empty()) {
      return "Unexpected flag in script shebang: ";
    }
  }
  return {};
}

// Splits the line. Requires: it begins with "#!". Returns: nullopt when its quotes are wrong.
std::optional<Shebang> parse_shebang(std::string_view line) {
  auto words = base::split_quoted(line);
  if (!words || words->empty()) {
    return std::nullopt;
  }
  Shebang shebang;
  shebang.engine = words->front().substr(kMark.size());
  shebang.options.assign(words->begin() + 1, words->end());
  return shebang;
}

}  // namespace

ScriptHead parse_script_head(std::string_view source) {
  ScriptHead head;
  head.code = source;
  if (!source.starts_with(kMark)) {
    return head;
  }
  head.shebang = true;
  const std::size_t end = source.find('\n');
  if (end == std::string_view::npos) {
    head.error = "Invalid script shebang";
    return head;
  }
  head.code = source.substr(end);
  const auto shebang = parse_shebang(source.substr(0, end));
  if (!shebang) {
    head.error = "Invalid engine in script shebang";
    return head;
  }
  if (shebang->engine != "lua") {
    head.error = "Unexpected engine in script shebang: #!" + shebang->engine;
    return head;
  }
  for (const std::string& option : shebang->options) {
    head.error = option.starts_with(kFlagsOption)
                     ? add_flags(std::string_view(option).substr(kFlagsOption.size()), head.flags)
                     : "Unknown lua shebang option: " + option;
    if (!head.error.empty()) {
      break;
    }
  }
  return head;
}

}  // namespace sorrel::script
