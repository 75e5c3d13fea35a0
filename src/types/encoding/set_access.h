// SPDX-License-Identifier: BSD-3-Clause
//
// Which form a set's word points to, and the steps from one form to the next: what the files that
// implement Set share. The two low bits of the word are the form, for all blocks are aligned to
// eight bytes; 0 is a set without a form yet. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sorrel/base/listpack.h>
#include <sorrel/base/numbers.h>
#include <sorrel/types/set.h>

#include "encoding/intset.h"
#include "encoding/set_index.h"

namespace sorrel::types {

struct Set::Access {
  static constexpr std::uintptr_t kForm = 3;

  // Of a set without a form: kIntset.
  static SetEncoding form(const Set& set) { return static_cast<SetEncoding>(set.word_ & kForm); }
  static bool is_big(const Set& set) { return form(set) == SetEncoding::kHashtable; }

  // Requires: the form. The intset of a set without a form is null.
  static encoding::Intset* intset(const Set& set) {
    return reinterpret_cast<encoding::Intset*>(set.word_);
  }
  static base::Listpack* listpack(const Set& set) {
    return reinterpret_cast<base::Listpack*>(set.word_ & ~kForm);
  }
  static encoding::SetIndex& big(const Set& set) {
    return *reinterpret_cast<encoding::SetIndex*>(set.word_ & ~kForm);
  }

  static void hold(Set& set, encoding::Intset* intset) {
    set.word_ = reinterpret_cast<std::uintptr_t>(intset);
  }
  static void hold(Set& set, base::Listpack* listpack) {
    set.word_ = reinterpret_cast<std::uintptr_t>(listpack) |
                static_cast<std::uintptr_t>(SetEncoding::kListpack);
  }
  static void hold(Set& set, encoding::SetIndex* index) {
    set.word_ = reinterpret_cast<std::uintptr_t>(index) |
                static_cast<std::uintptr_t>(SetEncoding::kHashtable);
  }

  static std::uint64_t intset_limit(const Settings& settings) {
    return std::min(settings.set_max_intset_entries, encoding::Intset::kMaxCount);
  }
  // The form in which Redis begins a set for so many members.
  static SetEncoding first_form(bool integer, std::uint64_t members, const Settings& settings) {
    if (integer && members <= intset_limit(settings)) return SetEncoding::kIntset;
    return members <= settings.set_max_listpack_entries ? SetEncoding::kListpack
                                                        : SetEncoding::kHashtable;
  }
  // Whether a listpack of `count` entries in `bytes` takes one more text.
  static bool listpack_takes(std::uint64_t count, std::size_t bytes, std::string_view member,
                             const Settings& settings) {
    return count < settings.set_max_listpack_entries &&
           member.size() <= settings.set_max_listpack_value &&
           bytes + base::Listpack::entry_bytes(member) <= base::Listpack::kMaxBytes;
  }

  static Member integer_member(std::int64_t value) { return {{}, value, true}; }
  static Member text_member(std::string_view text) { return {text, 0, false}; }

  // Keeps the members, as a listpack or as a hashtable.
  static void make_listpack(Set& set);
  static encoding::SetIndex& make_big(Set& set, const Settings& settings);

  // Requires: the form; 0 < count <= size. An emptied listpack stays for the caller to clear.
  static void pop_from_intset(Set& set, std::uint64_t count, base::Random& random, Callback take);
  static void pop_from_listpack(Set& set, std::uint64_t count, base::Random& random, Callback take);
  static void pop_one(Set& set, base::Random& random, Callback take);
};

// Calls visit(text) for the text of a member, whatever it is kept as.
template <class Visit>
auto with_text(const Set::Member& member, Visit&& visit) {
  char scratch[base::kMaxIntegerText];
  return visit(member.text(scratch));
}

}  // namespace sorrel::types
