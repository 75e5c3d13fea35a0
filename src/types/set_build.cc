// SPDX-License-Identifier: BSD-3-Clause
//
// Whole sets at once: from members that are known to be distinct, from another set, from bytes that
// nobody has checked yet. One thread.
#include <algorithm>
#include <array>
#include <cassert>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <sorrel/types/set.h>

#include "encoding/set_access.h"

namespace sorrel::types {

using base::Listpack;
using encoding::SetIndex;

namespace {

// What is known of a set to be while its members pass by.
struct Forecast {
  SetEncoding form;
  std::uint64_t count = 0;
  std::size_t longest = 0;  // text
  std::size_t bytes = Listpack::kEmptyBytes;
};

// Inserts distinct members; the buckets of a group are on their way before the first is needed.
void insert_all(SetIndex& index, std::span<const std::string_view> members) {
  constexpr std::size_t kGroup = 32;
  std::array<std::uint64_t, kGroup> hashes;
  while (!members.empty()) {
    const auto group = members.first(std::min(members.size(), kGroup));
    for (std::size_t i = 0; i < group.size(); ++i) {
      hashes[i] = index.hash(group[i]);
      index.prefetch(hashes[i], Prefetch::kPlace);
    }
    for (std::size_t i = 0; i < group.size(); ++i) index.insert(hashes[i], group[i]);
    members = members.subspan(group.size());
  }
}

}  // namespace

SetEncoding Set::form_of(std::span<const std::string_view> members, SetEncoding least,
                         const Settings& settings) {
  Forecast set{least};
  for (const std::string_view member : members) {
    if (set.form == SetEncoding::kHashtable) break;
    if (set.form == SetEncoding::kIntset && base::parse_integer(member)) {
      if (set.count >= Access::intset_limit(settings)) set.form = SetEncoding::kHashtable;
    } else {
      const bool longer = set.longest > settings.set_max_listpack_value;
      const bool fits = !longer && Access::listpack_takes(set.count, set.bytes, member, settings);
      set.form = fits ? SetEncoding::kListpack : SetEncoding::kHashtable;
    }
    ++set.count;
    set.longest = std::max(set.longest, member.size());
    set.bytes += Listpack::entry_bytes(member);
  }
  return set.form;
}

Set Set::build(std::span<const std::string_view> members, SetEncoding least,
               const Settings& settings) {
  Set set;
  if (members.empty()) return set;
  switch (form_of(members, least, settings)) {
    case SetEncoding::kIntset: {
      std::vector<std::int64_t> values;
      values.reserve(members.size());
      for (const std::string_view member : members) {
        values.push_back(*base::parse_integer(member));
      }
      std::sort(values.begin(), values.end());
      Access::hold(set, encoding::intset_make(values));
      break;
    }
    case SetEncoding::kListpack: {
      Listpack* pack = Listpack::create();
      Access::hold(set, base::listpack_insert_all(pack, pack->end(), members));
      break;
    }
    case SetEncoding::kHashtable:
      insert_all(Access::make_big(set, settings), members);
      break;
  }
  return set;
}

Set Set::clone(const Settings& settings) const {
  Set copy;
  if (word_ == 0) return copy;
  switch (encoding()) {
    case SetEncoding::kIntset:
      Access::hold(copy, encoding::intset_copy(compact_bytes()));
      break;
    case SetEncoding::kListpack:
      Access::hold(copy, Listpack::copy(*Access::listpack(*this)));
      break;
    case SetEncoding::kHashtable: {
      SetIndex& big = Access::make_big(copy, settings);
      for_each([&](const Member& member) { big.insert(big.hash(member.bytes), member.bytes); });
      break;
    }
  }
  return copy;
}

std::string_view Set::compact_bytes() const {
  assert(word_ != 0 && encoding() != SetEncoding::kHashtable);
  return encoding() == SetEncoding::kIntset ? Access::intset(*this)->view()
                                            : Access::listpack(*this)->view();
}

std::optional<Set> Set::from_intset(std::string_view bytes, const Settings& settings) {
  if (!encoding::intset_valid(bytes)) return std::nullopt;
  Set set;
  Access::hold(set, encoding::intset_copy(bytes));
  if (set.size() > Access::intset_limit(settings)) Access::make_big(set, settings);
  return set;
}

std::optional<Set> Set::from_listpack(std::string_view bytes, const Settings& settings) {
  if (bytes.size() > Listpack::kMaxBytes || !base::listpack_valid(bytes)) return std::nullopt;
  Set set;
  Access::hold(set, Listpack::copy(bytes));
  // Compared as texts: bytes from elsewhere may hold the text of an integer as a string, too.
  SetIndex seen(settings.hash_seed);
  const bool distinct = set.for_each([&](const Member& member) {
    return with_text(member,
                     [&](std::string_view text) { return seen.add(seen.hash(text), text); });
  });
  if (!distinct || set.empty()) return std::nullopt;
  if (set.size() > settings.set_max_listpack_entries) Access::make_big(set, settings);
  return set;
}

}  // namespace sorrel::types
