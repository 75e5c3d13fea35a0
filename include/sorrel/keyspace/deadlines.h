// SPDX-License-Identifier: BSD-3-Clause
//
// The deadlines of a database in order, so that an expired key goes on time and none is looked
// for by sampling. An ordered tree of (deadline, record), 16 bytes an entry at about 85 % full,
// by deadline first and by the record's address then. One thread.
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
