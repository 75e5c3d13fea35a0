// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <sorrel/types/settings.h>

namespace sorrel::types {

enum class HashEncoding : std::uint8_t { kListpack, kListpackEx, kHashtable };
std::string_view encoding_name(HashEncoding encoding);

class Hash {
 public:
  Hash() = default;
  Hash(Hash&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  Hash& operator=(Hash&& other) noexcept {
    std::swap(word_, other.word_);
    return *this;
  }
  ~Hash() = default;

  Hash clone(const Settings& settings) const;
  bool empty() const { return word_ == 0; }
  HashEncoding encoding() const;
  std::size_t memory_bytes() const;
  std::uint64_t release_cost() const;
  bool release_some(std::uint64_t budget);

 private:
  std::uintptr_t word_ = 0;
};

static_assert(sizeof(Hash) == sizeof(void*));

}  // namespace sorrel::types
