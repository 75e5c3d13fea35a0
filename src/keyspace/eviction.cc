// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <utility>

#include <sorrel/base/prefetch.h>
#include <sorrel/keyspace/eviction.h>
#include <sorrel/keyspace/keyspace.h>

namespace sorrel::keyspace {

void Evictor::set(const Settings& settings) {
  if (settings.policy != settings_.policy) {
    candidates_.clear();  // their merits mean something else
  }
  settings_ = settings;
}

std::size_t Evictor::evict_one() {
  switch (settings_.policy) {
    case Eviction::kNone:
      return 0;
    case Eviction::kVolatileTtl:
      return evict_soonest();
    case Eviction::kVolatileRandom:
    case Eviction::kAllKeysRandom: {
      Database* const database = draw_database();
      Record* const record = database == nullptr ? nullptr : draw(*database);
      return record == nullptr ? 0 : database->evict(record);
    }
    default:
      draw_candidates();
      return evict_candidate();
  }
}

std::size_t Evictor::eligible(const Database& database) const {
  return evicts_any_key(settings_.policy) ? database.size() : database.keys_with_deadline();
}

// Each key that may go is as likely as any other.
Database* Evictor::draw_database() {
  std::size_t all = 0;
  for (std::size_t i = 0; i < keyspace_.database_count(); ++i) {
    all += eligible(keyspace_.database(i));
  }
  if (all == 0) {
    return nullptr;
  }
  std::size_t place = random_.below(all);
  std::size_t i = 0;
  for (; place >= eligible(keyspace_.database(i)); ++i) {
    place -= eligible(keyspace_.database(i));
  }
  return &keyspace_.database(i);
}

Record* Evictor::draw(Database& database) {
  return evicts_any_key(settings_.policy) ? database.draw(random_)
                                          : database.draw_with_deadline(random_);
}

std::uint32_t Evictor::merit(const Record& record) const {
  const AccessClock& access = keyspace_.access();
  return evicts_by_frequency(settings_.policy) ? 255 - access.frequency(record.access())
                                               : access.idle_seconds(record.access());
}

// All of them are asked for before the first is looked at.
void Evictor::draw_candidates() {
  Database* const database = draw_database();
  if (database == nullptr) {
    return;
  }
  drawn_.clear();
  for (std::size_t i = 0; i < settings_.samples; ++i) {
    drawn_.push_back(draw(*database));
    base::prefetch(drawn_.back());
  }
  for (const Record* record : drawn_) {
    consider(database->number(), *record);
  }
}

void Evictor::consider(std::uint32_t database, const Record& record) {
  const std::uint32_t merit = this->merit(record);
  const bool full = candidates_.size() == kMostCandidates;
  if (full && merit <= candidates_.front().merit) {
    return;
  }
  const std::uint64_t hash = keyspace_.hash(record.key());
  const auto known = [&](const Candidate& other) {
    return other.hash == hash && other.database == database;
  };
  if (std::any_of(candidates_.begin(), candidates_.end(), known)) {
    return;
  }
  if (full) {
    candidates_.erase(candidates_.begin());
  }
  const auto place = std::upper_bound(
      candidates_.begin(), candidates_.end(), merit,
      [](std::uint32_t value, const Candidate& other) { return value < other.merit; });
  candidates_.insert(place, {merit, database, hash, std::string(record.key())});
}

// The best of them that is still there and was not used since it was drawn.
std::size_t Evictor::evict_candidate() {
  while (!candidates_.empty()) {
    const Candidate best = std::move(candidates_.back());
    candidates_.pop_back();
    Database& database = keyspace_.database(best.database);
    Record* const record = database.stored({best.key, best.hash});
    if (record == nullptr || merit(*record) < best.merit ||
        (!evicts_any_key(settings_.policy) && !record->has_deadline())) {
      continue;
    }
    return database.evict(record);
  }
  // All that were drawn are in use: then any of them.
  Database* const database = draw_database();
  return database == nullptr ? 0 : database->evict(draw(*database));
}

std::size_t Evictor::evict_soonest() {
  Database* soonest = nullptr;
  std::int64_t when = INT64_MAX;
  for (std::size_t i = 0; i < keyspace_.database_count(); ++i) {
    Database& database = keyspace_.database(i);
    const Record* const record = database.soonest();
    if (record != nullptr && record->deadline_ms() < when) {
      soonest = &database;
      when = record->deadline_ms();
    }
  }
  return soonest == nullptr ? 0 : soonest->evict(soonest->soonest());
}

}  // namespace sorrel::keyspace
