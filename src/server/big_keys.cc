// SPDX-License-Identifier: BSD-3-Clause
//
// A round walks all databases with the cursor of SCAN, so that every key that is there from the
// beginning to the end of a round is seen.
#include "big_keys.h"

#include <algorithm>
#include <set>
#include <utility>

#include <sorrel/types/hash.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>
#include <sorrel/types/stream.h>

namespace sorrel::server {
namespace {

using keyspace::Record;
using keyspace::Type;

constexpr std::int64_t kSliceNs = 100'000;
constexpr std::size_t kMostSteps = 256;  // of the cursor, in a slice
constexpr std::size_t kLeastBytes = 1024;
constexpr std::size_t kMostKeyBytes = 1024;

std::uint64_t elements_of(const Record& record) {
  switch (record.type()) {
    case Type::kString:
      return record.string_length();
    case Type::kList:
      return record.collection<types::List>().size();
    case Type::kSet:
      return record.collection<types::Set>().size();
    case Type::kSortedSet:
      return record.collection<types::SortedSet>().size();
    case Type::kHash:
      return record.collection<types::Hash>().size();
    case Type::kStream:
      return record.collection<types::Stream>().size();
  }
  return 0;
}

}  // namespace

void BigKeys::note(std::uint32_t database, const Record& record) {
  // A small string is told by its record alone, without a look at what it points to.
  if (!record.has_items()) return;
  const std::size_t bytes = record.memory_bytes();
  const auto larger = [](const Found& a, const Found& b) { return a.bytes > b.bytes; };
  const bool full = found_.size() == kMostKept;
  if (bytes < kLeastBytes || (full && bytes <= found_.front().bytes) ||
      record.key().size() > kMostKeyBytes) {
    return;
  }
  if (full) {
    std::pop_heap(found_.begin(), found_.end(), larger);
    found_.pop_back();
  }
  found_.push_back({bytes, database, std::string(record.key())});
  std::push_heap(found_.begin(), found_.end(), larger);
}

void BigKeys::end_round() {
  database_ = 0;
  ++rounds_;
  before_ = std::exchange(found_, {});
}

void BigKeys::tick() {
  const std::int64_t until_ns = clock_.monotonic_ns() + kSliceNs;
  for (std::size_t step = 0; step < kMostSteps; ++step) {
    const auto number = static_cast<std::uint32_t>(database_);
    const keyspace::Database& database = keyspace_.database(database_);
    cursor_ = database.size() == 0
                  ? 0
                  : database.scan(cursor_, [&](const Record& record) { note(number, record); });
    if (cursor_ == 0 && ++database_ == keyspace_.database_count()) {
      return end_round();
    }
    if (clock_.monotonic_ns() >= until_ns) return;
  }
}

std::vector<BigKeys::Entry> BigKeys::largest(std::size_t most) {
  std::set<std::pair<std::uint32_t, std::string_view>> seen;
  std::vector<Entry> entries;
  for (const std::vector<Found>* round : {&found_, &before_}) {
    for (const Found& found : *round) {
      if (!seen.emplace(found.database, found.key).second) {
        continue;
      }
      keyspace::Database& database = keyspace_.database(found.database);
      const keyspace::Key key = keyspace_.key(found.key);
      // One that is past its time is left to those who remove such keys.
      const Record* const record = database.contains(key) ? database.peek(key) : nullptr;
      if (record != nullptr && record->memory_bytes() >= kLeastBytes) {
        entries.push_back({found.database, found.key, record->type(), record->memory_bytes(),
                           elements_of(*record)});
      }
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.bytes > b.bytes; });
  entries.resize(std::min(most, entries.size()));
  return entries;
}

}  // namespace sorrel::server
