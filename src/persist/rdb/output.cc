// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers, and strings that are numbers, in their shortest form; and when a piece goes.
#include "output.h"

#include <cstdint>
#include <utility>

#include <sorrel/base/crc.h>
#include <sorrel/base/numbers.h>

namespace sorrel::persist::rdb {
namespace {

constexpr std::size_t kPiece = std::size_t{128} * 1024;
// What is written between two looks at the size of a piece, most of the time.
constexpr std::size_t kSlack = std::size_t{8} * 1024;
constexpr std::size_t kMostIntegerText = 11;

constexpr std::uint8_t encoded(unsigned how) {
  return static_cast<std::uint8_t>(kEncoded << 6 | how);
}

}  // namespace

Output::Output(const Options& options, PieceSink sink)
    : options_(options), piece_sink_(std::move(sink)) {
  bytes_.reserve(kPiece + kSlack);
}

void Output::raw(std::string_view bytes) {
  bytes_.append(bytes);
  settle();
}

void Output::settle() {
  if (bytes_.size() >= kPiece && (defers() || sink_)) {
    flush();
  }
}

void Output::flush() {
  if (defers()) {
    piece_sink_({std::exchange(bytes_, {}), std::exchange(marks_, {}), /*sealed=*/false});
    bytes_.reserve(kPiece + kSlack);
    return;
  }
  handed_on_checksum_ = checksum();
  sink_(bytes_);
  bytes_.clear();
}

void Output::flush_sealed() {
  piece_sink_({std::exchange(bytes_, {}), std::exchange(marks_, {}), /*sealed=*/true});
}

std::uint64_t Output::checksum() const { return base::crc64(bytes_, handed_on_checksum_); }

void Output::begin_string(std::size_t size) {
  if (options_.compress && compressible(size)) {
    marks_.push_back({static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(size)});
  } else {
    length(size);
  }
}

void Output::string(std::string_view text) {
  if (integer(text)) {
    settle();
    return;
  }
  if (defers()) {
    begin_string(text.size());
    raw(text);
    return;
  }
  if (options_.compress && compressible(text.size())) {
    append_compressible(bytes_, text, scratch_);
  } else {
    length(text.size());
    bytes_.append(text);
  }
  settle();
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

}  // namespace sorrel::persist::rdb
