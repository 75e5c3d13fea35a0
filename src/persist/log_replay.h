// SPDX-License-Identifier: BSD-3-Clause
//
// Applies the bytes of a log to the keyspace: requests by batches through the executor, annotations
// handed to whoever reads, units between MULTI and EXEC together or not at all. It is told of bytes
// only, in order, in pieces of any size; where they come from and what is to be done about damage
// is the reader's affair. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/exec/executor.h>

namespace sorrel::persist {

// Whatever was logged once is read again, however the limits have changed since.
resp::RequestLimits replay_limits();

// How many bytes at the front are whole requests, one behind the other, and how many requests.
struct WholeRequests {
  std::size_t bytes = 0;
  std::size_t count = 0;
};
// Cost: O(bytes of them); with `limit`, it stops when it has counted so many.
WholeRequests whole_requests(std::string_view bytes, std::size_t limit = SIZE_MAX);

// A line that begins with '#', of which nothing stands in a value: with its end, or 0 bytes when
// that is not there. One with NUL bytes was never written so: there is a hole in it.
struct Annotation {
  std::size_t bytes = 0;
  bool has_hole = false;
};
Annotation annotation(std::string_view bytes);

class LogReplay {
 public:
  // Without an executor nothing is applied; requests and units are only looked at.
  explicit LogReplay(exec::Executor* executor);

  // Applies the complete requests at the front of `bytes`, which begin where the last call stopped,
  // until they end, something else than a request comes, or a batch was run.
  // Returns: how many bytes were used.
  std::size_t apply(std::string_view bytes);

  // Why it cannot go on at the byte where it stopped; empty: it can.
  const std::string& damage() const { return damage_; }
  void set_damage(std::string reason) { damage_ = std::move(reason); }
  // Forgets damage, and the unit it stands in: what is applied next stands behind it.
  void go_on();

  // Stops before the first timestamp that is later than this, Unix seconds.
  void stop_after(std::int64_t seconds) { last_second_ = seconds; }
  bool stopped() const { return stopped_; }

  bool in_unit() const { return in_unit_; }
  std::uint64_t used() const { return used_; }  // bytes
  // Up to the end of the last complete request outside of a unit.
  std::uint64_t good() const { return good_; }
  std::uint64_t commands() const { return commands_; }
  std::uint64_t errors() const { return errors_; }
  const std::string& first_error() const { return first_error_; }
  // The highest number of a SELECT that was refused, for there are fewer databases; or -1.
  std::int64_t missing_database() const { return missing_database_; }
  // Where it stands, in the file, is counted from here.
  void begin_at(std::uint64_t offset) { used_ = good_ = offset; }

 private:
  using Words = std::vector<std::string>;

  std::size_t pass_annotation(std::string_view bytes);
  std::size_t apply_batch(std::string_view bytes);
  std::size_t take(std::span<const resp::Request> requests);
  bool take_unit_part(const resp::Request& request);
  bool known(std::string_view name, std::span<const std::string_view> arguments);
  void run(std::span<const resp::Request> requests);
  void note_errors();
  void note_selects(std::span<const resp::Request> requests);
  void finish_unit();

  exec::Executor* executor_;
  exec::Session session_;
  resp::RequestParser parser_;
  resp::BatchRoom room_;
  const resp::RequestLimits limits_ = replay_limits();
  base::OutputBuffer replies_;
  std::vector<Words> unit_;
  bool in_unit_ = false;
  std::string last_name_;  // that was found to be a command
  std::string damage_;
  std::int64_t last_second_ = INT64_MAX;
  bool stopped_ = false;

  std::uint64_t used_ = 0;
  std::uint64_t good_ = 0;
  std::uint64_t commands_ = 0;
  std::uint64_t errors_ = 0;
  std::string first_error_;
  std::int64_t missing_database_ = -1;
};

}  // namespace sorrel::persist
