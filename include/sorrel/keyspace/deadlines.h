// SPDX-License-Identifier: BSD-3-Clause
//
// The deadlines of a database in order, so that an expired key goes on time and none is looked
// for by sampling. An ordered tree of (time, record), 16 bytes an entry at about 85 % full, by time
// first and by the record's address then. The time is the deadline, or an earlier one at which it
// is to be looked at: see Record::filed_ms(). One thread.
#pragma once

#include <cstdint>
#include <functional>

#include <sorrel/base/counted_tree.h>

namespace sorrel::keyspace {

class Record;

struct DeadlineOrder {
  using Key = std::int64_t;  // Unix milliseconds
  using Value = Record*;
  static bool value_less(Record* a, Record* b) { return std::less<>()(a, b); }
};

using Deadlines = base::CountedTree<DeadlineOrder>;

}  // namespace sorrel::keyspace
