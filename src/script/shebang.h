// SPDX-License-Identifier: BSD-3-Clause
//
// The first line of a script or library, when it begins with "#!": the engine, then options as
// name=value. "#!lua flags=no-writes,allow-oom" for a script, "#!lua name=mylib" for a library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::script {

// What a script or a function says of itself; each is a promise or a wish.
namespace flags {
inline constexpr std::uint32_t kNoWrites = 1U << 0;
inline constexpr std::uint32_t kAllowOom = 1U << 1;
inline constexpr std::uint32_t kAllowStale = 1U << 2;
inline constexpr std::uint32_t kNoCluster = 1U << 3;
inline constexpr std::uint32_t kAllowCrossSlotKeys = 1U << 4;
}  // namespace flags

struct FlagName {
  std::string_view name;
  std::uint32_t flag;
};
inline constexpr FlagName kFlagNames[] = {{"no-writes", flags::kNoWrites},
                                          {"allow-oom", flags::kAllowOom},
                                          {"allow-stale", flags::kAllowStale},
                                          {"no-cluster", flags::kNoCluster},
                                          {"allow-cross-slot-keys", flags::kAllowCrossSlotKeys}};

// Returns: nullopt when there is none of that name.
std::optional<std::uint32_t> flag_of(std::string_view name);

struct Shebang {
  std::string engine;                // what stands behind "#!"
  std::vector<std::string> options;  // the further words
};

// Splits the line. Requires: `line` begins with "#!". Returns: nullopt when its quotes are wrong.
std::optional<Shebang> parse_shebang(std::string_view line);

struct ScriptHead {
  bool shebang = false;  // without one a script may do all that was ever allowed
  std::uint32_t flags = 0;
  std::string_view code;  // from the end of the first line on, so that lines keep their numbers
  std::string error;      // not empty: why it cannot be loaded
};

ScriptHead parse_script_head(std::string_view source);

}  // namespace sorrel::script
