// SPDX-License-Identifier: BSD-3-Clause
//
// How gladly the kernel ends this process when the machine has no memory left (oom-score-adj): a
// number that is added to what the process had when it began, or put in its place. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace sorrel::server {

enum class OomScoreMode : int { kOff, kRelative, kAbsolute };

// By role: primary, replica, background process; this server has only the first.
using OomScores = std::array<std::int64_t, 3>;

class OomScore {
 public:
  // Errors: why the kernel did not take it; without rights a process can only raise its score.
  // Off puts back what was there before it was first changed.
  std::string apply(OomScoreMode mode, const OomScores& scores);

 private:
  std::optional<std::int64_t> original_;  // while it is changed
};

}  // namespace sorrel::server
