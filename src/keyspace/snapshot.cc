// SPDX-License-Identifier: BSD-3-Clause
//
// The walk, and what a change does to it. Every record is given exactly once, because it is marked
// the moment it is given or kept, and the index' scan meets each that stays.
#include <algorithm>
#include <cassert>
#include <utility>

#include <sorrel/base/prefetch.h>
#include <sorrel/keyspace/snapshot.h>
#include <sorrel/types/list.h>
#include <sorrel/types/stream.h>

namespace sorrel::keyspace {
namespace {

// A value with more parts than this, or of more bytes, is given to be read in parts.
constexpr std::uint64_t kManyParts = 512;
constexpr std::size_t kManyBytes = std::size_t{256} * 1024;
constexpr std::size_t kLongString = std::size_t{64} * 1024;
// So many of those whose share changes are asked for it at once.
constexpr std::size_t kMostAsked = 64;
// So many records of an emptied database are looked at to tell what all of them take.
constexpr std::size_t kSample = 64;

// The largest one counts once, and not for all that were not looked at.
std::size_t mean_bytes(const base::Index<RecordTraits>& index) {
  std::size_t seen = 0;
  std::size_t sum = 0;
  std::size_t largest = 0;
  std::uint64_t cursor = 0;
  do {
    cursor = index.scan(cursor, [&](const Record* record) {
      const std::size_t bytes = record->memory_bytes();
      ++seen;
      sum += bytes;
      largest = std::max(largest, bytes);
    });
  } while (cursor != 0 && seen < kSample);
  const std::size_t others = seen > 1 ? (sum - largest) / (seen - 1) : 0;
  return others + (largest - std::min(others, largest) + index.memory_bytes()) / index.size();
}

types::SharedBytes shared_bytes(const Record& record) {
  switch (record.type()) {
    case Type::kList:
      return record.collection<types::List>().shared_bytes();
    case Type::kStream:
      return record.collection<types::Stream>().shared_bytes();
    default:
      return {};
  }
}

}  // namespace

Snapshot::Snapshot(Keyspace& keyspace) : keyspace_(keyspace) {
  assert(keyspace.snapshot_ == nullptr);
  for (const Database& database : keyspace.databases_) {
    if (database.size() != 0) {
      sources_.emplace_back();
      sources_.back().number = database.number();
      sources_.back().database = &database;
      facts_.push_back({database.number(), database.size(), database.keys_with_deadline()});
      keys_ += database.size();
    }
  }
  keyspace.mark_ = !keyspace.mark_;
  keyspace.snapshot_ = this;
}

Snapshot::~Snapshot() { keyspace_.snapshot_ = nullptr; }

std::uint64_t Snapshot::gather(std::size_t records) {
  gathered_.clear();
  const Source& source = sources_[at_];
  std::uint64_t cursor = source.cursor;
  do {
    cursor = source.database->index_.scan(cursor, [this](Record* record) {
      base::prefetch(record);
      gathered_.push_back(record);
    });
  } while (cursor != 0 && gathered_.size() < records);
  return cursor;
}

void Snapshot::advance(std::uint64_t cursor) {
  sources_[at_].cursor = cursor;
  at_ += cursor == 0 ? 1 : 0;
}

Record* Snapshot::dig() {
  Source& source = sources_[at_];
  for (bool gone = false; dug_.empty() && !gone;) {
    gone = source.index.release_some(1, [this](Record* record) {
      base::prefetch(record);
      dug_.push_back(record);
    });
  }
  if (dug_.empty()) {
    return nullptr;
  }
  Record* const record = dug_.back();
  dug_.pop_back();
  --source.left;
  return record;
}

bool Snapshot::keep_if_large(std::uint32_t number, Record* record) {
  if (!is_large(*record)) {
    return false;
  }
  record->set_mark(keyspace_.mark());
  if (!take_over_pin(record)) {
    keep(number, record);
  }
  return true;
}

bool Snapshot::give(std::uint32_t number, Record* record) {
  if (!lacks(*record)) {
    return false;
  }
  if (!abandoned_ && is_large(*record) && give_in_parts(number, record)) {
    return false;
  }
  record->set_mark(keyspace_.mark());
  return !abandoned_;
}

bool Snapshot::is_large(const Record& record) {
  switch (record.encoding()) {
    case Encoding::kExternal:
      return record.string_length() > kLongString;
    case Encoding::kCollection:
      return record.release_cost() > kManyParts || record.memory_bytes() > kManyBytes;
    default:
      return false;
  }
}

// Returns: false when the value has no parts that could stay while it changes.
bool Snapshot::give_in_parts(std::uint32_t number, Record* record) {
  if (record->type() == Type::kString) {
    pin(number, record);
    return true;
  }
  if (record->walkable()) {
    walk(number, record);
    return true;
  }
  if (shared_bytes(*record).shareable == 0) {
    return false;
  }
  record->set_mark(keyspace_.mark());
  keep_clone(number, Record::rebuild(*record, record->key(), record->has_deadline(),
                                     /*move=*/false, keyspace_.settings_));
  return true;
}

void Snapshot::pin(std::uint32_t number, Record* record) {
  if (std::find(pins_.begin(), pins_.end(), record) != pins_.end()) {
    return;  // it is met again
  }
  Kept kept;
  kept.database_ = number;
  kept.record_ = record;
  kept.pinned_ = true;
  kept_.push_back(kept);
  pins_.push_back(record);
}

bool Snapshot::take_over_pin(Record* record) {
  const auto pin = std::find(pins_.begin(), pins_.end(), record);
  if (pin == pins_.end()) {
    return false;
  }
  pins_.erase(pin);
  kept_bytes_ += record->memory_bytes();
  return true;
}

void Snapshot::keep(std::uint32_t number, Record* record) {
  Kept kept;
  kept.database_ = number;
  kept.record_ = record;
  kept.bytes_ = record->memory_bytes();
  kept_bytes_ += kept.bytes_;
  kept_.push_back(kept);
}

void Snapshot::keep_clone(std::uint32_t number, Record* record) {
  const types::SharedBytes shared = shared_bytes(*record);
  if (shared.shareable == 0) {
    keep(number, record);
    return;
  }
  Kept kept;
  kept.database_ = number;
  kept.record_ = record;
  kept.changing_ = true;
  kept_.push_back(kept);
  watch({record, /*walked=*/false, record->memory_bytes() - shared.shareable, shared.lone});
}

void Snapshot::walk(std::uint32_t number, Record* record) {
  record->set_mark(keyspace_.mark());
  record->begin_walk();
  Kept kept;
  kept.database_ = number;
  kept.record_ = Record::borrow(*record);
  kept.borrowed_ = true;
  kept_.push_back(kept);
  ++walks_;
  watch({kept.record_, /*walked=*/true});
}

void Snapshot::watch(Changing changing) {
  changing_.push_back(changing);
  recount(changing_.back());
}

void Snapshot::recount(Changing& changing) {
  const Record& record = *changing.record;
  const std::size_t now = changing.walked
                              ? record.walk_bytes()
                              : std::min(changing.own + shared_bytes(record).lone - changing.lone,
                                         record.memory_bytes());
  kept_bytes_ += now - changing.counted;
  changing.counted = now;
}

void Snapshot::unwatch(const Record* record) {
  const auto found = std::find_if(changing_.begin(), changing_.end(), [&](const Changing& other) {
    return other.record == record;
  });  // mostly the first
  kept_bytes_ -= found->counted;
  changing_.erase(found);
}

std::uint32_t Snapshot::number_of(const Database& database) const {
  const auto source = std::find_if(sources_.begin(), sources_.end(), [&](const Source& candidate) {
    return candidate.database == &database;
  });
  assert(source != sources_.end());
  return source->number;
}

void Snapshot::on_retire(const Database& database, Record* record) {
  record->set_mark(keyspace_.mark());
  if (abandoned_) {
    keyspace_.bury(record);
  } else if (!take_over_pin(record)) {
    keep(number_of(database), record);
  }
}

void Snapshot::on_replace(const Database& database, Record* record) {
  record->set_mark(keyspace_.mark());
  if (!take_over_pin(record)) {
    keep_clone(number_of(database), record);
  }
}

bool Snapshot::on_change(const Database& database, Record& record) {
  if (abandoned_) {
    record.set_mark(keyspace_.mark());
    return true;
  }
  if (!record.walkable()) {
    return false;
  }
  walk(number_of(database), &record);
  return true;
}

bool Snapshot::on_bury(Record* record) {
  if (!pins_.empty() && lacks(*record) && take_over_pin(record)) {
    record->set_mark(keyspace_.mark());
    return true;
  }
  if (walks_ == 0 || !record->walking()) {
    return false;
  }
  orphans_.push_back({record, record->memory_bytes()});
  kept_bytes_ += orphans_.back().bytes;
  return true;
}

void Snapshot::on_clear(const Database& database, base::Index<RecordTraits>& index) {
  if (abandoned_ || index.empty()) {
    return;
  }
  const auto begin = sources_.begin() + static_cast<std::ptrdiff_t>(at_);
  const auto source = std::find_if(begin, sources_.end(), [&](const Source& candidate) {
    return candidate.database == &database;
  });
  if (source == sources_.end()) {
    return;
  }
  source->bytes_each = mean_bytes(index);
  source->left = index.size();
  source->index = std::exchange(index, base::Index<RecordTraits>(index.seed()));
  source->database = nullptr;
  // It comes before what was not emptied, for that costs nothing.
  std::swap(*source, *std::find_if(begin, source, [](const Source& candidate) {
    return candidate.database != nullptr;
  }));
}

void Snapshot::on_exchange(const Database& a, const Database& b) {
  for (Source& source : sources_) {
    if (source.database == &a) {
      source.database = &b;
    } else if (source.database == &b) {
      source.database = &a;
    }
  }
}

Snapshot::Kept Snapshot::take() {
  if (kept_.empty()) {
    return {};
  }
  Kept kept = kept_.front();
  kept_.pop_front();
  ++taken_;
  return kept;
}

void Snapshot::release(Kept kept) {
  --taken_;
  drop(kept);
}

void Snapshot::drop(Kept& kept) {
  if (kept.pinned_) {
    if (const auto pin = std::find(pins_.begin(), pins_.end(), kept.record_); pin != pins_.end()) {
      pins_.erase(pin);
      kept.record_->set_mark(keyspace_.mark());
      return;
    }
    kept_bytes_ -= kept.record_->memory_bytes();
  }
  kept_bytes_ -= kept.bytes_;
  if (kept.changing_ || kept.borrowed_) {
    unwatch(kept.record_);
  }
  if (!kept.borrowed_) {
    keyspace_.bury(kept.record_);
    return;
  }
  --walks_;
  kept.record_->end_walk();
  const auto orphan = std::find_if(orphans_.begin(), orphans_.end(), [&](const Orphan& other) {
    return other.record->type() == kept.record_->type() &&
           other.record->shares_collection_with(*kept.record_);
  });
  Record::discard(kept.record_);
  if (orphan != orphans_.end()) {
    Record* const record = orphan->record;
    kept_bytes_ -= orphan->bytes;
    orphans_.erase(orphan);
    keyspace_.bury(record);
  }
}

void Snapshot::abandon() {
  assert(taken_ == 0);
  abandoned_ = true;
  while (!kept_.empty()) {
    drop(kept_.front());
    kept_.pop_front();
  }
  for (std::size_t i = at_; i < sources_.size() && sources_[i].database == nullptr; ++i) {
    keyspace_.bury(std::move(sources_[i].index), {}, {});
    sources_[i].left = 0;
  }
  for (Record* record : dug_) {
    keyspace_.bury(record);
  }
  dug_.clear();
}

std::size_t Snapshot::emptied_bytes() const {
  std::size_t bytes = 0;
  for (std::size_t i = at_; i < sources_.size() && sources_[i].database == nullptr; ++i) {
    bytes += sources_[i].left * sources_[i].bytes_each;
  }
  return bytes;
}

std::size_t Snapshot::kept_bytes() {
  for (std::size_t asked = std::min(changing_.size(), kMostAsked); asked > 0; --asked) {
    next_asked_ = next_asked_ + 1 < changing_.size() ? next_asked_ + 1 : 0;
    recount(changing_[next_asked_]);
  }
  return kept_bytes_ + emptied_bytes();
}

}  // namespace sorrel::keyspace
