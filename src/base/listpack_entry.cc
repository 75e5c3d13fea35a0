// SPDX-License-Identifier: BSD-3-Clause
//
// Encoding one entry of a listpack; listpack.h draws the format. The length behind an entry is
// written big end first, seven bits a byte, with the high bit on all but the first: so it can be
// read from its last byte on. Its own size follows from the length.
#include <cstring>

#include <sorrel/base/listpack_entry.h>
#include <sorrel/base/numbers.h>

#include "listpack_layout.h"

namespace sorrel::base {

using namespace listpack;

ListpackEntry::ListpackEntry(std::string_view text) {
  if (const auto value = parse_integer(text)) {
    encode_integer(*value);
  } else {
    encode_string(text);
  }
  finish();
}

ListpackEntry::ListpackEntry(std::int64_t value) {
  encode_integer(value);
  finish();
}

void ListpackEntry::put_bytes(std::uint64_t value, unsigned bytes) {
  for (; bytes > 0; --bytes, value >>= 8) put(static_cast<unsigned>(value & 0xff));
}

void ListpackEntry::encode_integer(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  const auto fits = [value](unsigned width) {
    const std::int64_t half = std::int64_t{1} << (width - 1);
    return value >= -half && value < half;
  };
  if (value >= 0 && value < 128) {
    put(static_cast<unsigned>(value));
  } else if (fits(13)) {
    put(kInteger13 | static_cast<unsigned>(bits >> 8 & 0x1f));
    put(static_cast<unsigned>(bits & 0xff));
  } else {
    const unsigned width = fits(16) ? 2 : fits(24) ? 3 : fits(32) ? 4 : 8;
    put(width == 8 ? kInteger64 : kInteger16 + width - 2);
    put_bytes(bits, width);
  }
}

void ListpackEntry::encode_string(std::string_view text) {
  data_ = text;
  const std::size_t length = text.size();
  if (length < 64) {
    put(kString6 | static_cast<unsigned>(length));
  } else if (length < 4096) {
    put(kString12 | static_cast<unsigned>(length >> 8));
    put(static_cast<unsigned>(length & 0xff));
  } else {
    put(kString32);
    put_bytes(length, 4);
  }
}

void ListpackEntry::finish() {
  const std::size_t length = head_bytes_ + data_.size();
  tail_bytes_ = static_cast<std::uint8_t>(tail_bytes(length));
  bytes_ = length + tail_bytes_;
}

char* ListpackEntry::write(char* to) const {
  std::memcpy(to, head_.data(), head_bytes_);
  to += head_bytes_;
  if (!data_.empty()) std::memcpy(to, data_.data(), data_.size());
  to += data_.size();
  const std::size_t length = bytes_ - tail_bytes_;
  for (unsigned i = 0; i < tail_bytes_; ++i) {
    const unsigned bits = length >> (7 * i) & 0x7f;
    to[tail_bytes_ - 1 - i] = static_cast<char>(i + 1U < tail_bytes_ ? bits | 0x80 : bits);
  }
  return to + tail_bytes_;
}

}  // namespace sorrel::base
