// SPDX-License-Identifier: BSD-3-Clause
//
// The shortest length that holds a number, and LZF.
#include "string_form.h"

#include <limits>

#include <liblzf/lzf.h>

#include "format.h"

namespace sorrel::persist::rdb {
namespace {

constexpr std::size_t kLeastSaved = 4;

}  // namespace

void append_length(std::string& to, std::uint64_t value) {
  if (value < 1U << 6) {
    to.push_back(static_cast<char>(value));
    return;
  }
  if (value < 1U << 14) {
    const char bytes[] = {static_cast<char>(kLength14 << 6 | value >> 8), static_cast<char>(value)};
    to.append(bytes, sizeof bytes);
    return;
  }
  const bool fits = value <= std::numeric_limits<std::uint32_t>::max();
  to.push_back(static_cast<char>(fits ? kLength32 : kLength64));
  for (int shift = fits ? 24 : 56; shift >= 0; shift -= 8) {
    to.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

void append_compressible(std::string& to, std::string_view text, std::string& scratch) {
  const std::size_t most = text.size() - kLeastSaved;
  if (scratch.size() < most) {
    scratch.resize(most);
  }
  const unsigned size = lzf_compress(text.data(), static_cast<unsigned>(text.size()),
                                     scratch.data(), static_cast<unsigned>(most));
  if (size == 0) {
    append_length(to, text.size());
    to.append(text);
    return;
  }
  to.push_back(static_cast<char>(kEncoded << 6 | kCompressed));
  append_length(to, size);
  append_length(to, text.size());
  to.append(scratch.data(), size);
}

}  // namespace sorrel::persist::rdb
