// SPDX-License-Identifier: BSD-3-Clause
//
// Opening a sealed payload.
#include "seal.h"

#include <cstring>

#include <sorrel/base/crc.h>

#include "format.h"

namespace sorrel::persist::rdb {

std::optional<Unsealed> unseal(std::string_view payload, bool check_sum) {
  std::uint16_t version = 0;
  std::uint64_t checksum = 0;
  constexpr std::size_t kSeal = sizeof version + sizeof checksum;
  if (payload.size() < kSeal) {
    return std::nullopt;
  }
  const std::string_view body = payload.substr(0, payload.size() - kSeal);
  std::memcpy(&version, body.data() + body.size(), sizeof version);
  std::memcpy(&checksum, body.data() + body.size() + sizeof version, sizeof checksum);
  if (!readable(version) ||
      (check_sum && checksum != base::crc64(payload.substr(0, payload.size() - sizeof checksum)))) {
    return std::nullopt;
  }
  return Unsealed{body, version};
}

}  // namespace sorrel::persist::rdb
