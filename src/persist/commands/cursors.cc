// SPDX-License-Identifier: BSD-3-Clause
//
// Strings, lists, sets, sorted sets and hashes as commands.
#include "cursors.h"

#include <algorithm>

#include <sorrel/base/numbers.h>

namespace sorrel::persist::commands {
namespace {

// HPEXPIREAT takes none behind this one, in the year 4199; a file may have one.
constexpr std::int64_t kLatestDeadline = (std::int64_t{1} << 46) - 1;

}  // namespace

void Groups::next(Requests& requests) {
  if (in_group_ == 0) {
    in_group_ = std::min(left_, kMost);
    requests.begin(2 + in_group_ * words_each_);
    requests.word(command_);
    requests.word(key_);
  }
  --in_group_;
  --left_;
}

StringCursor::StringCursor(std::string_view key, std::string_view value, Requests& requests)
    : value_(value) {
  constexpr std::size_t kAtOnce = std::size_t{16} * 1024;
  requests.begin(3);
  requests.word("SET");
  requests.word(key);
  if (value.size() <= kAtOnce) {
    requests.word(value);
    whole_ = true;
  } else {
    requests.begin_word(value.size());
  }
}

bool StringCursor::step(Requests& requests, std::size_t budget) {
  if (whole_) {
    return true;
  }
  const std::size_t units = std::min(budget, value_.size() / Budget::kUnitBytes + 1);
  const std::string_view part = value_.substr(written_, units * Budget::kUnitBytes);
  requests.raw(part);
  written_ += part.size();
  if (written_ == value_.size()) {
    requests.raw("\r\n");
    whole_ = true;
  }
  return whole_;
}

ListCursor::ListCursor(std::string_view key, const types::List& list, Requests&)
    : list_(&list), groups_("RPUSH", key, list.size(), 1) {}

bool ListCursor::step(Requests& requests, std::size_t budget) {
  char scratch[base::kMaxIntegerText];
  auto it = list_->forward(list_->size() - groups_.left(), groups_.left());
  for (Budget left(budget); it.valid() && !left.spent(); it.next()) {
    const std::string_view text = it->text(scratch);
    groups_.next(requests);
    requests.word(text);
    left.take_element(text.size());
  }
  return !it.valid();
}

SetCursor::SetCursor(std::string_view key, Elements<types::Set> set, Requests&)
    : set_(set), groups_("SADD", key, set.size(), 1) {}

bool SetCursor::step(Requests& requests, std::size_t budget) {
  char scratch[base::kMaxIntegerText];
  Budget left(budget);
  return groups_.left() == 0 || set_.go_on(left, [&](const types::Set::Member& member) {
    const std::string_view text = member.text(scratch);
    groups_.next(requests);
    requests.word(text);
    left.take_element(text.size());
  });
}

SortedSetCursor::SortedSetCursor(std::string_view key, Elements<types::SortedSet> set, Requests&)
    : set_(set), groups_("ZADD", key, set.size(), 2) {}

bool SortedSetCursor::step(Requests& requests, std::size_t budget) {
  Budget left(budget);
  if (groups_.left() == 0) {
    return true;
  }
  return set_.walking() ? set_.go_on(left, [&](const auto& entry) { write(entry, requests, left); })
                        : step_up(requests, left);
}

bool SortedSetCursor::step_up(Requests& requests, Budget& budget) {
  auto it = set_.value().forward({set_.size() - groups_.left(), set_.size()});
  for (; it.valid() && !budget.spent(); it.next()) {
    write(*it, requests, budget);
  }
  return !it.valid();
}

void SortedSetCursor::write(const types::SortedSet::Entry& entry, Requests& requests,
                            Budget& budget) {
  char score[base::kMaxDoubleText];
  groups_.next(requests);
  requests.word(std::string_view(score, base::format_double(entry.score, score)));
  requests.word(entry.member);
  budget.take_element(entry.member.size());
}

HashCursor::HashCursor(std::string_view key, Elements<types::Hash> hash, Requests&)
    : key_(key), hash_(hash), groups_("HMSET", key, hash.size(), 2) {}

bool HashCursor::step(Requests& requests, std::size_t budget) {
  Budget left(budget);
  return groups_.left() == 0 ||
         hash_.go_on(left, [&](const auto& entry) { write(entry, requests, left); });
}

void HashCursor::write(const types::Hash::Entry& entry, Requests& requests, Budget& budget) {
  char scratch[base::kMaxIntegerText];
  const std::string_view field = entry.field.text(scratch);
  groups_.next(requests);
  requests.word(field);
  std::size_t bytes = field.size();
  if (entry.deadline_ms != types::Hash::kNever) {
    deadlines_.emplace_back(field, std::min(entry.deadline_ms, kLatestDeadline));
  }
  const std::string_view value = entry.value.text(scratch);
  requests.word(value);
  bytes += value.size();
  budget.take_element(bytes);
  if (groups_.between()) {
    write_deadlines(requests);
  }
}

void HashCursor::write_deadlines(Requests& requests) {
  for (const auto& [field, deadline_ms] : deadlines_) {
    requests.begin(6);
    requests.word("HPEXPIREAT");
    requests.word(key_);
    requests.word(deadline_ms);
    requests.word("FIELDS");
    requests.word("1");
    requests.word(field);
  }
  deadlines_.clear();
}

}  // namespace sorrel::persist::commands
