// SPDX-License-Identifier: BSD-3-Clause
//
// Lengths, strings and numbers out of untrusted bytes. Multi-byte lengths are written big end
// first, everything else little end first.
#include "input.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <liblzf/lzf.h>

#include <sorrel/base/crc.h>
#include <sorrel/base/numbers.h>

#include "format.h"

namespace sorrel::persist::rdb {
namespace {

constexpr std::size_t kPiece = std::size_t{1024} * 1024;
constexpr std::size_t kWindow = std::size_t{64} * 1024;
// Three bytes of LZF make at most 264 of text.
constexpr std::uint64_t kMostExpansion = 88;

// Requires: bytes.size() <= 8.
std::uint64_t little(std::string_view bytes) {
  std::uint64_t value = 0;
  if (!bytes.empty()) {
    std::memcpy(&value, bytes.data(), bytes.size());
  }
  return value;
}

}  // namespace

std::string_view describe(Failure failure) {
  switch (failure) {
    case Failure::kNone:
      return "no failure";
    case Failure::kTruncated:
      return "unexpected end";
    case Failure::kMalformed:
      return "malformed";
    case Failure::kEmpty:
      return "empty collection";
    case Failure::kUnknown:
      return "unknown kind";
  }
  return "failure";
}

void Input::fail(Failure failure, std::string_view reason) {
  if (failure_ == Failure::kNone) {
    failure_ = failure;
    reason_ = reason;
    end_ = place_;
  }
}

void Input::forgive_empty() {
  if (failure_ == Failure::kEmpty) {
    failure_ = Failure::kNone;
  }
}

// Opens the window for at least `count` bytes. Returns: whether they are there.
bool Input::fetch(std::uint64_t count) {
  if (!ok()) {
    return false;
  }
  if (source_) {
    fill(count);
    end_ = place_ + std::min<std::uint64_t>(available(), std::max<std::uint64_t>(count, kWindow));
  } else {
    end_ = filled_;
  }
  return end_ - place_ >= count;
}

bool Input::fetch_or_fail(std::uint64_t count) {
  if (fetch(count)) {
    return true;
  }
  fail(Failure::kTruncated, "the bytes end within a value");
  return false;
}

// Gets bytes from the source until `count` are at hand, or no more come.
void Input::fill(std::uint64_t count) {
  if (on_work_) {
    on_work_();
  }
  if (available() >= count) {
    return;
  }
  settle_sum();
  if (available() != 0) {
    std::memmove(room_.get(), data_ + place_, available());
  }
  before_ += place_;
  filled_ -= place_;
  place_ = 0;
  summed_ = 0;
  while (filled_ < count) {
    grow(count);
    const std::size_t got = source_({room_.get() + filled_, capacity_ - filled_});
    if (got == 0) {
      return;
    }
    filled_ += got;
    if (on_work_) {
      on_work_();
    }
  }
}

// Makes room for more bytes: twice of those that arrived, whatever is wanted.
void Input::grow(std::uint64_t count) {
  const bool too_large = capacity_ > 4 * kPiece && count <= kPiece && filled_ <= kPiece / 2;
  if (filled_ < capacity_ && !too_large) {
    return;
  }
  capacity_ = too_large ? kPiece : filled_ + std::max(kPiece, filled_);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
  if (filled_ != 0) {
    std::memcpy(larger.get(), room_.get(), filled_);
  }
  room_ = std::move(larger);
  data_ = room_.get();
}

void Input::settle_sum() {
  if (summing_) {
    checksum_ = base::crc64({data_ + summed_, place_ - summed_}, checksum_);
    summed_ = place_;
  }
}

std::uint64_t Input::checksum() {
  settle_sum();
  return checksum_;
}

std::uint32_t Input::little32() { return static_cast<std::uint32_t>(little(take(4))); }

std::uint64_t Input::little64() { return little(take(8)); }

std::int64_t Input::integer(unsigned bytes) {
  const unsigned unused = 64 - 8 * bytes;
  // The sign is the highest bit of the last byte.
  return static_cast<std::int64_t>(little(take(bytes)) << unused) >> unused;
}

std::uint64_t Input::big(unsigned bytes) {
  std::uint64_t value = 0;
  for (const char byte : take(bytes)) {
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  return value;
}

std::uint64_t Input::long_length(std::uint8_t first) {
  switch (first >> 6) {
    case kLength14:
      return (first & 0x3fU) << 8 | byte();
    case kLengthLong:
      if (first == kLength32) {
        return big(4);
      }
      if (first == kLength64) {
        return big(8);
      }
      break;
    default:
      break;
  }
  fail(Failure::kMalformed, "no length where one must be");
  return 0;
}

std::string_view Input::string(std::string& scratch) {
  const std::string_view text = view(scratch);
  if (!source_ || text.data() == scratch.data()) {
    return text;
  }
  scratch.assign(text);
  return scratch;
}

std::string_view Input::long_string(std::uint8_t first, std::string& scratch) {
  if (first >> 6 != kEncoded) {
    return take(long_length(first));
  }
  switch (first & 0x3fU) {
    case kInteger8:
      return integer_string(1, scratch);
    case kInteger16:
      return integer_string(2, scratch);
    case kInteger32:
      return integer_string(4, scratch);
    case kCompressed:
      return compressed_string(scratch);
    default:
      fail(Failure::kMalformed, "a string of an unknown encoding");
      return {};
  }
}

std::string_view Input::integer_string(unsigned bytes, std::string& scratch) {
  const std::int64_t value = integer(bytes);
  scratch.resize(base::kMaxIntegerText);
  scratch.resize(base::format_integer(value, scratch.data()));
  return scratch;
}

std::string_view Input::compressed_string(std::string& scratch) {
  constexpr std::uint64_t kMost = std::numeric_limits<unsigned>::max();
  const std::uint64_t compressed_size = length();
  const std::uint64_t size = length();
  const std::string_view compressed = take(compressed_size);
  if (!ok()) {
    return {};
  }
  if (size == 0 || size > kMost || size / kMostExpansion > compressed_size ||
      compressed_size > kMost) {
    fail(Failure::kMalformed, "an impossible length of a compressed string");
    return {};
  }
  scratch.resize(static_cast<std::size_t>(size));
  if (lzf_decompress(compressed.data(), static_cast<unsigned>(compressed_size), scratch.data(),
                     static_cast<unsigned>(size)) != size) {
    fail(Failure::kMalformed, "a compressed string that does not unpack");
    return {};
  }
  return scratch;
}

double Input::binary_score() {
  const std::uint64_t bits = little64();
  double score = 0;
  std::memcpy(&score, &bits, sizeof score);
  if (std::isnan(score)) {
    fail(Failure::kMalformed, "a score that is no number");
    return 0;
  }
  return score;
}

double Input::text_score() {
  constexpr std::uint8_t kNan = 253;
  constexpr std::uint8_t kInfinity = 254;
  constexpr std::uint8_t kNegativeInfinity = 255;
  const std::uint8_t size = byte();
  if (size == kInfinity) {
    return std::numeric_limits<double>::infinity();
  }
  if (size == kNegativeInfinity) {
    return -std::numeric_limits<double>::infinity();
  }
  const auto score = size == kNan ? std::nullopt : base::parse_double(take(size));
  if (!score) {
    fail(Failure::kMalformed, "a score that is no number");
  }
  return score.value_or(0);
}

std::size_t Input::room_for(std::uint64_t count, std::size_t least) const {
  constexpr std::size_t kTrusted = std::size_t{64} * 1024;
  const std::size_t known = source_ ? std::max(kTrusted, available()) : available();
  return static_cast<std::size_t>(std::min<std::uint64_t>(count, known / least));
}

}  // namespace sorrel::persist::rdb
