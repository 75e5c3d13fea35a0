// SPDX-License-Identifier: BSD-3-Clause
//
// The big form of a set; set_index.h draws a member. A member comes from the item heap, is laid out
// by hand because its length decides its size, and goes with its slot. One thread.
#include "encoding/set_index.h"

#include <bit>
#include <cstring>
#include <limits>
#include <new>

#include <sorrel/base/item_heap.h>
#include <sorrel/base/size_class.h>

namespace sorrel::types::encoding {
namespace {

// Bytes that the length of such a text takes.
std::size_t head_bytes(std::size_t length) {
  return length == 0 ? 1 : (static_cast<std::size_t>(std::bit_width(length)) + 6) / 7;
}

}  // namespace

SetMember* SetMember::make(std::string_view text) {
  void* memory = base::item_heap().allocate(head_bytes(text.size()) + text.size());
  auto* at = static_cast<unsigned char*>(memory);
  std::size_t length = text.size();
  for (; length >= 0x80; length >>= 7) *at++ = static_cast<unsigned char>(0x80 | (length & 0x7f));
  *at++ = static_cast<unsigned char>(length);
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return static_cast<SetMember*>(memory);
}

void SetMember::free(SetMember* member) { base::item_heap().free(member); }

std::string_view SetMember::long_text() const {
  const auto* at = reinterpret_cast<const unsigned char*>(this);
  std::size_t length = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::size_t byte = *at++;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) return {reinterpret_cast<const char*>(at), length};
  }
}

std::size_t SetMember::allocated_bytes() const {
  const std::size_t length = text().size();
  return base::item_size(head_bytes(length) + length);
}

SetIndex::~SetIndex() { release_some(std::numeric_limits<std::uint64_t>::max()); }

base::Defragmented SetIndex::defragment(std::uint64_t cursor) {
  return index_.defragment(cursor, [](SetMember* member) {
    auto* const moved =
        static_cast<SetMember*>(base::item_heap().copy(member, member->allocated_bytes()));
    SetMember::free(member);
    return moved;
  });
}

void SetIndex::prefetch(std::uint64_t hash, Prefetch what) const {
  if (what == Prefetch::kPlace) {
    index_.prefetch(hash);
  } else if (what == Prefetch::kMember) {
    index_.prefetch_item(hash);
  }
}

bool SetIndex::add(std::uint64_t hash, std::string_view member) {
  if (contains(hash, member)) return false;
  insert(hash, member);
  return true;
}

void SetIndex::insert(std::uint64_t hash, std::string_view text) {
  SetMember* member = SetMember::make(text);
  index_.insert(hash, member);
  member_bytes_ += member->allocated_bytes();
}

bool SetIndex::remove(std::uint64_t hash, std::string_view text) {
  const auto taken = index_.take(hash, Equal{text});
  if (taken.item == nullptr) return false;
  let_go(taken);
  return true;
}

void SetIndex::remove(const SetMember& member) {
  let_go(index_.take(hash(member.text()),
                     [&member](const SetMember& other) { return &other == &member; }));
}

void SetIndex::let_go(const Index::Taken& taken) {
  member_bytes_ -= taken.item->allocated_bytes();
  if (taken.owed) [[unlikely]] {
    walk_->keep(taken.item);
  } else {
    SetMember::free(taken.item);
  }
}

std::size_t SetIndex::memory_bytes() const {
  return base::size_class(sizeof(SetIndex)) + index_.memory_bytes() + member_bytes_ +
         (walk_ == nullptr ? 0 : walk_->kept_bytes());
}

bool SetIndex::release_some(std::uint64_t budget) {
  if (walk_ != nullptr) {
    if (!walk_->release_some(budget)) return false;
    walk_.reset();
  }
  return index_.release_some(budget, [](SetMember* member) { SetMember::free(member); });
}

}  // namespace sorrel::types::encoding
