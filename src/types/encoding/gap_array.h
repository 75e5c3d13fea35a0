// SPDX-License-Identifier: BSD-3-Clause
//
// An array that grows at both ends and in the middle: elements in one run within their memory, with
// room before and behind. An insertion moves the shorter side by one. Memory doubles when less than
// a quarter of it is free, else the run moves to give the side that needs it half of what is.
//
// Elements are copied as bytes and never destroyed: who owns what they point to frees it. The first
// memory may be borrowed (one element of it, say, inside the owner), which is then never freed.
// Cost: push at an end O(1) amortised, insert and erase O(distance to the nearer end). One thread.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <type_traits>

#include <sorrel/base/size_class.h>

namespace sorrel::types::encoding {

template <class T>
class GapArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  GapArray() = default;
  // Lifetime: the memory outlives the array.
  explicit GapArray(std::span<T> borrowed)
      : data_(borrowed.data()),
        capacity_(static_cast<std::uint32_t>(borrowed.size())),
        borrowed_(true) {}

  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::uint32_t index) { return data_[begin_ + index]; }
  const T& operator[](std::uint32_t index) const { return data_[begin_ + index]; }
  T& back() { return data_[begin_ + size_ - 1]; }
  std::size_t heap_bytes() const {
    return borrowed_ || data_ == nullptr ? 0 : base::size_class(capacity_ * sizeof(T));
  }

  // Requires: index <= size().
  void insert(std::uint32_t index, const T& element) {
    assert(index <= size_);
    const bool front = index < size_ - index;
    if (front ? begin_ == 0 : begin_ + size_ == capacity_) make_room(front);
    if (front) {
      --begin_;
      move(begin_, begin_ + 1, index);
    } else {
      move(begin_ + index + 1, begin_ + index, size_ - index);
    }
    ++size_;
    (*this)[index] = element;
  }

  // Requires: index < size().
  void erase(std::uint32_t index) {
    assert(index < size_);
    --size_;
    if (index < size_ - index) {
      move(begin_ + 1, begin_, index);
      ++begin_;
    } else {
      move(begin_ + index, begin_ + index + 1, size_ - index);
    }
  }

  // Appends the elements of `other` from `index` on, and takes them out of it.
  void take_tail(GapArray& other, std::uint32_t index) {
    for (std::uint32_t i = index; i < other.size_; ++i) insert(size_, other[i]);
    other.size_ = index;
  }

  void free() {
    if (!borrowed_) std::free(static_cast<void*>(data_));
    *this = GapArray();
  }

 private:
  static constexpr std::uint32_t kLeast = 2;

  void move(std::uint32_t to, std::uint32_t from, std::uint32_t count) {
    std::memmove(static_cast<void*>(data_ + to), data_ + from, count * sizeof(T));
  }

  void make_room(bool front) {
    const std::uint32_t spare = capacity_ - size_;
    if (spare != 0 && spare >= capacity_ / 4) {
      const std::uint32_t half = (spare + 1) / 2;
      const std::uint32_t begin = front ? half : spare - half;
      move(begin, begin_, size_);
      begin_ = begin;
      return;
    }
    const std::uint32_t capacity = capacity_ < kLeast ? kLeast : capacity_ * 2;
    auto* data = static_cast<T*>(std::malloc(capacity * sizeof(T)));
    if (data == nullptr) throw std::bad_alloc();
    const std::uint32_t begin = front ? capacity - size_ : 0;
    if (size_ != 0)
      std::memcpy(static_cast<void*>(data + begin), data_ + begin_, size_ * sizeof(T));
    if (!borrowed_) std::free(static_cast<void*>(data_));
    data_ = data;
    begin_ = begin;
    capacity_ = capacity;
    borrowed_ = false;
  }

  T* data_ = nullptr;
  std::uint32_t begin_ = 0;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
  bool borrowed_ = false;
};

}  // namespace sorrel::types::encoding
