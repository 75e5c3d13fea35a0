// SPDX-License-Identifier: BSD-3-Clause
//
// The image of a keyspace: what an RDB file holds, what a primary sends to a new replica, what the
// base of a log may be. Written to a sink and read from a source piece by piece, so neither side
// ever holds it as a whole; where the bytes go and come from is the caller's affair.
//
//   "REDIS" version | auxiliary fields | libraries | database: number, sizes, keys ... | end |
//   CRC64
//
// The writer is told what to write, one call for each part, so that whoever walks the keyspace may
// stop between any two keys, and within a large value, too. It writes version 11 unless told
// otherwise; a value that needs a newer one is written all the same, so name 12 when hashes have
// fields with deadlines. The reader takes 1 to 12 and Valkey's 80, trusts nothing, and says at
// which byte it stopped. docs/formats.md has the details. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/record.h>
#include <sorrel/persist/rdb_piece.h>

namespace sorrel::persist {

namespace rdb {
class Output;
enum class ValueType : std::uint8_t;
}  // namespace rdb

// What is kept of the accesses to a key: nothing, how long it was idle, or how often it was used.
enum class RdbAccess : std::uint8_t { kNone, kIdleSeconds, kFrequency };

struct RdbWriteOptions {
  unsigned version = 11;
  bool compress = true;
  bool check_sum = true;  // else the checksum is 0, which readers take for none
  RdbAccess access = RdbAccess::kNone;
};

// A value on its way into an image, slice by slice. Requires: until it is whole, or thrown away,
// its record lives, and the value does not change unless it is walking: then it is written as it
// was when the walk began.
class RdbValueCursor {
 public:
  virtual ~RdbValueCursor() = default;

 protected:
  friend class RdbWriter;
  virtual bool step(rdb::Output& output, std::size_t budget) = 0;
};

class RdbWriter {
 public:
  // Gets the bytes in order, in pieces of about 128 KiB, or as large as an element.
  using Sink = std::function<void(std::string_view)>;
  // The same, to be finished elsewhere: rdb_piece.h.
  using PieceSink = std::function<void(RdbPiece)>;

  // Begins the image. Lifetime: the clock outlives the writer.
  RdbWriter(const RdbWriteOptions& options, const keyspace::AccessClock& clock, Sink sink);
  RdbWriter(const RdbWriteOptions& options, const keyspace::AccessClock& clock, PieceSink sink);
  ~RdbWriter();
  RdbWriter(const RdbWriter&) = delete;
  RdbWriter& operator=(const RdbWriter&) = delete;

  // A fact about the image or its writer ("redis-ver", "ctime" ...). Before any database.
  void auxiliary(std::string_view name, std::string_view value);
  // The code of a library of functions. Before any database.
  void library(std::string_view code);
  // What follows belongs to this database. The sizes are hints, which may be given for several
  // databases before the first key.
  void database(std::uint32_t number, std::uint64_t keys, std::uint64_t keys_with_deadline);
  // The same without hints. Costs nothing when it is that database already.
  void select(std::uint32_t number);
  // Requires: the value is not walking. Cost: O(its size).
  void key(const keyspace::Record& record);
  // The key, and of the value what stands before its elements, or all of it if it is small. Nothing
  // else may be written before go_on() has returned true.
  std::unique_ptr<RdbValueCursor> begin_key(keyspace::Record& record);
  // Writes about `budget` elements more; half a kilobyte of text counts as one.
  // Returns: true when the value is whole. Requires: budget > 0.
  bool go_on(RdbValueCursor& cursor, std::size_t budget) { return cursor.step(*output_, budget); }
  // Hands on what was written and is not a whole piece yet.
  void flush();
  // Ends the image and hands on all that is left.
  void end();

  // The whole keyspace at once, from its first database to its last.
  void keyspace(const keyspace::Keyspace& keyspace);

 private:
  void begin();
  rdb::ValueType write_name(const keyspace::Record& record);

  RdbWriteOptions options_;
  const keyspace::AccessClock& clock_;
  std::optional<std::uint32_t> database_;
  std::unique_ptr<rdb::Output> output_;
};

struct RdbLoadOptions {
  // Whether a key whose deadline has passed is left out; else it is kept, for somebody else decides
  // when it goes.
  bool drop_expired = true;
  bool check_sum = true;
  // Whether a key that is there already is replaced; else it is an error.
  bool replace = false;
  // Gets each library's code. Returns: why it is refused, or nothing. Without it libraries are an
  // error.
  std::function<std::string(std::string_view code)> library = nullptr;
  // Told of what was passed over.
  std::function<void(std::string_view text)> notice = nullptr;
  // How large the image is, if that is known: then its hints of how many keys come are believed.
  std::uint64_t bytes = 0;
  // Called about every 64 KiB of the image, also within large values, with how far it was read: a
  // moment to serve others. It may not change the keyspace, nor rely on which keys are there yet.
  std::function<void(std::uint64_t bytes)> progress = nullptr;
  // The same after each key; a server that is slowed down for a test wants to know.
  std::function<void(std::uint64_t bytes)> after_key = nullptr;
};

struct RdbLoadResult {
  std::string error;  // empty: all of it was loaded
  unsigned version = 0;
  std::uint64_t bytes = 0;  // up to the end of the image; a source may hold more
  std::uint64_t keys = 0;
  std::uint64_t expired = 0;  // left out
  std::uint64_t empty = 0;    // collections without elements, left out
  std::vector<std::pair<std::string, std::string>> auxiliary;
};

// Fills a part of the span. Returns: how many bytes; 0 at the end.
using RdbSource = std::function<std::size_t(std::span<char>)>;

// Loads an image into the keyspace. After an error what came before it is there: the caller empties
// the keyspace, or ends.
// Cost: O(image); memory: a piece of 1 MiB, or twice the largest string of the image.
RdbLoadResult load_rdb(RdbSource source, keyspace::Keyspace& keyspace,
                       const RdbLoadOptions& options);

}  // namespace sorrel::persist
