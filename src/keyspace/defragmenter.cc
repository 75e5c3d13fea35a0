// SPDX-License-Identifier: BSD-3-Clause
//
// The pass, step by step. A large value is found again by its key at each step: it may have gone,
// or have become another one, which is then gone through from the middle, and does no harm.
#include <cassert>

#include <sorrel/base/item_heap.h>
#include <sorrel/keyspace/defragmenter.h>

namespace sorrel::keyspace {
namespace {

// A value of no more parts is gone through when it is met.
constexpr std::uint64_t kFewParts = 32;

}  // namespace

void Defragmenter::begin() {
  assert(!running_);
  base::item_heap().begin_defragmentation();
  running_ = true;
  database_ = 0;
  cursor_ = 0;
  to_enter_.clear();
  value_cursor_ = 0;
  value_moved_ = false;
}

void Defragmenter::stop() {
  if (!running_) return;
  left_bytes_ = base::item_heap().end_defragmentation();
  running_ = false;
}

void Defragmenter::step() {
  assert(running_ && keyspace_.snapshot() == nullptr);
  if (!to_enter_.empty()) {
    step_value();
  } else if (database_ < keyspace_.database_count()) {
    step_records();
  } else {
    stop();
  }
}

void Defragmenter::count(const base::Defragmented& done) {
  statistics_.moved += done.moved;
  statistics_.stayed += done.stayed;
}

void Defragmenter::step_records() {
  met_.clear();
  const base::Defragmented records = keyspace_.database(database_).defragment(cursor_, met_);
  count(records);
  statistics_.keys_moved += records.moved;
  statistics_.keys_stayed += records.stayed;
  cursor_ = records.cursor;
  for (Record* record : met_) {
    if (record->release_cost() > kFewParts) {
      to_enter_.emplace_back(record->key());
      continue;
    }
    std::uint64_t at = 0;
    do {
      const base::Defragmented parts = record->defragment(at);
      count(parts);
      at = parts.cursor;
    } while (at != 0);
  }
  if (to_enter_.empty() && cursor_ == 0) ++database_;
}

void Defragmenter::step_value() {
  const base::Defragmented done = keyspace_.database(database_).defragment_value(
      keyspace_.key(to_enter_.back()), value_cursor_);
  count(done);
  value_moved_ = value_moved_ || done.moved != 0;
  value_cursor_ = done.cursor;
  if (value_cursor_ != 0) return;
  ++(value_moved_ ? statistics_.keys_moved : statistics_.keys_stayed);
  value_moved_ = false;
  to_enter_.pop_back();
  if (to_enter_.empty() && cursor_ == 0) ++database_;
}

}  // namespace sorrel::keyspace
