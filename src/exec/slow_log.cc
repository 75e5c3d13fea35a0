// SPDX-License-Identifier: BSD-3-Clause
//
// Shortening follows what SLOWLOG GET of Redis shows: 31 words and a count of the rest, each word
// cut at 128 bytes with a count of the rest.
#include <algorithm>

#include <sorrel/exec/slow_log.h>

namespace sorrel::exec {
namespace {

constexpr std::size_t kMaxWords = 32;
constexpr std::size_t kMaxWordBytes = 128;

std::string shorten(std::string_view word) {
  if (word.size() <= kMaxWordBytes) {
    return std::string(word);
  }
  return std::string(word.substr(0, kMaxWordBytes)) + "... (" +
         std::to_string(word.size() - kMaxWordBytes) + " more bytes)";
}

}  // namespace

void SlowLog::add(std::span<const std::string_view> arguments, std::uint64_t secrets,
                  std::int64_t time_s, std::int64_t duration_us, std::string_view address,
                  std::string_view name) {
  Entry entry{next_id_++, time_s, duration_us, {}, std::string(address), std::string(name)};
  const bool cut = arguments.size() > kMaxWords;
  const std::size_t shown = cut ? kMaxWords - 1 : arguments.size();
  for (std::size_t i = 0; i < shown; ++i) {
    const bool secret = ((secrets >> std::min<std::size_t>(i, 63)) & 1) != 0;
    entry.arguments.push_back(secret ? "(redacted)" : shorten(arguments[i]));
  }
  if (cut) {
    entry.arguments.push_back("... (" + std::to_string(arguments.size() - shown) +
                              " more arguments)");
  }
  entries_.push_front(std::move(entry));
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(settings_.max_entries, 0));
  while (entries_.size() > limit) {
    entries_.pop_back();
  }
}

}  // namespace sorrel::exec
