// SPDX-License-Identifier: BSD-3-Clause
//
// Sealing one value and opening a sealed one. The seal is looked at first, so that what is no
// payload at all is refused before anything of it is believed.
#include <cstring>

#include <sorrel/base/crc.h>

#include "codec.h"

namespace sorrel::persist {
namespace {

using rdb::ValueType;

constexpr std::size_t kSeal = sizeof(std::uint16_t) + sizeof(std::uint64_t);

// The version that brought this kind, if it is one that some readers do not know.
std::uint16_t version_of(ValueType type) {
  if (type == ValueType::kHashDeadlines || type == ValueType::kHashListpackDeadlines) {
    return rdb::kVersionFieldDeadlines;
  }
  return type == ValueType::kStream3 ? rdb::kVersionSetListpack : rdb::kVersionRedis70;
}

}  // namespace

std::string dump_payload(const keyspace::Record& record, bool compress) {
  rdb::Output output({rdb::kVersionRedis70, compress});
  const ValueType type = rdb::type_of(record, output.options());
  output.type(type);
  rdb::write_value(record, type, output);
  output.little16(version_of(type));
  output.little64(output.checksum());
  return output.take();
}

PayloadResult restore_payload(std::string_view payload, const PayloadOptions& options) {
  PayloadResult result;
  if (payload.size() < kSeal) {
    result.error = PayloadError::kVersionOrChecksum;
    return result;
  }
  const std::string_view body = payload.substr(0, payload.size() - kSeal);
  std::uint16_t version = 0;
  std::uint64_t checksum = 0;
  std::memcpy(&version, body.data() + body.size(), sizeof version);
  std::memcpy(&checksum, body.data() + body.size() + sizeof version, sizeof checksum);
  if (!rdb::readable(version) ||
      (options.check_sum &&
       checksum != base::crc64(payload.substr(0, payload.size() - sizeof checksum)))) {
    result.error = PayloadError::kVersionOrChecksum;
    return result;
  }
  rdb::Input input(body);
  const std::uint8_t type = input.byte();
  result.value = rdb::read_value(type, input, {options.settings, version});
  if (input.ok() && !input.at_end()) {
    input.fail(rdb::Failure::kMalformed, "bytes behind the value");
  }
  if (!input.ok()) {
    result.error = PayloadError::kBadFormat;
    result.reason = input.reason();
    result.value = {};
  }
  return result;
}

}  // namespace sorrel::persist
