// SPDX-License-Identifier: BSD-3-Clause
//
// Ziplists. An entry tells the length of the one before it, so that a list can be walked from its
// end; both that chain and the header must agree with what a walk from the beginning finds.
//
//   00xxxxxx                  string of up to 63 bytes
//   01xxxxxx x                string of up to 16383 bytes, big end first
//   10...... u32              string of any length, big end first
//   11000000 i16  11010000 i32  11100000 i64  11110000 i24  11111110 i8
//   1111xxxx                  the integer xxxx - 1, from 0 to 12
#include <cstring>

#include <sorrel/base/numbers.h>

#include "blocks.h"
#include "input.h"

namespace sorrel::persist::rdb {
namespace {

constexpr std::size_t kHeader = 10;
constexpr std::uint32_t kUnknownCount = 65535;
constexpr std::uint8_t kEnd = 0xff;
constexpr std::uint8_t kLongLength = 0xfe;

constexpr std::uint8_t kInteger16 = 0xc0;
constexpr std::uint8_t kInteger32 = 0xd0;
constexpr std::uint8_t kInteger64 = 0xe0;
constexpr std::uint8_t kInteger24 = 0xf0;
constexpr std::uint8_t kInteger8 = 0xfe;
constexpr std::uint8_t kFirstSmall = 0xf1;
constexpr std::uint8_t kLastSmall = 0xfd;

std::int64_t integer_entry(Input& walk, std::uint8_t encoding) {
  switch (encoding) {
    case kInteger8:
      return walk.integer(1);
    case kInteger16:
      return walk.integer(2);
    case kInteger24:
      return walk.integer(3);
    case kInteger32:
      return walk.integer(4);
    case kInteger64:
      return walk.integer(8);
    default:
      break;
  }
  if (encoding < kFirstSmall || encoding > kLastSmall) {
    walk.fail(Failure::kMalformed, "an entry of an unknown encoding");
  }
  return encoding - kFirstSmall;
}

std::string_view string_entry(Input& walk, std::uint8_t encoding) {
  switch (encoding >> 6) {
    case 0:
      return walk.take(encoding);
    case 1: {
      const std::size_t high = encoding & 0x3fU;
      return walk.take(high << 8 | walk.byte());
    }
    default:
      return walk.take(walk.big(4));
  }
}

std::uint32_t little(std::string_view bytes, std::size_t place, std::size_t width) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + place, width);
  return value;
}

}  // namespace

bool read_ziplist(std::string_view block, const Emit& emit) {
  if (block.size() <= kHeader || little(block, 0, 4) != block.size() ||
      static_cast<std::uint8_t>(block.back()) != kEnd) {
    return false;
  }
  const std::string_view entries = block.substr(kHeader, block.size() - kHeader - 1);
  Input walk(entries);
  std::uint64_t last = 0;
  std::uint64_t last_size = 0;
  std::size_t count = 0;
  char scratch[base::kMaxIntegerText];
  while (walk.ok() && !walk.at_end()) {
    const std::uint64_t begin = walk.offset();
    std::uint64_t before = walk.byte();
    if (before >= kLongLength) {
      before = before == kEnd ? UINT64_MAX : walk.little32();
    }
    const std::uint8_t encoding = walk.byte();
    std::string_view text;
    if (encoding >= kInteger16) {
      const std::int64_t value = integer_entry(walk, encoding);
      text = {scratch, base::format_integer(value, scratch)};
    } else {
      text = string_entry(walk, encoding);
    }
    if (!walk.ok() || before != last_size || !emit(text)) {
      return false;
    }
    last = begin;
    last_size = walk.offset() - begin;
    ++count;
  }
  const std::uint32_t told = little(block, 8, 2);
  return walk.ok() && little(block, 4, 4) == kHeader + last &&
         (told == count || told == kUnknownCount);
}

}  // namespace sorrel::persist::rdb
