// SPDX-License-Identifier: BSD-3-Clause
//
// The first line of a script, when it begins with "#!", and of a library, where it must: the
// engine, then options as name=value, as in "#!lua flags=no-writes,allow-oom" and "#!lua
// name=mylib".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sorrel::script {

// What a script says of itself; each is a promise or a wish.
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
// All there are, in the order in which they are shown.
std::span<const FlagName> flag_names();

struct ScriptHead {
  bool shebang = false;  // without one a script may do all that was ever allowed
  std::uint32_t flags = 0;
  std::string_view code;  // from the end of the first line on, so that lines keep their numbers
  std::string error;      // not empty: why it cannot be loaded
};

ScriptHead parse_script_head(std::string_view source);

struct LibraryHead {
  std::string name;
  std::string_view code;  // as above
  std::string error;      // not empty: why it cannot be loaded
};

LibraryHead parse_library_head(std::string_view source);

// What libraries and functions may be called: letters, digits and underscores.
inline constexpr std::string_view kBadName =
    "Library names can only contain letters, numbers, or underscores(_) and must be at least one "
    "character long";
bool is_library_name(std::string_view name);

}  // namespace sorrel::script
