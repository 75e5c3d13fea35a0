// SPDX-License-Identifier: BSD-3-Clause
//
// Digests to text and back; the digest itself is libcrypto's.
#include "digest.h"

#include <openssl/evp.h>

namespace sorrel::script {
namespace {

constexpr int digit_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

Digest sha1(std::string_view bytes) {
  Digest digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  return digest;
}

DigestText hex(const Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  DigestText text{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = kDigits[digest[i] >> 4];
    text[2 * i + 1] = kDigits[digest[i] & 15];
  }
  return text;
}

std::optional<Digest> parse_digest(std::string_view text) {
  Digest digest{};
  if (text.size() != 2 * digest.size()) {
    return std::nullopt;
  }
  int wrong = 0;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = digit_value(text[2 * i]);
    const int low = digit_value(text[2 * i + 1]);
    wrong |= high | low;
    digest[i] = static_cast<unsigned char>((high << 4 | low) & 0xff);
  }
  return wrong < 0 ? std::nullopt : std::optional(digest);
}

}  // namespace sorrel::script
