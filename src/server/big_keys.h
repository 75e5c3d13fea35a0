// SPDX-License-Identifier: BSD-3-Clause
//
// Which keys take most memory, always on and of bounded cost: a walk through the keyspace that goes
// a few keys further every tenth of a second, without end. What it finds is kept by size, a fixed
// number of keys; when they are asked for, each is looked up again, so that sizes are those of now
// and keys that have gone are not shown.
//
// A key that has grown since the walk passed it is found in the next round: some seconds for a
// hundred thousand keys, some hours for a hundred million. Cost: about a thousandth of one
// processor. Keys of less than a kilobyte, or with a name of more than one, are passed over.
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sorrel/base/clock.h>
#include <sorrel/keyspace/keyspace.h>

namespace sorrel::server {

class BigKeys {
 public:
  static constexpr std::size_t kMostKept = 64;

  BigKeys(keyspace::Keyspace& keyspace, const base::Clock& clock)
      : keyspace_(keyspace), clock_(clock) {}

  // Goes on with the walk; every tenth of a second, while no data is being loaded.
  void tick();

  struct Entry {
    std::uint32_t database = 0;
    std::string key;
    keyspace::Type type = keyspace::Type::kString;
    std::size_t bytes = 0;
    std::uint64_t elements = 0;  // of a string: its bytes
  };
  // The largest ones, as they are now. Cost: that of looking up those that are kept.
  std::vector<Entry> largest(std::size_t most);
  // How often the walk has come round.
  std::uint64_t rounds() const { return rounds_; }

 private:
  struct Found {
    std::size_t bytes = 0;
    std::uint32_t database = 0;
    std::string key;
  };

  void note(std::uint32_t database, const keyspace::Record& record);
  void end_round();

  keyspace::Keyspace& keyspace_;
  const base::Clock& clock_;
  std::size_t database_ = 0;
  std::uint64_t cursor_ = 0;
  std::uint64_t rounds_ = 0;
  std::vector<Found> found_;   // in this round, a heap with the smallest in front
  std::vector<Found> before_;  // in the last whole one
};

}  // namespace sorrel::server
