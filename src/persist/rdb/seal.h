// SPDX-License-Identifier: BSD-3-Clause
//
// What ends every payload: the format's version and a checksum. It is looked at first, so that what
// is no payload at all is refused before anything of it is believed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "output.h"

namespace sorrel::persist::rdb {

inline void seal(Output& output, std::uint16_t version) {
  output.little16(version);
  output.little64(output.checksum());
}

struct Unsealed {
  std::string_view body;
  std::uint16_t version;
};

// Returns: nothing when the version is not known or the checksum is wrong.
std::optional<Unsealed> unseal(std::string_view payload, bool check_sum);

}  // namespace sorrel::persist::rdb
