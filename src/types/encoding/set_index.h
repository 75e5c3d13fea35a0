// SPDX-License-Identifier: BSD-3-Clause
//
// The big form of a set: a hash index of members, each in one allocation
//
//   length, 7 bits a byte, low ones first, the high bit on all but the last | the bytes
//
// so a member of up to 127 bytes costs one byte beside its text; 19 bytes of text are 24 with the
// item heap's size class, and some 8 more are the index' share.
//
// Walking keeps kAhead members on their way from memory. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <sorrel/base/hash.h>
#include <sorrel/base/index.h>
#include <sorrel/base/prefetch.h>
#include <sorrel/types/prefetch.h>

#include "encoding/index_walk.h"

namespace sorrel::types::encoding {

class SetMember {
 public:
  static SetMember* make(std::string_view text);
  static void free(SetMember* member);

  std::string_view text() const {
    const auto* at = reinterpret_cast<const unsigned char*>(this);
    std::size_t length = *at++;
    if (length >= 0x80) [[unlikely]] {
      return long_text();
    }
    return {reinterpret_cast<const char*>(at), length};
  }
  // What it takes of the item heap.
  std::size_t allocated_bytes() const;

 private:
  std::string_view long_text() const;
};

struct SetMemberTraits {
  using Item = SetMember;
  static std::uint64_t hash(const SetMember& member, std::uint64_t seed) {
    return base::hash_bytes(member.text(), seed);
  }
};

class SetIndex {
 public:
  explicit SetIndex(std::uint64_t seed) : index_(seed) {}
  SetIndex(const SetIndex&) = delete;
  SetIndex& operator=(const SetIndex&) = delete;
  ~SetIndex();

  std::uint64_t size() const { return index_.size(); }
  std::uint64_t hash(std::string_view member) const {
    return base::hash_bytes(member, index_.seed());
  }

  bool contains(std::uint64_t hash, std::string_view member) const {
    return index_.find(hash, Equal{member}) != nullptr;
  }
  void prefetch(std::uint64_t hash, Prefetch what) const;
  // Returns: whether it is new.
  bool add(std::uint64_t hash, std::string_view member);
  // Requires: the member is not there.
  void insert(std::uint64_t hash, std::string_view member);
  bool remove(std::uint64_t hash, std::string_view member);
  // Requires: the member is here.
  void remove(const SetMember& member);

  // Requires: not empty.
  const SetMember& random(base::Random& random) const { return *index_.random(random); }

  // As base::Index::scan; emit(const SetMember&).
  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    return index_.scan(cursor, [&](const SetMember* member) { emit(*member); });
  }
  // Calls visit(const SetMember&), in the order of scan(), until it returns false.
  // Returns: whether it never did.
  template <class Visit>
  bool for_each(Visit&& visit) const;

  // As those of Set; begin_walk() once at a time.
  void begin_walk() { walk_ = std::make_unique<Walk>(index_); }
  void end_walk() { walk_.reset(); }
  // Null when no walk is under way.
  IndexWalk<SetMemberTraits>* walk() const { return walk_.get(); }

  // As Set::defragment.
  base::Defragmented defragment(std::uint64_t cursor);

  std::size_t memory_bytes() const;
  std::uint64_t release_cost() const { return size() + (walk_ == nullptr ? 0 : walk_->kept()); }
  // As Set::release_some.
  bool release_some(std::uint64_t budget);

 private:
  using Index = base::Index<SetMemberTraits>;
  using Walk = IndexWalk<SetMemberTraits>;

  static constexpr std::size_t kAhead = 16;

  struct Equal {
    std::string_view text;
    bool operator()(const SetMember& member) const { return member.text() == text; }
  };

  void let_go(const Index::Taken& taken);

  Index index_;
  std::size_t member_bytes_ = 0;
  std::unique_ptr<Walk> walk_;  // ends before the index does
};

template <class Visit>
bool SetIndex::for_each(Visit&& visit) const {
  std::array<const SetMember*, kAhead> ahead;
  std::uint64_t met = 0;
  bool going = true;
  std::uint64_t cursor = 0;
  do {
    cursor = index_.scan(cursor, [&](const SetMember* member) {
      base::prefetch(member);
      const SetMember*& place = ahead[met % kAhead];
      if (met >= kAhead) going = going && visit(*place);
      place = member;
      ++met;
    });
  } while (cursor != 0 && going);
  for (std::uint64_t i = met < kAhead ? 0 : met - kAhead; i < met && going; ++i) {
    going = visit(*ahead[i % kAhead]);
  }
  return going;
}

}  // namespace sorrel::types::encoding
