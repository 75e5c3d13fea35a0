// SPDX-License-Identifier: BSD-3-Clause
//
// Reading and writing one run of a sparse HyperLogLog; the format is drawn in
// sorrel/types/hyperloglog.h. Every read is bounded by the end of the bytes. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <sorrel/types/hyperloglog.h>

namespace sorrel::types::hyperloglog {

inline constexpr std::size_t kMaxZeroRun = 64;
inline constexpr std::size_t kMaxValueRun = 4;
inline constexpr std::uint8_t kMaxSparseHeight = 32;

// Registers of the same height.
struct Run {
  std::uint8_t height = 0;
  std::uint8_t bytes = 1;
  std::uint16_t length = 1;
};

// The run that begins at `at`. Requires: at < bytes.size(). Returns: nullopt when it is cut off.
inline std::optional<Run> run_at(std::string_view bytes, std::size_t at) {
  const unsigned first = static_cast<unsigned char>(bytes[at]);
  if ((first & 0x80) != 0) {
    return Run{static_cast<std::uint8_t>((first >> 2 & 0x1f) + 1), 1,
               static_cast<std::uint16_t>((first & 3) + 1)};
  }
  if ((first & 0x40) == 0) {
    return Run{0, 1, static_cast<std::uint16_t>((first & 0x3f) + 1)};
  }
  if (at + 1 == bytes.size()) {
    return std::nullopt;
  }
  const unsigned second = static_cast<unsigned char>(bytes[at + 1]);
  return Run{0, 2, static_cast<std::uint16_t>(((first & 0x3f) << 8 | second) + 1)};
}

// A few runs being written.
class RunWriter {
 public:
  // Requires: height 0 and length up to 16384, or height up to 32 and length up to 4; length 0
  // writes nothing.
  void add(std::uint8_t height, std::size_t length) {
    if (length == 0) {
      return;
    }
    if (height != 0) {
      put(0x80U | static_cast<unsigned>(height - 1) << 2 | static_cast<unsigned>(length - 1));
    } else if (length <= kMaxZeroRun) {
      put(static_cast<unsigned>(length - 1));
    } else {
      put(0x40U | static_cast<unsigned>((length - 1) >> 8));
      put(static_cast<unsigned>((length - 1) & 0xff));
    }
  }
  std::string_view bytes() const { return {bytes_, size_}; }

 private:
  void put(unsigned byte) { bytes_[size_++] = static_cast<char>(byte); }

  char bytes_[8];
  std::size_t size_ = 0;
};

}  // namespace sorrel::types::hyperloglog
