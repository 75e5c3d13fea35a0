// SPDX-License-Identifier: BSD-3-Clause
//
// Intsets and listpacks. An intset's integers are all of one width, ascending and distinct, and
// fill the block to its end.
#include <cstring>
#include <optional>

#include <sorrel/base/listpack.h>
#include <sorrel/base/numbers.h>

#include "blocks.h"

namespace sorrel::persist::rdb {
namespace {

constexpr std::size_t kHeader = 8;

std::uint32_t little32(std::string_view bytes, std::size_t place) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

std::int64_t integer_at(std::string_view bytes, std::size_t place, std::size_t width) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + place, width);
  const auto unused = static_cast<unsigned>(64 - 8 * width);
  return static_cast<std::int64_t>(value << unused) >> unused;
}

}  // namespace

bool read_intset(std::string_view block, const std::function<bool(std::int64_t)>& emit) {
  if (block.size() < kHeader) {
    return false;
  }
  const std::size_t width = little32(block, 0);
  const std::size_t count = little32(block, 4);
  if ((width != 2 && width != 4 && width != 8) || block.size() - kHeader != count * width) {
    return false;
  }
  std::optional<std::int64_t> before;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t value = integer_at(block, kHeader + i * width, width);
    if ((before && *before >= value) || !emit(value)) {
      return false;
    }
    before = value;
  }
  return true;
}

bool canonical_listpack(std::string_view block) {
  if (!base::listpack_valid(block)) {
    return false;
  }
  const auto& pack = *reinterpret_cast<const base::Listpack*>(block.data());
  for (std::uint32_t at = pack.begin(); at != pack.end(); at = pack.next(at)) {
    const base::ListpackValue value = pack.get(at);
    if (!value.is_integer && base::parse_integer(value.bytes)) {
      return false;
    }
  }
  return true;
}

bool read_listpack(std::string_view block, const Emit& emit) {
  if (!base::listpack_valid(block)) {
    return false;
  }
  const auto& pack = *reinterpret_cast<const base::Listpack*>(block.data());
  char scratch[base::kMaxIntegerText];
  for (std::uint32_t at = pack.begin(); at != pack.end(); at = pack.next(at)) {
    if (!emit(pack.get(at).text(scratch))) {
      return false;
    }
  }
  return true;
}

}  // namespace sorrel::persist::rdb
