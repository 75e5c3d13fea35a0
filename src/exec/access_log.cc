// SPDX-License-Identifier: BSD-3-Clause
//
// Entries and how they are put together.
#include <algorithm>
#include <utility>

#include <sorrel/exec/access_log.h>

namespace sorrel::exec {
namespace {

// How long, and among how many of the newest, the same counts as one. So a flood of different
// refusals costs no more than this many comparisons each.
constexpr std::int64_t kTogetherMs = 60'000;
constexpr std::ptrdiff_t kLookedThrough = 10;

bool belongs_together(const AccessLog::Entry& a, const AccessLog::Entry& b) {
  return a.reason == b.reason && a.context == b.context && a.object == b.object &&
         a.user == b.user && b.updated_ms - a.updated_ms <= kTogetherMs;
}

}  // namespace

void AccessLog::count(AccessReason reason) {
  switch (reason) {
    case AccessReason::kCommand:
      ++counters_.commands;
      break;
    case AccessReason::kKey:
      ++counters_.keys;
      break;
    case AccessReason::kChannel:
      ++counters_.channels;
      break;
    case AccessReason::kLogin:
      ++counters_.logins;
      break;
  }
}

void AccessLog::add(Entry entry) {
  count(entry.reason);
  const auto size = static_cast<std::ptrdiff_t>(entries_.size());
  const auto end = entries_.begin() + std::min(size, kLookedThrough);
  const auto known = std::find_if(
      entries_.begin(), end, [&](const Entry& other) { return belongs_together(other, entry); });
  if (known != end) {
    entry.id = known->id;
    entry.count = known->count + 1;
    entry.created_ms = known->created_ms;
    entries_.erase(known);
  } else {
    entry.id = next_id_++;
  }
  entries_.push_front(std::move(entry));
  if (entries_.size() > max_entries_) {
    entries_.resize(max_entries_);
  }
}

std::string_view name_of(AccessContext context) {
  switch (context) {
    case AccessContext::kMulti:
      return "multi";
    case AccessContext::kScript:
      return "lua";
    default:
      return "toplevel";
  }
}

std::string_view name_of(AccessReason reason) {
  switch (reason) {
    case AccessReason::kCommand:
      return "command";
    case AccessReason::kKey:
      return "key";
    case AccessReason::kChannel:
      return "channel";
    default:
      return "auth";
  }
}

}  // namespace sorrel::exec
