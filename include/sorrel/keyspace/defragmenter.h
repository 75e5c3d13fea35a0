// SPDX-License-Identifier: BSD-3-Clause
//
// Active defragmentation of the keyspace: a pass through all databases that moves records, compact
// collections, long strings, and the members and fields of large collections to where the item heap
// gathers them, so that slabs of which little is used become empty. Nodes of trees, lists and
// streams stay, and what is larger than a page.
//
// Nothing of it can be told from outside but the memory: commands may run between any two steps.
// Lifetime: within the keyspace's; one at a time. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sorrel/keyspace/keyspace.h>

namespace sorrel::keyspace {

class Defragmenter {
 public:
  explicit Defragmenter(Keyspace& keyspace) : keyspace_(keyspace) {}
  ~Defragmenter() { stop(); }
  Defragmenter(const Defragmenter&) = delete;
  Defragmenter& operator=(const Defragmenter&) = delete;

  // What all passes so far have done.
  struct Statistics {
    std::uint64_t moved = 0;   // records, members and fields
    std::uint64_t stayed = 0;  // and those that lay well
    std::uint64_t keys_moved = 0;
    std::uint64_t keys_stayed = 0;
  };
  const Statistics& statistics() const { return statistics_; }
  void reset_statistics() { statistics_ = {}; }

  bool running() const { return running_; }
  // Begins a pass. Requires: !running().
  void begin();
  // Goes on with it by some hundred items at most. Requires: running(), no snapshot.
  void step();
  // Ends it, wherever it is.
  void stop();
  // Bytes that the last pass would have gathered if it could have moved what held them.
  std::size_t left_bytes() const { return left_bytes_; }

 private:
  void step_records();
  void step_value();
  void count(const base::Defragmented& done);

  Keyspace& keyspace_;
  bool running_ = false;
  std::size_t database_ = 0;
  std::uint64_t cursor_ = 0;           // in its index
  std::vector<Record*> met_;           // by a step, with values to go through
  std::vector<std::string> to_enter_;  // the keys of those of them that take steps of their own
  std::uint64_t value_cursor_ = 0;     // in the last one's value
  bool value_moved_ = false;
  std::size_t left_bytes_ = 0;
  Statistics statistics_;
};

}  // namespace sorrel::keyspace
