// SPDX-License-Identifier: BSD-3-Clause
//
// A keyspace as commands that make it: what the base of a log is when it is not to be an image
// (aof-use-rdb-preamble no). RESP requests, as a client would send them:
//
//   FUNCTION LOAD | SELECT | SET | RPUSH, SADD, ZADD, HMSET of up to 64 elements each | XADD,
//   XSETID, XGROUP CREATE, XGROUP CREATECONSUMER, XCLAIM | HPEXPIREAT | PEXPIREAT
//
// The counterpart of RdbWriter, with the same parts, and like it told key by key and slice by
// slice. What commands cannot say is lost, as in Redis: when a consumer was last seen, and what is
// pending of entries that were deleted; and how long a key was idle. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sorrel/keyspace/record.h>

namespace sorrel::persist {

namespace commands {
class Requests;
}

// A value on its way, slice by slice. Requires: until it is whole, or thrown away, its record
// lives, and the value does not change unless it is walking: then it is written as it was when the
// walk began.
class CommandsCursor {
 public:
  virtual ~CommandsCursor() = default;

 protected:
  friend class CommandsWriter;
  virtual bool step(commands::Requests& requests, std::size_t budget) = 0;
};

class CommandsWriter {
 public:
  // Gets the bytes in order, in pieces of about 128 KiB, or as large as an element. A piece may end
  // within a request.
  using Sink = std::function<void(std::string)>;

  explicit CommandsWriter(Sink sink);
  ~CommandsWriter();
  CommandsWriter(const CommandsWriter&) = delete;
  CommandsWriter& operator=(const CommandsWriter&) = delete;

  // The code of a library of functions.
  void library(std::string_view code);
  // What follows belongs to this database. Costs nothing when it is that one already.
  void select(std::uint32_t number);
  // Requires: the value is not walking. Cost: O(its size).
  void key(const keyspace::Record& record);
  // The same in slices: nothing else may be written before go_on() has returned true.
  std::unique_ptr<CommandsCursor> begin_key(keyspace::Record& record);
  // Writes about `budget` elements more; half a kilobyte of text counts as one.
  // Returns: true when the value is whole. Requires: budget > 0.
  bool go_on(CommandsCursor& cursor, std::size_t budget) { return cursor.step(*requests_, budget); }
  // Hands on all that is left.
  void end();

 private:
  std::unique_ptr<commands::Requests> requests_;
  std::optional<std::uint32_t> database_;
};

}  // namespace sorrel::persist
