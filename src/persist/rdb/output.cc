// SPDX-License-Identifier: BSD-3-Clause
//
// Lengths and strings in their shortest form. Compression is tried where it can pay: for more than
// twenty bytes, and kept when it saves at least four, as the servers do that read this.
#include "output.h"

#include <limits>

#include <liblzf/lzf.h>

#include <sorrel/base/crc.h>
#include <sorrel/base/numbers.h>

namespace sorrel::persist::rdb {
namespace {

constexpr std::size_t kPiece = std::size_t{256} * 1024;
constexpr std::size_t kMostIntegerText = 11;
constexpr std::size_t kLeastCompressed = 21;
constexpr std::size_t kLeastSaved = 4;

constexpr std::uint8_t encoded(unsigned how) {
  return static_cast<std::uint8_t>(kEncoded << 6 | how);
}

}  // namespace

void Output::raw(std::string_view bytes) {
  bytes_.append(bytes);
  if (sink_ && bytes_.size() >= kPiece) {
    flush();
  }
}

void Output::flush() {
  handed_on_checksum_ = checksum();
  sink_(bytes_);
  bytes_.clear();
}

std::uint64_t Output::checksum() const { return base::crc64(bytes_, handed_on_checksum_); }

void Output::length(std::uint64_t value) {
  if (value < 1U << 6) {
    byte(static_cast<std::uint8_t>(value));
    return;
  }
  if (value < 1U << 14) {
    byte(static_cast<std::uint8_t>(kLength14 << 6 | value >> 8));
    byte(static_cast<std::uint8_t>(value & 0xff));
    return;
  }
  const bool fits = value <= std::numeric_limits<std::uint32_t>::max();
  byte(fits ? kLength32 : kLength64);
  for (int shift = fits ? 24 : 56; shift >= 0; shift -= 8) {
    byte(static_cast<std::uint8_t>(value >> shift & 0xff));
  }
}

void Output::string(std::string_view text) {
  if (integer(text) || compressed(text)) {
    return;
  }
  length(text.size());
  raw(text);
}

bool Output::integer(std::string_view text) {
  if (text.size() > kMostIntegerText) {
    return false;
  }
  const auto value = base::parse_integer(text);
  if (!value) {
    return false;
  }
  if (*value >= INT8_MIN && *value <= INT8_MAX) {
    byte(encoded(kInteger8));
    number(static_cast<std::int8_t>(*value));
  } else if (*value >= INT16_MIN && *value <= INT16_MAX) {
    byte(encoded(kInteger16));
    number(static_cast<std::int16_t>(*value));
  } else if (*value >= INT32_MIN && *value <= INT32_MAX) {
    byte(encoded(kInteger32));
    number(static_cast<std::int32_t>(*value));
  } else {
    return false;
  }
  return true;
}

bool Output::compressed(std::string_view text) {
  if (!options_.compress || text.size() < kLeastCompressed ||
      text.size() > std::numeric_limits<unsigned>::max()) {
    return false;
  }
  scratch_.resize(text.size() - kLeastSaved);
  const unsigned size = lzf_compress(text.data(), static_cast<unsigned>(text.size()),
                                     scratch_.data(), static_cast<unsigned>(scratch_.size()));
  if (size == 0) {
    return false;
  }
  byte(encoded(kCompressed));
  length(size);
  length(text.size());
  raw({scratch_.data(), size});
  return true;
}

}  // namespace sorrel::persist::rdb
