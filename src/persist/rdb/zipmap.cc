// SPDX-License-Identifier: BSD-3-Clause
//
// Zipmaps: the small hashes of Redis up to 2.4, which images of that time may hold still. A length
// is one byte below 254, or 254 and four bytes; 255 ends the map. Behind a value some bytes may be
// unused, left over from a longer one.
#include "blocks.h"
#include "input.h"

namespace sorrel::persist::rdb {
namespace {

constexpr std::uint8_t kLong = 254;
constexpr std::uint8_t kEnd = 255;

std::uint64_t length(Input& walk) {
  const std::uint8_t first = walk.byte();
  if (first == kEnd) {
    walk.fail(Failure::kMalformed, "an end within a zipmap");
  }
  return first == kLong ? walk.little32() : first;
}

}  // namespace

bool read_zipmap(std::string_view block, const Emit& emit) {
  if (block.size() < 2 || static_cast<std::uint8_t>(block.back()) != kEnd) {
    return false;
  }
  const auto told = static_cast<std::uint8_t>(block[0]);
  Input walk(block.substr(1, block.size() - 2));
  std::size_t pairs = 0;
  while (walk.ok() && !walk.at_end()) {
    const std::string_view field = walk.take(length(walk));
    const std::uint64_t size = length(walk);
    const std::uint8_t unused = walk.byte();
    const std::string_view value = walk.take(size);
    walk.take(unused);
    if (!walk.ok() || !emit(field) || !emit(value)) {
      return false;
    }
    ++pairs;
  }
  return walk.ok() && pairs != 0 && (told >= kLong || told == pairs);
}

}  // namespace sorrel::persist::rdb
