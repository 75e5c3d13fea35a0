// SPDX-License-Identifier: BSD-3-Clause
//
// How a snapshot becomes bytes: as an RDB image, or as commands. The encoder puts keys into pieces;
// what is left to do for a piece that needs no keyspace (compressing, summing) is done where it is
// written, in order. One thread, but for pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sorrel/keyspace/snapshot.h>
#include <sorrel/persist/rdb_file.h>

namespace sorrel::persist {

class SnapshotEncoder {
 public:
  // About a quarter of a megabyte, and how to make its final bytes. finish() is called once, on
  // any thread, for one piece after the other.
  struct Piece {
    std::size_t bytes = 0;
    std::function<std::string()> finish;
  };
  using Sink = std::function<void(Piece)>;

  virtual ~SnapshotEncoder() = default;
  // What stands before the keys.
  virtual void begin(const keyspace::Snapshot& snapshot) = 0;
  // Cost: O(size of the value).
  virtual void key(std::uint32_t database, const keyspace::Record& record) = 0;
  // The same in parts: go_on() writes about `elements` further ones, and says whether it is done.
  // One at a time, and no other key in between.
  virtual void begin_key(std::uint32_t database, keyspace::Record& record) = 0;
  virtual bool go_on(std::size_t elements) = 0;
  // Ends the data and hands on all that is left.
  virtual void end() = 0;
};

// What stands before the keys of an image.
struct ImageFacts {
  std::vector<std::pair<std::string, std::string>> auxiliary;
  std::vector<std::string> libraries;  // the code of each
  std::int64_t timestamp_s = 0;        // to be noted before commands; 0: not
};

// As commands that make the data; the auxiliary facts are left out.
std::unique_ptr<SnapshotEncoder> make_commands_encoder(ImageFacts facts,
                                                       SnapshotEncoder::Sink sink);

// Lifetime: the clock outlives the encoder.
std::unique_ptr<SnapshotEncoder> make_rdb_encoder(const RdbWriteOptions& options,
                                                  const keyspace::AccessClock& clock,
                                                  ImageFacts facts, SnapshotEncoder::Sink sink);

}  // namespace sorrel::persist
