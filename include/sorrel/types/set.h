// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <sorrel/types/settings.h>

namespace sorrel::types {

enum class SetEncoding : std::uint8_t { kIntset, kListpack, kHashtable };
std::string_view encoding_name(SetEncoding encoding);

class Set {
 public:
  Set() = default;
  Set(Set&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  Set& operator=(Set&& other) noexcept {
    std::swap(word_, other.word_);
    return *this;
  }
  ~Set() = default;

  Set clone(const Settings& settings) const;
  bool empty() const { return word_ == 0; }
  SetEncoding encoding() const;
  std::size_t memory_bytes() const;
  std::uint64_t release_cost() const;
  bool release_some(std::uint64_t budget);

 private:
  std::uintptr_t word_ = 0;
};

static_assert(sizeof(Set) == sizeof(void*));

}  // namespace sorrel::types
