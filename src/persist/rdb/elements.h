// SPDX-License-Identifier: BSD-3-Clause
//
// The elements of a hash, a set or a sorted set, some at a time, in any order. Of one that is
// walking (types/hash.h: begin_walk()) those that were there when the walk began, whatever becomes
// of it meanwhile; of any other those that are there, and it must not change. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sorrel::persist::rdb {

// What a step may still do. A unit is an element, or half a kilobyte of one.
class Budget {
 public:
  static constexpr std::size_t kUnitBytes = 512;

  explicit Budget(std::size_t units) : left_(units) {}

  bool spent() const { return left_ == 0; }
  std::size_t left() const { return left_; }
  void take(std::size_t units) { left_ -= units < left_ ? units : left_; }
  void take_element(std::size_t bytes) { take(1 + bytes / kUnitBytes); }

 private:
  std::size_t left_;
};

template <class T>
class Elements {
 public:
  // Of one that is not walking. Lifetime: of the collection, and of its handle.
  // NOLINTNEXTLINE(google-explicit-constructor): a collection is the elements that it has
  Elements(const T& value) : value_(&value), size_(value.size()) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Elements(T& value)
      : value_(&value),
        walked_(value.walking() ? &value : nullptr),
        size_(walked_ != nullptr ? value.walk_size() : value.size()) {}

  const T& value() const { return *value_; }
  bool walking() const { return walked_ != nullptr; }
  // How many there are altogether.
  std::uint64_t size() const { return size_; }

  // Calls emit(element) for further ones until the budget, from which emit takes, is spent.
  // Returns: whether that were all.
  template <class Emit>
  bool go_on(const Budget& budget, Emit&& emit) {
    while (!budget.spent()) {
      if (walked_ != nullptr) {
        const std::size_t before = budget.left();
        const std::size_t count = std::min(before, together_);
        if (walked_->walk(count, emit)) return true;
        const bool small = before - budget.left() <= kSmallUnits * count;
        together_ = small ? std::min(together_ * 2, kMostTogether) : 1;
      } else {
        scan_ = value_->scan(scan_, emit);
        if (scan_ == 0) return true;
      }
    }
    return false;
  }

 private:
  // A walk fetches ahead what it gives, and asks for no budget in between: so many at a time, of
  // elements of so many units.
  static constexpr std::size_t kMostTogether = 64;
  static constexpr std::size_t kSmallUnits = 4;

  const T* value_;
  T* walked_ = nullptr;
  std::uint64_t size_;
  std::uint64_t scan_ = 0;
  std::size_t together_ = 1;
};

}  // namespace sorrel::persist::rdb
