// SPDX-License-Identifier: BSD-3-Clause
//
// When the keyspace's items are gathered (activedefrag), and how much of the time that may take: a
// pass begins when enough memory is wasted, and goes on in slices at the ends of turns, a share of
// the time that grows with the waste. It rests while a snapshot is taken. One thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sorrel/keyspace/defragmenter.h>

namespace sorrel::server {

class Server;

class Defragmentation {
 public:
  explicit Defragmentation(Server& server);

  // Begins or ends a pass, as things are. Every tenth of a second.
  void tick();
  // A slice, if one is due; at the end of each turn.
  void turn();
  // When the next slice is due, by the monotonic clock; INT64_MAX: no pass is under way.
  std::int64_t due_ns() const;

  // Per cent of the time; 0: no pass is under way.
  std::int64_t share() const { return defragmenter_.running() ? share_ : 0; }
  std::int64_t total_ns() const;
  std::int64_t current_ns() const;
  const keyspace::Defragmenter::Statistics& statistics() const {
    return defragmenter_.statistics();
  }
  void reset_statistics();

 private:
  // Per cent of the time that so many per cent of waste are worth, and that are worth any.
  std::int64_t share_for(std::size_t percent) const;
  std::int64_t most_share() const;
  // Whether nothing is to be done in this turn.
  bool rests() const;
  bool worth_it(std::size_t percent, std::size_t wasted, std::size_t gatherable);

  Server& server_;
  keyspace::Defragmenter defragmenter_;
  std::int64_t share_ = 0;
  std::int64_t due_ns_ = 0;
  std::int64_t began_ns_ = 0;
  std::int64_t total_ns_ = 0;  // that passes were under way, without this one
  std::size_t given_up_ = 0;   // gatherable bytes that the last pass has left
};

}  // namespace sorrel::server
