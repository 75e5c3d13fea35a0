// SPDX-License-Identifier: BSD-3-Clause
//
// Reading first lines.
#include "shebang.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <sorrel/base/text.h>

namespace sorrel::script {
namespace {

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
constexpr std::string_view kNameOption = "name=";

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

// Takes the options of a library's first line. Returns: an empty text, or what is wrong.
std::string take_options(const std::vector<std::string>& options, LibraryHead& head) {
  bool named = false;
  for (const std::string& option : options) {
    const std::string_view front = std::string_view(option).substr(0, kNameOption.size());
    if (!base::equals_ignoring_case(front, kNameOption)) {
      return "Invalid metadata value given: " + option;
    }
    if (std::exchange(named, true)) {
      return "Invalid metadata value, name argument was given multiple times";
    }
    head.name = option.substr(kNameOption.size());
  }
  if (!named) {
    return "Library name was not given";
  }
  return is_library_name(head.name) ? std::string() : std::string(kBadName);
}

}  // namespace

std::span<const FlagName> flag_names() { return kFlagNames; }

bool is_library_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

LibraryHead parse_library_head(std::string_view source) {
  LibraryHead head;
  if (!source.starts_with(kMark)) {
    head.error = "Missing library metadata";
    return head;
  }
  const std::size_t end = source.find('\n');
  const auto shebang =
      end == std::string_view::npos ? std::nullopt : parse_shebang(source.substr(0, end));
  if (!shebang) {
    head.error = "Invalid library metadata";
    return head;
  }
  head.code = source.substr(end);
  head.error = take_options(shebang->options, head);
  if (head.error.empty() && !base::equals_ignoring_case(shebang->engine, "lua")) {
    head.error = "Engine '" + shebang->engine + "' not found";
  }
  return head;
}

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
