// SPDX-License-Identifier: BSD-3-Clause
//
// What the databases share, and the graveyard: values whose destruction would take long wait there
// and are freed a bounded number of parts at a time.
#include <algorithm>
#include <limits>
#include <utility>

#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/snapshot.h>

namespace sorrel::keyspace {
namespace {

// Below this a value is freed on the spot: about ten microseconds of work.
constexpr std::uint64_t kReleaseAtOnce = 128;

}  // namespace

Keyspace::Keyspace(std::size_t databases, std::uint64_t seed) : seed_(seed), access_(seed) {
  settings_.hash_seed = seed;
  databases_.reserve(databases);
  for (std::size_t i = 0; i < databases; ++i) {
    databases_.emplace_back(*this, static_cast<std::uint32_t>(i), seed);
  }
}

Keyspace::~Keyspace() {
  // A grave takes the whole budget, however large.
  while (!release_some(std::numeric_limits<std::size_t>::max())) {
  }
}

std::size_t Keyspace::size() const {
  std::size_t total = 0;
  for (const Database& database : databases_) {
    total += database.size();
  }
  return total;
}

std::size_t Keyspace::expire_due(std::size_t limit) {
  std::size_t total = 0;
  if (removal_enabled_) {
    for (Database& database : databases_) {
      total += database.expire_due(limit - total);
    }
  }
  return total;
}

std::int64_t Keyspace::next_deadline_ms() const {
  std::int64_t earliest = INT64_MAX;
  if (removal_enabled_) {
    for (const Database& database : databases_) {
      earliest = std::min(earliest, database.next_deadline_ms());
    }
  }
  return earliest;
}

void Keyspace::clear() {
  for (Database& database : databases_) {
    database.clear();
  }
  ++times_cleared_;
}

void Keyspace::swap(std::size_t a, std::size_t b) {
  if (a == b) return;
  databases_[a].swap_contents(databases_[b]);
  if (snapshot_ != nullptr) {
    snapshot_->on_exchange(databases_[a], databases_[b]);
  }
  changes_.record_database(events::kExchanged, static_cast<std::uint32_t>(a));
  changes_.record_database(events::kExchanged, static_cast<std::uint32_t>(b));
}

void Keyspace::bury(Record* record) {
  if (snapshot_ != nullptr && snapshot_->on_bury(record)) {
    return;
  }
  if (record->release_cost() <= kReleaseAtOnce) {
    Record::destroy(record);
    return;
  }
  graveyard_.emplace_back();
  graveyard_.back().record = record;
}

void Keyspace::bury(base::Index<RecordTraits> index, Deadlines deadlines,
                    Deadlines field_deadlines) {
  if (index.empty() && deadlines.empty() && field_deadlines.empty()) {
    return;
  }
  graveyard_.emplace_back();
  graveyard_.back().index = std::move(index);
  graveyard_.back().deadlines = std::move(deadlines);
  graveyard_.back().field_deadlines = std::move(field_deadlines);
}

// One grave at a time, the last one first. An index is walked bucket by bucket; a large value in
// it gets a grave of its own. Returns: parts of the budget used.
std::size_t Keyspace::release_from_last(std::size_t budget) {
  Grave& grave = graveyard_.back();
  if (grave.record != nullptr) {
    if (grave.record->release_some(budget)) {
      Record::destroy(grave.record);
      graveyard_.pop_back();
      ++statistics_.released;
    }
    return budget;
  }
  for (Deadlines* const deadlines : {&grave.deadlines, &grave.field_deadlines}) {
    if (!deadlines->empty()) {
      deadlines->release_some(budget, [](const auto&) {});
      return budget;
    }
  }
  std::vector<Record*> large;
  std::size_t used = 0;
  const bool gone = grave.index.release_some(budget, [&](Record* record) {
    if (record->release_cost() > kReleaseAtOnce) {
      large.push_back(record);
    } else if (snapshot_ == nullptr || !snapshot_->on_bury(record)) {
      Record::destroy(record);
    }
    ++used;
  });
  if (gone) {
    graveyard_.pop_back();
    ++statistics_.released;
  }
  for (Record* record : large) {
    bury(record);
  }
  return used + 1;
}

bool Keyspace::release_some(std::size_t budget) {
  while (!graveyard_.empty() && budget > 0) {
    budget -= std::min(budget, release_from_last(budget));
  }
  return graveyard_.empty();
}

}  // namespace sorrel::keyspace
