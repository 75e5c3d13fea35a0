// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <sorrel/types/settings.h>

namespace sorrel::types {

enum class StreamEncoding : std::uint8_t { kStream };
std::string_view encoding_name(StreamEncoding encoding);

class Stream {
 public:
  Stream() = default;
  Stream(Stream&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  Stream& operator=(Stream&& other) noexcept {
    std::swap(word_, other.word_);
    return *this;
  }
  ~Stream() = default;

  Stream clone(const Settings& settings) const;
  bool empty() const { return word_ == 0; }
  StreamEncoding encoding() const;
  std::size_t memory_bytes() const;
  std::uint64_t release_cost() const;
  bool release_some(std::uint64_t budget);
  // A stream without entries is still there.
  static constexpr bool kKeptWhenEmpty = true;

 private:
  std::uintptr_t word_ = 0;
};

static_assert(sizeof(Stream) == sizeof(void*));

}  // namespace sorrel::types
