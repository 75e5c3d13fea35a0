// SPDX-License-Identifier: BSD-3-Clause
//
// Finding, expiring, moving and dropping records. Everything that puts a record into the index or
// takes one out passes through install(), swap_record() and detach(), which keep the orders
// of deadlines in step; everything that throws a record away passes through retire(), and what is
// about to change in place through preserve(), where a snapshot takes what it has not got yet.
#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include <sorrel/base/hash.h>
#include <sorrel/base/prefetch.h>
#include <sorrel/keyspace/database.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/snapshot.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/hash.h>

namespace sorrel::keyspace {
namespace {

std::int64_t earliest(const Deadlines& deadlines) {
  return deadlines.empty() ? INT64_MAX : deadlines.front().entry().key;
}

}  // namespace

std::uint64_t RecordTraits::hash(const Record& record, std::uint64_t seed) {
  return base::hash_bytes(record.key(), seed);
}

Database::Database(Keyspace& keyspace, std::uint32_t number, std::uint64_t seed)
    : keyspace_(&keyspace), number_(number), index_(seed) {}

Database::Database(Database&&) noexcept = default;

Database::~Database() {
  index_.for_each([](Record* record) { Record::destroy(record); });
}

bool Database::expired(const Record& record) const {
  if (!record.is_mortal() || !keyspace_->expiry_enabled()) {
    return false;
  }
  return (record.has_deadline() && record.deadline_ms() <= keyspace_->now_ms()) ||
         (record.has_field_deadlines() &&
          record.collection<types::Hash>().all_due(keyspace_->now_ms()));
}

Record* Database::stored(const Key& key) const {
  return index_.find(key.hash, [&](const Record& other) { return other.key() == key.name; });
}

Record* Database::live(const Key& key) {
  Record* record = stored(key);
  return record == nullptr || !record->is_mortal() ? record : live_part(record);
}

// The same for who only looks: where nothing is removed, what is past its time stays, unseen.
Record* Database::visible(const Key& key) {
  Record* record = stored(key);
  if (record == nullptr || !record->is_mortal()) {
    return record;
  }
  return !keyspace_->removal_enabled() && expired(*record) ? nullptr : live_part(record);
}

// What is left of a record that may be due, as a whole or in parts: null when nothing is.
Record* Database::live_part(Record* record) {
  if (expired(*record)) {
    vanish(record);
    return nullptr;
  }
  if (record->has_field_deadlines()) {
    drop_due_fields(record, std::numeric_limits<std::size_t>::max());
  }
  return record;
}

const Record* Database::find(const Key& key) {
  Record* record = visible(key);
  if (record == nullptr) {
    note_miss(key);
    return nullptr;
  }
  ++keyspace_->statistics_.hits;
  note_access(*record);
  return record;
}

const Record* Database::peek(const Key& key) { return visible(key); }

void Database::note_miss(const Key& key) {
  ++keyspace_->statistics_.misses;
  keyspace_->changes_.tell_miss(number_, key.name);
}

bool Database::contains(const Key& key) const {
  const Record* record = stored(key);
  return record != nullptr && !expired(*record);
}

WriteRef Database::write(const Key& key) {
  Record* record = live(key);
  if (record != nullptr) {
    note_access(*record);
  }
  return WriteRef(*this, key, record);
}

WriteRef Database::read_and_write(const Key& key) {
  if (Record* record = live(key); record != nullptr) {
    ++keyspace_->statistics_.hits;
    note_access(*record);
    return WriteRef(*this, key, record);
  }
  note_miss(key);
  return WriteRef(*this, key, nullptr);
}

void Database::note_access(Record& record) const {
  if (keyspace_->touch_) {
    record.set_access(keyspace_->access_.next(record.access()));
  }
}

bool Database::erase(const Key& key, const Event& event) {
  Record* record = live(key);
  if (record == nullptr) {
    return false;
  }
  remove(key.hash, record);
  keyspace_->changes_.record(event, number_, key.name);
  return true;
}

void Database::move(const Key& from, Database& target, const Key& to, const Event& left,
                    const Event& arrived) {
  Record* record = live(from);
  assert(record != nullptr);
  record = preserve(from.hash, record);
  unschedule_fields(record);
  Record* moved = Record::rebuild(*record, to.name, record->has_deadline(), /*move=*/true,
                                  keyspace_->settings_);
  remove(from.hash, record);
  if (Record* old = target.live(to); old != nullptr) {
    target.remove(to.hash, old);
  }
  target.install(to.hash, moved);
  keyspace_->changes_.record(left, number_, from.name);
  keyspace_->changes_.record(arrived, target.number_, to.name);
}

void Database::copy(const Key& from, Database& target, const Key& to) {
  Record* record = live(from);
  assert(record != nullptr);
  Record* copied = Record::rebuild(*record, to.name, record->has_deadline(), /*move=*/false,
                                   keyspace_->settings_);
  if (Record* old = target.live(to); old != nullptr) {
    target.remove(to.hash, old);
  }
  target.install(to.hash, copied);
  keyspace_->changes_.record(events::kCopyTo, target.number_, to.name);
}

const Record* Database::random(base::Random& random) {
  constexpr int kMostDraws = 100;
  // Expired keys go on time, so that nearly every draw is alive.
  for (int draws = 0; !index_.empty();) {
    Record* record = index_.random(random);
    if (!expired(*record)) {
      return record;
    }
    if (keyspace_->removal_enabled()) {
      vanish(record);
    } else if (++draws == kMostDraws) {
      break;
    }
  }
  return nullptr;
}

std::size_t Database::expire_due(std::size_t limit) {
  std::size_t count = 0;
  while (count < limit && keyspace_->expiry_enabled()) {
    if (earliest(deadlines_) <= keyspace_->now_ms()) {
      Record* record = deadlines_.front().entry().value;
      if (record->deadline_ms() <= keyspace_->now_ms()) {
        vanish(record);
      } else {
        file_anew(record, record->deadline_ms());
      }
      ++count;
    } else if (earliest(field_deadlines_) <= keyspace_->now_ms()) {
      Record* record = field_deadlines_.front().entry().value;
      if (expired(*record)) {
        vanish(record);
        ++count;
      } else {
        count += drop_due_fields(record, limit - count);
      }
    } else {
      break;
    }
  }
  return count;
}

std::int64_t Database::next_deadline_ms() const {
  return std::min(earliest(deadlines_), earliest(field_deadlines_));
}

std::int64_t Database::average_ttl_ms() const {
  constexpr std::uint64_t kSamples = 16;
  const std::uint64_t count = deadlines_.size();
  if (count == 0) {
    return 0;
  }
  // Split into quotients and remainders, because sixteen far deadlines overflow a sum.
  constexpr auto kDivisor = static_cast<std::int64_t>(kSamples);
  std::int64_t quotients = 0;
  std::int64_t remainders = 0;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const Record* record = deadlines_.at(i * count / kSamples).entry().value;
    const std::int64_t left = record->deadline_ms() - keyspace_->now_ms();
    quotients += left / kDivisor;
    remainders += left % kDivisor;
  }
  return std::max<std::int64_t>(quotients + remainders / kDivisor, 0);
}

std::size_t Database::clear() {
  const std::size_t count = index_.size();
  keyspace_->changes_.record_database(events::kEmptied, number_);
  if (keyspace_->snapshot_ != nullptr) {
    keyspace_->snapshot_->on_clear(*this, index_);
  }
  keyspace_->bury(std::move(index_), std::move(deadlines_), std::move(field_deadlines_));
  index_ = base::Index<RecordTraits>(keyspace_->seed_);
  deadlines_ = Deadlines();
  field_deadlines_ = Deadlines();
  return count;
}

std::size_t Database::overhead_bytes() const {
  return index_.memory_bytes() + deadlines_.memory_bytes() + field_deadlines_.memory_bytes();
}

void Database::install(std::uint64_t hash, Record* record) {
  keyspace_->changes_.tell_new(number_, record->key());
  record->set_mark(keyspace_->mark_);
  index_.insert(hash, record);
  track(record);
}

void Database::swap_record(std::uint64_t hash, Record* record, Record* replacement) {
  replacement->set_mark(keyspace_->mark_);
  index_.replace(hash, record, replacement);
  unschedule_fields(record);
  if (record->has_deadline() && replacement->has_deadline()) {
    const std::int64_t filed_ms = record->filed_ms();
    replacement->put_off(replacement->deadline_ms(), filed_ms);
    deadlines_.replace({filed_ms, record}, {replacement->filed_ms(), replacement});
  } else if (record->has_deadline()) {
    deadlines_.erase({record->filed_ms(), record});
  } else if (replacement->has_deadline()) {
    deadlines_.insert({replacement->filed_ms(), replacement});
  }
  schedule_fields(replacement);
}

Record* Database::detach(std::uint64_t hash, Record* record) {
  untrack(record);
  return index_.erase(hash, [record](const Record& other) { return &other == record; });
}

void Database::remove(std::uint64_t hash, Record* record) { retire(detach(hash, record)); }

void Database::retire(Record* record) {
  if (record->mark() != keyspace_->mark_) [[unlikely]] {
    keyspace_->snapshot_->on_retire(*this, record);
  } else {
    keyspace_->bury(record);
  }
}

Record* Database::preserve(std::uint64_t hash, Record* record) {
  if (record->mark() == keyspace_->mark_ || keyspace_->snapshot_->on_change(*this, *record))
      [[likely]] {
    return record;
  }
  Record* copy = Record::rebuild(*record, record->key(), record->has_deadline(), /*move=*/false,
                                 keyspace_->settings_);
  swap_record(hash, record, copy);
  keyspace_->snapshot_->on_replace(*this, record);
  return copy;
}

void Database::vanish(Record* record) {
  ChangeLog& changes = keyspace_->changes_;
  if (record->has_deadline() && record->deadline_ms() <= keyspace_->now_ms()) {
    changes.record_vanished(events::kExpired, number_, record->key());
    ++keyspace_->statistics_.expired;
  } else {
    changes.tell(events::kHExpired, number_, record->key());
    changes.record_vanished(events::kDel, number_, record->key());
    keyspace_->statistics_.expired_subkeys += record->collection<types::Hash>().size();
  }
  remove(keyspace_->hash(record->key()), record);
}

Record* Database::draw_with_deadline(base::Random& random) const {
  return deadlines_.at(random.below(deadlines_.size())).entry().value;
}

// Those that were put off are filed anew on the way.
Record* Database::soonest() {
  while (!deadlines_.empty()) {
    const auto front = deadlines_.front().entry();
    if (front.value->deadline_ms() == front.key) {
      return front.value;
    }
    file_anew(front.value, front.value->deadline_ms());
  }
  return nullptr;
}

std::size_t Database::evict(Record* record) {
  const std::size_t bytes = record->memory_bytes();
  keyspace_->changes_.record_vanished(events::kEvicted, number_, record->key());
  ++keyspace_->statistics_.evicted;
  remove(keyspace_->hash(record->key()), record);
  return bytes;
}

// Requires: not all of its fields are due. The record may become another.
std::size_t Database::drop_due_fields(Record*& record, std::size_t limit) {
  if (record->collection<types::Hash>().next_deadline_ms() > keyspace_->now_ms() ||
      !keyspace_->expiry_enabled()) {
    return 0;
  }
  record = preserve(keyspace_->hash(record->key()), record);
  auto& hash = record->collection<types::Hash>();
  ChangeLog& changes = keyspace_->changes_;
  const std::size_t count =
      hash.expire_due(keyspace_->now_ms(), limit, [&](std::string_view field) {
        changes.record_vanished_field(events::kHExpired, number_, record->key(), field);
      });
  keyspace_->statistics_.expired_subkeys += count;
  changes.tell(events::kHExpired, number_, record->key());
  schedule_fields(record);
  return count;
}

void Database::track(Record* record) {
  if (record->has_deadline()) {
    deadlines_.insert({record->filed_ms(), record});
  }
  schedule_fields(record);
}

void Database::untrack(Record* record) {
  if (record->has_deadline()) {
    deadlines_.erase({record->filed_ms(), record});
  }
  unschedule_fields(record);
}

void Database::file_anew(Record* record, std::int64_t deadline_ms) {
  deadlines_.replace({record->filed_ms(), record}, {deadline_ms, record});
  record->set_deadline_ms(deadline_ms);
}

void Database::schedule_fields(Record* record) {
  if (record->type() != Type::kHash) {
    return;
  }
  auto& hash = record->collection<types::Hash>();
  const std::int64_t before = hash.scheduled_ms();
  const std::int64_t after = hash.next_deadline_ms();
  if (before == after) {
    return;
  }
  if (before == types::Hash::kNever) {
    field_deadlines_.insert({after, record});
  } else if (after == types::Hash::kNever) {
    field_deadlines_.erase({before, record});
  } else {
    field_deadlines_.replace({before, record}, {after, record});
  }
  hash.set_scheduled_ms(after);
  record->set_has_field_deadlines(after != types::Hash::kNever);
}

void Database::unschedule_fields(Record* record) {
  if (record->has_field_deadlines()) {
    auto& hash = record->collection<types::Hash>();
    field_deadlines_.erase({hash.scheduled_ms(), record});
    hash.set_scheduled_ms(types::Hash::kNever);
    record->set_has_field_deadlines(false);
  }
}

base::Defragmented Database::defragment(std::uint64_t cursor, std::vector<Record*>& values) {
  index_.scan(cursor, [](const Record* record) { base::prefetch(record); });
  const base::Defragmented done = index_.defragment(cursor, [this](Record* record) {
    Record* const moved = Record::relocate(*record);
    if (record->has_deadline()) {
      deadlines_.replace({record->filed_ms(), record}, {record->filed_ms(), moved});
    }
    if (record->has_field_deadlines()) {
      const std::int64_t scheduled_ms = record->collection<types::Hash>().scheduled_ms();
      field_deadlines_.replace({scheduled_ms, record}, {scheduled_ms, moved});
    }
    Record::discard(record);
    return moved;
  });
  index_.scan(cursor, [&values](Record* record) {
    if (record->has_items()) values.push_back(record);
  });
  return done;
}

base::Defragmented Database::defragment_value(const Key& key, std::uint64_t cursor) {
  Record* const record = stored(key);
  return record != nullptr && record->has_items() ? record->defragment(cursor)
                                                  : base::Defragmented();
}

void Database::swap_contents(Database& other) noexcept {
  std::swap(index_, other.index_);
  deadlines_.swap(other.deadlines_);
  field_deadlines_.swap(other.field_deadlines_);
}

}  // namespace sorrel::keyspace
