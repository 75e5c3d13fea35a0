// SPDX-License-Identifier: BSD-3-Clause
//
// Checksums of the log, in annotation lines that Redis passes over:
//
//   #CRC:<covered>:<unsynced>:<checksum>\r\n
//
// covered: how many bytes before this line it vouches for; they begin behind the line before it, or
// at the file's front (behind an image). unsynced: how many bytes before this line were not known
// to be durable when it was written. checksum: CRC64 (base/crc.h) of the covered bytes and then of
// the line up to here, 16 hexadecimal digits. Numbers are relative, so a log from which whole
// stretches were taken is as good as before.
//
// A line is written when an interval's worth of bytes was, and once there is one, before every
// sync: so in a file with lines what stands behind the last was never known to be durable. A file
// too short for a line is as Redis writes it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sorrel::persist {

struct SealLine {
  static constexpr std::string_view kBegin = "#CRC:";
  // With its end; longer ones are not ours. Redis takes lines of up to 127 bytes.
  static constexpr std::size_t kMaxBytes = 72;

  std::uint64_t covered = 0;
  std::uint64_t unsynced = 0;
  std::uint64_t checksum = 0;
  std::string_view summed;  // its own bytes that the checksum includes
  std::size_t bytes = 0;    // with its end
};

// Reads a line at the front of `bytes`, whole with its end.
std::optional<SealLine> read_seal(std::string_view bytes);

// How a file is to be sealed from here on.
struct SealState {
  std::uint64_t interval_bytes = 0;  // 0: not at all
  bool begun = false;                // there is a line already
  // Of what stands behind the last line:
  std::uint64_t covered = 0;
  std::uint64_t checksum = 0;
};

class LogSealer {
 public:
  explicit LogSealer(const SealState& state) : state_(state) {}

  void add(std::string_view bytes);
  // Whether a line belongs behind what was added.
  bool due(bool before_sync) const {
    return state_.interval_bytes != 0 && (state_.covered >= state_.interval_bytes ||
                                          (before_sync && state_.begun && state_.covered > 0));
  }
  const SealState& state() const { return state_; }
  // It. What is added next comes behind it.
  std::string line(std::uint64_t unsynced);

 private:
  SealState state_;
};

}  // namespace sorrel::persist
