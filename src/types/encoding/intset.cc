// SPDX-License-Identifier: BSD-3-Clause
//
// Reading and changing an intset; intset.h draws it. Searching is a binary search over an array of
// one width, which the compiler turns into conditional moves. One thread.
#include "encoding/intset.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include <sorrel/base/block.h>

namespace sorrel::types::encoding {
namespace {

// Calls visit(zero of the integer type of this width).
template <class Visit>
auto visit_width(std::uint32_t width, Visit&& visit) {
  switch (width) {
    case sizeof(std::int16_t):
      return visit(std::int16_t{0});
    case sizeof(std::int32_t):
      return visit(std::int32_t{0});
    default:
      return visit(std::int64_t{0});
  }
}

template <class Integer>
const Integer* values_of(const Intset& set) {
  return reinterpret_cast<const Integer*>(set.data());
}

std::uint32_t width_of(std::int64_t value) {
  const auto fits = [value](auto zero) {
    using Limits = std::numeric_limits<decltype(zero)>;
    return value >= Limits::min() && value <= Limits::max();
  };
  return fits(std::int16_t{0}) ? 2 : fits(std::int32_t{0}) ? 4 : 8;
}

// The block with room for `bytes`, its contents kept up to the lesser of both sizes.
Intset* resize(Intset* set, std::size_t bytes) {
  void* memory =
      set == nullptr ? base::allocate_block(bytes) : base::resize_block(set, set->bytes(), bytes);
  return static_cast<Intset*>(memory);
}

void put(Intset& set, std::uint32_t index, std::int64_t value) {
  std::memcpy(set.data() + std::size_t{set.width} * index, &value, set.width);
}

// Makes all values wider, and leaves room for one more before them or behind.
Intset* widen(Intset* set, std::uint32_t width, bool room_before) {
  const std::uint32_t count = set->count;
  const std::uint32_t narrow = set->width;
  set = resize(set, Intset::kHeader + std::size_t{width} * (count + 1));
  // From the end, so that no value is overwritten before it was read.
  for (std::uint32_t i = count; i-- > 0;) {
    const std::int64_t value = visit_width(narrow, [&](auto zero) {
      std::memcpy(&zero, set->data() + std::size_t{narrow} * i, sizeof zero);
      return static_cast<std::int64_t>(zero);
    });
    std::memcpy(set->data() + std::size_t{width} * (room_before ? i + 1 : i), &value, width);
  }
  set->width = width;
  set->count = count + 1;
  return set;
}

}  // namespace

std::int64_t Intset::at(std::uint32_t index) const {
  return visit_width(
      width, [&](auto zero) -> std::int64_t { return values_of<decltype(zero)>(*this)[index]; });
}

Intset::Place Intset::find(std::int64_t value) const {
  return visit_width(width, [&](auto zero) -> Place {
    const auto* first = values_of<decltype(zero)>(*this);
    const auto* last = first + count;
    const auto* at = std::lower_bound(first, last, value);
    return {static_cast<std::uint32_t>(at - first), at != last && *at == value};
  });
}

Intset* intset_insert(Intset* set, std::uint32_t index, std::int64_t value) {
  if (set == nullptr) return intset_make({&value, 1});
  assert(set->count < Intset::kMaxCount && index <= set->count);
  const std::uint32_t width = width_of(value);
  if (width > set->width) {
    set = widen(set, width, value < 0);
  } else {
    const std::uint32_t behind = set->count - index;
    set = resize(set, set->bytes() + set->width);
    char* at = set->data() + std::size_t{set->width} * index;
    std::memmove(at + set->width, at, std::size_t{set->width} * behind);
    ++set->count;
  }
  put(*set, index, value);
  return set;
}

Intset* intset_erase(Intset* set, std::span<const std::uint32_t> indexes) {
  if (indexes.size() == set->count) {
    intset_free(set);
    return nullptr;
  }
  if (indexes.empty()) return set;
  const std::size_t width = set->width;
  char* to = set->data() + width * indexes[0];
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    const std::size_t from = std::size_t{indexes[i]} + 1;
    const std::size_t until = i + 1 < indexes.size() ? indexes[i + 1] : set->count;
    std::memmove(to, set->data() + width * from, width * (until - from));
    to += width * (until - from);
  }
  const auto count = static_cast<std::uint32_t>(set->count - indexes.size());
  set = resize(set, Intset::kHeader + width * count);
  set->count = count;
  return set;
}

Intset* intset_make(std::span<const std::int64_t> values) {
  assert(!values.empty());
  const std::uint32_t width = std::max(width_of(values.front()), width_of(values.back()));
  Intset* set = resize(nullptr, Intset::kHeader + width * values.size());
  *set = {width, static_cast<std::uint32_t>(values.size())};
  for (std::uint32_t i = 0; i < set->count; ++i) put(*set, i, values[i]);
  return set;
}

Intset* intset_copy(std::string_view bytes) {
  Intset* copy = resize(nullptr, bytes.size());
  std::memcpy(static_cast<void*>(copy), bytes.data(), bytes.size());
  return copy;
}

void intset_free(Intset* set) {
  if (set != nullptr) base::free_block(set, set->bytes());
}

bool intset_valid(std::string_view bytes) {
  Intset head;
  if (bytes.size() <= sizeof head) return false;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.width != 2 && head.width != 4 && head.width != 8) return false;
  if (head.count > Intset::kMaxCount || bytes.size() != head.bytes()) return false;
  return visit_width(head.width, [&](auto value) {
    auto before = value;
    for (std::uint32_t i = 0; i < head.count; ++i, before = value) {
      std::memcpy(&value, bytes.data() + sizeof head + sizeof value * i, sizeof value);
      if (i != 0 && value <= before) return false;
    }
    return true;
  });
}

}  // namespace sorrel::types::encoding
