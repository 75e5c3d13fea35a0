// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <sorrel/types/settings.h>

namespace sorrel::types {

enum class ListEncoding : std::uint8_t { kListpack, kQuicklist };
std::string_view encoding_name(ListEncoding encoding);

class List {
 public:
  List() = default;
  List(List&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  List& operator=(List&& other) noexcept {
    std::swap(word_, other.word_);
    return *this;
  }
  ~List() = default;

  List clone(const Settings& settings) const;
  bool empty() const { return word_ == 0; }
  ListEncoding encoding() const;
  std::size_t memory_bytes() const;
  std::uint64_t release_cost() const;
  bool release_some(std::uint64_t budget);

 private:
  std::uintptr_t word_ = 0;
};

static_assert(sizeof(List) == sizeof(void*));

}  // namespace sorrel::types
