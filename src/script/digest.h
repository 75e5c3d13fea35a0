// SPDX-License-Identifier: BSD-3-Clause
//
// SHA-1 digests, the names of scripts: 20 bytes, shown as 40 hexadecimal digits. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace sorrel::script {

using Digest = std::array<unsigned char, 20>;
using DigestText = std::array<char, 40>;

Digest sha1(std::string_view bytes);
DigestText hex(const Digest& digest);
// In either case. Returns: nullopt unless it is 40 hexadecimal digits.
std::optional<Digest> parse_digest(std::string_view text);

// A digest is as good as random: any of its bytes are a hash of it.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
  }
};

}  // namespace sorrel::script
