// SPDX-License-Identifier: BSD-3-Clause
//
// Lengths, and strings in the shorter one of two forms: compressed, or as they are. Compression is
// tried where it can pay: for more than twenty bytes, and kept when it saves at least four, as the
// servers do that read this; and for no more than 4 MiB, because a compressed string has to be in
// memory as a whole where any other goes through in parts. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sorrel::persist::rdb {

inline constexpr std::size_t kLeastCompressed = 21;
inline constexpr std::size_t kMostCompressed = std::size_t{4} << 20;

constexpr bool compressible(std::size_t size) {
  return size >= kLeastCompressed && size <= kMostCompressed;
}

void append_length(std::string& to, std::uint64_t value);

// Requires: compressible(text.size()). `scratch` is room to work in, to be kept from call to call.
void append_compressible(std::string& to, std::string_view text, std::string& scratch);

}  // namespace sorrel::persist::rdb
