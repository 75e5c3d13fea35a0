// SPDX-License-Identifier: BSD-3-Clause
//
// Reading and changing compact hashes; field_listpack.h says what they look like. One thread.
#include "encoding/field_listpack.h"

#include <algorithm>
#include <array>

namespace sorrel::types::encoding {

using base::Listpack;

Hash::Entry field_at(const Listpack& pack, std::uint32_t offset, Stride stride) {
  const std::uint32_t value = pack.next(offset);
  Hash::Entry entry{pack.get(offset), pack.get(value), Hash::kNever};
  if (stride == Stride::kTriples) {
    const std::int64_t deadline_ms = pack.get(pack.next(value)).integer;
    if (deadline_ms != 0) entry.deadline_ms = deadline_ms;
  }
  return entry;
}

std::uint32_t next_field(const Listpack& pack, std::uint32_t offset, Stride stride) {
  for (unsigned i = 0; i < entries_of(stride); ++i) offset = pack.next(offset);
  return offset;
}

std::int64_t deadline_at(const Listpack& pack, std::uint32_t offset) {
  const std::int64_t deadline_ms = pack.get(pack.next(pack.next(offset))).integer;
  return deadline_ms == 0 ? Hash::kNever : deadline_ms;
}

Listpack* append_field(Listpack* pack, std::string_view field, std::string_view value,
                       Stride stride) {
  const std::array<std::string_view, 3> texts = {field, value, "0"};
  return base::listpack_insert_all(pack, pack->end(), {texts.data(), entries_of(stride)});
}

Listpack* move_to_deadline(Listpack* pack, std::uint32_t offset, std::int64_t deadline_ms) {
  const std::uint32_t deadline = pack->next(pack->next(offset));
  pack =
      base::listpack_replace_integer(pack, deadline, deadline_ms == Hash::kNever ? 0 : deadline_ms);
  const std::uint32_t behind = pack->next(deadline);
  std::uint32_t target = pack->end();
  if (deadline_ms != Hash::kNever) {
    target = pack->begin();
    while (target != pack->end() &&
           (target == offset || deadline_at(*pack, target) < deadline_ms)) {
      target = next_field(*pack, target, Stride::kTriples);
    }
  }
  char* const bytes = pack->data();
  if (target < offset) {
    std::rotate(bytes + target, bytes + offset, bytes + behind);
  } else {
    std::rotate(bytes + offset, bytes + behind, bytes + target);
  }
  return pack;
}

Listpack* with_deadlines(Listpack* pairs) {
  std::uint32_t offset = pairs->begin();
  while (offset != pairs->end()) {
    offset = pairs->next(pairs->next(offset));
    pairs = base::listpack_insert_integer(pairs, offset, 0);
    offset = pairs->next(offset);
  }
  return pairs;
}

}  // namespace sorrel::types::encoding
