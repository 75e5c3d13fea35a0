// SPDX-License-Identifier: BSD-3-Clause
#include "machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include <sorrel/base/numbers.h>

namespace sorrel::server {
namespace {

constexpr std::string_view kGroups = "/sys/fs/cgroup";

// What a limit's file says; none for "max" and where there is no such file.
std::optional<std::uint64_t> limit_in(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  file >> text;
  const auto bytes = base::parse_integer(text);
  return bytes && *bytes > 0 ? std::optional(static_cast<std::uint64_t>(*bytes)) : std::nullopt;
}

// The least of the limits of a group and of those that it is in.
std::uint64_t limit_of_group(const std::string& root, std::string group, std::string_view file) {
  std::uint64_t least = UINT64_MAX;
  for (;;) {
    if (group == "/") {
      group.clear();
    }
    const auto limit = limit_in(root + group + "/" + std::string(file));
    least = std::min(least, limit.value_or(UINT64_MAX));
    if (group.empty()) {
      return least;
    }
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
}

std::uint64_t container_limit() {
  const std::string root(kGroups);
  std::uint64_t least = UINT64_MAX;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    // hierarchy:controllers:group; version 2 is hierarchy 0 without controllers.
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) {
      continue;
    }
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1);
    if (controllers == ",,") {
      least = std::min(least, limit_of_group(root, group, "memory.max"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = std::min(least, limit_of_group(root + "/memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

}  // namespace

std::uint64_t memory_for_process() {
  const auto machine = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return std::min(machine, container_limit());
}

}  // namespace sorrel::server
