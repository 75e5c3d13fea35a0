// SPDX-License-Identifier: BSD-3-Clause
#include "oom_score.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace sorrel::server {
namespace {

constexpr const char* kFile = "/proc/self/oom_score_adj";
constexpr std::int64_t kMost = 1000;

std::string write_score(std::int64_t score) {
  const std::string text = std::to_string(std::clamp(score, -kMost, kMost));
  const int descriptor = ::open(kFile, O_WRONLY | O_CLOEXEC);
  const bool done = descriptor >= 0 && ::write(descriptor, text.data(), text.size()) >= 0;
  const int error = errno;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  return done ? std::string() : std::string(kFile) + ": " + std::generic_category().message(error);
}

}  // namespace

std::string OomScore::apply(OomScoreMode mode, const OomScores& scores) {
  if (mode == OomScoreMode::kOff) {
    std::string failure = original_ ? write_score(*original_) : std::string();
    original_ = failure.empty() ? std::nullopt : original_;
    return failure;
  }
  std::int64_t before = 0;
  if (!original_) {
    std::ifstream(kFile) >> before;
  }
  const std::int64_t original = original_.value_or(before);
  std::string failure =
      write_score(mode == OomScoreMode::kRelative ? original + scores[0] : scores[0]);
  if (failure.empty()) {
    original_ = original;
  }
  return failure;
}

}  // namespace sorrel::server
