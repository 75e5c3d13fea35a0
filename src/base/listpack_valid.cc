// SPDX-License-Identifier: BSD-3-Clause
//
// Whether bytes from elsewhere (RESTORE, an RDB file, a primary) are a listpack. Everything else
// trusts what passed here, so every length is checked against what is left before it is used, and
// the length behind each entry must lead back to its begin. An integer may be wider than it needs
// to be, and a string may spell one: other servers write such entries, and all of ours read them.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <sorrel/base/listpack.h>

#include "listpack_layout.h"

namespace sorrel::base {

using namespace listpack;

namespace {

// The bytes of the entry that begins `rest` together with its length, when both are whole.
std::optional<std::size_t> entry_in(std::string_view rest) {
  const std::uint32_t head = head_bytes(byte_at(rest.data()));
  if (head == 0 || head > rest.size()) return std::nullopt;
  const std::size_t length = whole_length(rest.data());
  const unsigned tail = tail_bytes(length);
  if (length > rest.size() || rest.size() - length < tail) return std::nullopt;
  const char* const last = rest.data() + length + tail - 1;
  for (unsigned i = 0; i < tail; ++i) {
    const unsigned bits = length >> (7 * i) & 0x7f;
    const unsigned wanted = i + 1 < tail ? bits | 0x80 : bits;
    if (byte_at(last - i) != wanted) return std::nullopt;
  }
  return length + tail;
}

}  // namespace

bool listpack_valid(std::string_view bytes) {
  if (bytes.size() < Listpack::kEmptyBytes || bytes.size() > Listpack::kMaxBytes) return false;
  std::uint32_t total;
  std::uint16_t stored;
  std::memcpy(&total, bytes.data(), sizeof total);
  std::memcpy(&stored, bytes.data() + sizeof total, sizeof stored);
  if (total != bytes.size() || byte_at(&bytes.back()) != 0xff) return false;
  std::string_view rest = bytes.substr(Listpack::kHeader);
  rest.remove_suffix(1);
  std::size_t count = 0;
  for (; !rest.empty(); ++count) {
    const auto taken = entry_in(rest);
    if (!taken) return false;
    rest.remove_prefix(*taken);
  }
  return stored == 65535 || stored == count;
}

}  // namespace sorrel::base
