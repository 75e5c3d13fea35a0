// SPDX-License-Identifier: BSD-3-Clause
//
// Libraries of functions as one payload (FUNCTION DUMP), sealed like that of a value:
//
//   payload = libraries | version u16 | CRC64 of all before, u64
//   library = opcode 245 | code as a string of an RDB file
//
// It is written in version 10, which Redis 7.0 and everything after it reads. docs/formats.md has
// the details.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::persist {

std::string seal_libraries(std::span<const std::string_view> codes, bool compress = true);

struct LibrariesPayload {
  std::string_view error;  // not empty: why it cannot be read; static text
  std::vector<std::string> codes;
};

// The payload is not trusted. The codes are: they are compiled by whoever takes them.
LibrariesPayload open_libraries(std::string_view payload, bool check_sum = true);

}  // namespace sorrel::persist
